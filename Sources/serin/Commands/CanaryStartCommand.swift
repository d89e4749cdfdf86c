import ArgumentParser
import Canary
import Platform
import Releases
import Storage
import StrictJSON
import Updating

/// The command `serin canary start NAME`.
struct CanaryStartCommand: SerinCommand {
  static let configuration = CommandConfiguration(
    commandName: "start",
    abstract: "Observe what is offered for an installed plugin, and switch to nothing.",
    discussion: HelpText.make(
      """
      Fetches and verifies the offered release, and observes it in a sandbox beside the installed one, as `serin \
      update` does, for 24 hours of watched time; interrupted, it goes on where it stopped. The release that runs \
      stays. What was observed counts: the `serin update` that follows switches at once where nothing waits. It works \
      in the foreground until there is a verdict; `serin canary watch` shows it from another terminal, `extend` and \
      `abort` reach it from there.
      """,
      codes: [
        .badSignature, .thresholdNotMet, .expired, .rollbackAttack, .digestMismatch, .canaryFailed, .inconclusive,
        .locked, .network, .noSpace,
      ],
      examples: ["serin canary start time", "serin canary start time --soak 1h --give-up-after 2h --json"]))

  @OptionGroup var global: GlobalOptions
  @OptionGroup var host: HostOptions
  @OptionGroup var soak: SoakOptions
  @OptionGroup var offline: OfflineOptions

  @Argument(help: "The plugin, by its full or short name.", completion: .plugin)
  var name: String

  @Option(name: .customLong("set"), help: ArgumentHelp("A value the new release needs.", valueName: "KEY=VALUE"))
  var settings: [String] = []

  func perform(_ session: Session) async throws -> CanaryStartOutput {
    var host = try PluginHost.open(host, session)
    let install = try host.plugin(named: name)
    if let file = try offline.open(session) {
      let source = try host.reading(file)
      _ = try host.held(by: file, of: source.repository, among: [install], every: true)
      host = source.host
    }
    guard let check = try await host.check([install]).first else {
      throw UpdatingError.notInstalled(plugin: name)
    }
    if let refusal = check.refusal { throw refusal }
    guard check.isTakeable, let offer = check.offer else {
      return CanaryStartOutput(check: check, account: nil)
    }
    try await host.checkEvidence(host.evidenceDemand(of: install.plugin), for: offer, session)
    let time = try soak.time(session, for: offer, check.settings)
    let label = "\(offer.manifest.plugin) \(offer.manifest.version)"
    let release = try await host.prepare(
      offer, choosing: { session.console.message("\(label): \($0.sentence)") },
      progress: session.downloadProgress(label))
    let review = try host.review(release)
    for line in ReviewText.changes(review) { session.console.message(line) }
    let asked = try SettingPrompt.ask(for: review.newSettings, given: settings, of: release.manifest, session)
    session.console.message("observing \(label) for \(time.required) of watched time; nothing is switched to")
    let (values, settled) = (settings + asked, host)
    let account = try await Interruption.canEnd {
      try await settled.observe(
        release, setting: values, soak: time,
        notify: session.soakProgress("soak of \(label)", required: time.required))
    }
    return CanaryStartOutput(check: check, account: account)
  }
}

/// What was observed, or why nothing was.
struct CanaryStartOutput: CommandOutput {
  static let schema = "serin.canary.start.1"
  let check: UpdateCheck
  let account: CanaryAccount?

  var exitStatus: ExitStatus { account.map { CanaryText.exitStatus(of: $0) } ?? .ok }

  var json: JSON.Object {
    var object: JSON.Object = [
      "plugin": .string(check.install.plugin.text), "offered": check.offered.map { .string($0.text) } ?? .null,
      "decision": .string(check.decision.word), "reason": .string(check.decision.sentence),
    ]
    if let account { object["canary"] = .object(CanaryText.json(account)) }
    return object
  }

  var text: [TextLine] {
    guard let account else { return [.plain("nothing to observe: \(check.decision.sentence)")] }
    return [CanaryText.headline(account)]
      + account.evidence.reasons.map { .plain("  \($0.severity.rawValue): \($0.sentence)") }
      + account.waits.map { .plain("  waits: \($0)") } + account.next.map { .hint($0) }
  }
}
