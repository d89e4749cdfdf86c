import ArgumentParser
import Platform
import Releases
import Signing
import Storage
import StrictJSON
import Updating

/// The command `serin update [NAME|--all]`.
struct UpdateCommand: SerinCommand {
  static let configuration = CommandConfiguration(
    commandName: "update",
    abstract: "Take what the channels of installed plugins offer.",
    discussion: HelpText.make(
      """
      Each new release is fetched, verified, and observed in a sandbox beside the installed one for 24 hours of \
      watched time; interrupted, it goes on where it stopped when it is called again. Only a pass switches to it; what \
      then does not start with your own data goes back by itself. What widens permissions or changes the texts of \
      tools waits for `serin approve`. Where older releases could not read the data of a new one, that is said \
      before it happens; what could not read the present data is refused. --require-evidence takes only what has a \
      signed pass by a named key (20), now and later. --check only asks. With --from no network \
      is asked: an offline bundle holds one plugin in one channel, and one that is older than what this host has seen \
      is refused (23).
      """,
      codes: [
        .nothingToDo, .updateAvailable, .badSignature, .thresholdNotMet, .expired, .rollbackAttack, .digestMismatch,
        .canaryFailed, .inconclusive, .needsApproval, .rolledBack, .locked, .network, .noSpace,
      ],
      examples: ["serin update --check --exit-code", "serin update time --soak 1h", "serin update --from time.serin"]))

  @OptionGroup var global: GlobalOptions
  @OptionGroup var host: HostOptions
  @OptionGroup var soak: SoakOptions
  @OptionGroup var offline: OfflineOptions
  @OptionGroup var evidence: EvidenceOptions

  @Argument(help: "The plugin (default: all that are installed).", completion: .plugin)
  var name: String?

  @Flag(help: "All installed plugins.")
  var all = false

  @Flag(help: "Only ask what is offered.")
  var check = false

  @Option(name: .customLong("set"), help: ArgumentHelp("A value the new release needs.", valueName: "KEY=VALUE"))
  var settings: [String] = []

  @Flag(help: "End with code 10 when an update is available, and 2 when there is nothing to do.")
  var exitCode = false

  mutating func validate() throws {
    if all && name != nil { throw ValidationError("Name a plugin or give --all, not both.") }
  }

  func perform(_ session: Session) async throws -> UpdateOutput {
    var host = try PluginHost.open(host, session)
    var wanted = try name.map { [try host.plugin(named: $0)] } ?? host.ledger.installs()
    if let file = try offline.open(session) {
      let source = try host.reading(file)
      wanted = try host.held(by: file, of: source.repository, among: wanted, every: name != nil)
      host = source.host
    }
    var failure: (any Error)?
    if !check { failure = await settle(wanted, host: host, session) }
    let checks = try await host.check(wanted)
    if check {
      if offline.from == nil {
        try await host.refreshAll(except: Set(wanted.map(\.repository)))
      }
      return UpdateOutput(checks: checks, results: [], isCheck: true, usesExitCode: exitCode)
    }
    if evidence.isGiven {
      let demand = try evidence.demand(session)
      for install in wanted { try host.demandEvidence(demand, of: install.plugin, by: session.who) }
    }
    for check in checks where check.yanked != nil {
      do {
        if let sentence = try host.answerYank(check.install.plugin).sentence {
          session.console.warning("\(check.install.plugin) \(sentence)")
        }
      } catch {
        if failure != nil { session.console.warning(Failure(error).message) }
        failure = failure ?? error
      }
    }
    var results: [SwitchResult] = []
    for check in checks {
      if let refusal = check.refusal {
        if failure != nil { session.console.warning(refusal.description) }
        failure = failure ?? refusal
      }
      guard check.isTakeable, let offer = check.offer else { continue }
      do {
        let time = try soak.time(session, for: offer, check.settings)
        results.append(try await take(offer, time: time, host: host, session))
      } catch {
        // The others still get their updates; what went wrong first decides the exit code.
        if failure != nil { session.console.warning(Failure(error).message) }
        failure = failure ?? error
      }
    }
    if let failure {
      for result in results { session.console.message("\(result.plugin) now runs \(result.to)") }
      throw failure
    }
    return UpdateOutput(checks: checks, results: results, isCheck: false, usesExitCode: exitCode)
  }

  /// Brings to its end what a killed update has left; returns what went wrong first.
  private func settle(_ wanted: [InstallRecord], host: PluginHost, _ session: Session) async -> (any Error)? {
    var failure: (any Error)?
    for install in wanted {
      do {
        if let doubt = try await host.settle(install.plugin) { session.console.warning(doubt) }
      } catch {
        if failure != nil { session.console.warning(Failure(error).message) }
        failure = failure ?? error
      }
    }
    return failure
  }

  private func take(
    _ offer: ReleaseOffer, time: SoakTime, host: PluginHost, _ session: Session
  ) async throws -> SwitchResult {
    let label = "\(offer.manifest.plugin) \(offer.manifest.version)"
    try await host.checkEvidence(host.evidenceDemand(of: offer.manifest.plugin), for: offer, session)
    let release = try await host.prepare(
      offer, choosing: { session.console.message("\(label): \($0.sentence)") },
      progress: session.downloadProgress(label))
    let review = try host.review(release)
    for line in ReviewText.changes(review) { session.console.message(line) }
    session.console.event(
      "review",
      [
        "plugin": .string(offer.manifest.plugin.text), "version": .string(offer.manifest.version.text),
        "permissions": .array(
          review.permissions.map {
            [
              "direction": .string($0.direction.rawValue), "field": .string($0.field), "sentence": .string($0.sentence),
            ]
          }),
      ])
    if let sentence = review.stateChange?.sentence { session.console.warning(sentence) }
    let asked = try SettingPrompt.ask(for: review.newSettings, given: settings, of: release.manifest, session)
    session.console.message("observing \(label) for \(time.required) of watched time")
    let values = settings + asked
    return try await Interruption.canEnd {
      let result = try await host.update(
        release, setting: values, soak: time,
        notify: session.soakProgress("soak of \(label)", required: time.required))
      if let doubt = try await host.confirmStart(of: result) { session.console.warning(doubt) }
      return result
    }
  }
}

/// What the channels offer, and what was taken.
struct UpdateOutput: CommandOutput {
  static let schema = "serin.update.1"
  let checks: [UpdateCheck]
  let results: [SwitchResult]
  let isCheck: Bool
  let usesExitCode: Bool

  var exitStatus: ExitStatus {
    guard usesExitCode else { return .ok }
    if isCheck { return checks.contains(where: \.isTakeable) ? .updateAvailable : .nothingToDo }
    return results.isEmpty ? .nothingToDo : .ok
  }

  var json: JSON.Object {
    ["plugins": .array(checks.map(member))]
  }

  private func member(_ check: UpdateCheck) -> JSON {
    var object: JSON.Object = [
      "plugin": .string(check.install.plugin.text), "channel": .string(check.install.channel.text),
      "current": check.current.map { .string($0.text) } ?? .null,
      "offered": check.offered.map { .string($0.text) } ?? .null,
      "decision": .string(check.decision.word), "reason": .string(check.decision.sentence),
    ]
    if let yanked = check.yanked { object["yanked"] = .string(yanked) }
    if let change = check.stateChange { object["state"] = change.json }
    if let result = result(of: check) {
      object["updatedTo"] = .string(result.to.text)
      object["downloaded"] = .integer(result.downloaded)
      object["fetched"] = .string(result.way)
      object["canary"] = result.soak.json
    }
    return .object(object)
  }

  private func result(of check: UpdateCheck) -> SwitchResult? {
    results.first { $0.plugin == check.install.plugin }
  }

  var text: [TextLine] {
    if checks.isEmpty { return [.plain("nothing is installed; the trusted metadata are up to date")] }
    let table = Table(
      columns: [.left("plugin"), .left("channel"), .left("runs"), .left("offered"), .left("decision")],
      rows: checks.map { check in
        [
          check.install.plugin.text, check.install.channel.text,
          result(of: check)?.to.text ?? check.current?.text ?? "-", check.offered?.text ?? "-",
          result(of: check) == nil ? check.decision.sentence : "updated",
        ]
      })
    let yanks = checks.compactMap { check in
      check.yanked.map { TextLine.bad("\(check.install.plugin) \(check.current?.text ?? "") was withdrawn: \($0)") }
    }
    let oneWay = checks.compactMap { check in
      check.decision == .available && result(of: check) == nil
        ? check.stateChange?.sentence.map { TextLine.bad("\(check.install.plugin): \($0)") } : nil
    }
    return [.table(table)] + yanks + oneWay + results.flatMap(Self.lines)
  }

  private static func lines(_ result: SwitchResult) -> [TextLine] {
    let changes = result.soak.toolChanges.flatMap { change in
      change.lines.enumerated().map { TextLine.plain("  \($0.offset == 0 ? "\(change.kind): " : "")\($0.element)") }
    }
    return [
      .good("\(result.plugin) now runs \(result.to), was \(result.from?.text ?? "nothing")"),
      .fields([
        ("fetched", "\(ByteCount.text(result.downloaded)) (\(result.way))"), ("canary", SoakText.line(result.soak)),
      ]),
    ] + (changes.isEmpty ? [.plain("the tools are the same")] : [.heading("the tools changed:")] + changes)
      + [.hint("to go back: serin rollback \(result.plugin.name)")]
  }
}
