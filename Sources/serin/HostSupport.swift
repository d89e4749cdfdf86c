import ArgumentParser
import Canary
import Platform
import Releases
import StrictJSON
import SystemPackage
import Updating

extension PluginHost {
  /// The host that the options name, else the one of this account.
  static func open(_ options: HostOptions, _ session: Session) throws -> PluginHost {
    try open(options.hostFolder, session)
  }

  /// The host in a folder, else the one of this account.
  static func open(_ folder: String?, _ session: Session, ledgerWhenNeeded: Bool = false) throws -> PluginHost {
    var environment = session.environment
    if let folder { environment["SERIN_HOME"] = try FilePath(folder).absolute(session).string }
    return try PluginHost.open(
      Folders(environment: environment), environment: environment, machine: session.machine,
      ledgerWhenNeeded: ledgerWhenNeeded, warn: { [console = session.console] in console.warning($0) })
  }
}

extension WorkspaceOptions {
  /// The workspace's folder, absolute.
  func path(_ session: Session) throws -> FilePath { try folder.absolute(session) }
}

extension FilePath {
  /// The path from the root on, without dots.
  func absolute(_ session: Session) throws -> FilePath {
    if isAbsolute { return lexicallyNormalized() }
    let here = try session.machine.files.readLink("/proc/self/cwd")
    return here.pushing(self).lexicallyNormalized()
  }
}

extension Session {
  /// Who acts, for the history.
  var who: String { environment["SUDO_USER"] ?? UserAccount.current.name }

  /// The calls that a file holds, to be replayed; none without a file.
  func recordedCalls(_ file: String?) throws -> [SampleCall] {
    guard let file else { return [] }
    return try SampleCall.recorded(machine.files.readAll(FilePath(file).absolute(self), limit: SampleCall.maxFile))
  }

  /// Shows how far a soak has come, on a terminal as a bar and for programs as events.
  func soakProgress(_ label: String, required: DurationText) -> @Sendable (CanaryProgress) -> Void {
    let bar = console.progress(label) { DurationText(seconds: $0).text }
    return { [console] progress in
      bar.update(progress.observedSeconds, of: required.seconds)
      if progress.observedSeconds >= required.seconds { bar.finish() }
      console.event(
        "soak",
        [
          "observedSeconds": .integer(progress.observedSeconds), "requiredSeconds": .integer(required.seconds),
          "probes": .int(progress.record.probes),
        ])
    }
  }

  /// Shows how far a download has come.
  func downloadProgress(_ label: String) -> @Sendable (Int64, Int64?) -> Void {
    let bar = console.progress(label)
    return { done, total in
      bar.update(done, of: total)
      if done == total { bar.finish() }
    }
  }
}

/// The option of a host that wants to see a verdict before it takes a release.
struct EvidenceOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "Take only what has a signed pass by this minisign public key (a file, or RW…), now and at every later update.",
      discussion: "May be repeated; one of the keys is enough. “none” demands no verdict any more.",
      valueName: "key"), completion: .file())
  var requireEvidence: [String] = []

  mutating func validate() throws {
    if requireEvidence.contains("none") && requireEvidence.count > 1 {
      throw ValidationError("--require-evidence none excludes keys.")
    }
    if requireEvidence.count > EvidenceDemand.maxKeys {
      throw ValidationError("--require-evidence takes at most \(EvidenceDemand.maxKeys) keys.")
    }
  }

  /// Whether something was said about evidence at all.
  var isGiven: Bool { !requireEvidence.isEmpty }

  /// What is demanded; nil for nothing.
  func demand(_ session: Session) throws -> EvidenceDemand? {
    guard requireEvidence != ["none"] else { return nil }
    return EvidenceDemand(keys: try requireEvidence.map { try PublicKeyOptions.key($0, session) })
  }
}

extension PluginHost {
  /// Refuses a release for which nobody speaks whose word this host demands; says whose word it was.
  func checkEvidence(_ demand: EvidenceDemand?, for offer: ReleaseOffer, _ session: Session) async throws {
    guard let demand else { return }
    let evidence = try await requireEvidence(demand, for: offer)
    let observed = DurationText(seconds: evidence.observedSeconds)
    session.console.message(
      "\(offer.manifest.plugin) \(offer.manifest.version): a signed pass after \(observed), demanded of \(demand.words)"
    )
  }
}

/// The option that shortens a soak, and the words with which every output names it.
struct SoakOptions: ParsableArguments {
  @Option(help: ArgumentHelp("Observe for this long instead of 24h; every output then says so.", valueName: "time"))
  var soak: String?

  @Option(help: ArgumentHelp("End after this long; too little observed by then is inconclusive.", valueName: "time"))
  var giveUpAfter: String?

  @Option(
    help: ArgumentHelp(
      "Also replay the recorded calls of this file, as far as their tools only read.", valueName: "file"),
    completion: .file())
  var replay: String?

  @Flag(help: "Begin the observation anew, whatever an earlier one of the same release found.")
  var anew = false

  /// The soak to ask for of a release that is offered to an installed plugin, within what the settings allow.
  func time(_ session: Session, for offer: ReleaseOffer, _ settings: PluginSettings) throws -> SoakTime {
    let allowed = try settings.soakTime(
      asking: soak.map { try DurationText($0) }, of: offer.manifest.plugin, security: offer.manifest.security)
    return try time(session, usually: allowed)
  }

  /// The soak to ask for, where nothing but the command line shortens it.
  func time(_ session: Session, usually usual: SoakTime) throws -> SoakTime {
    var time = try soak.map { usual.asking(for: try DurationText($0)) } ?? usual
    if anew { time = time.anew }
    time.giveUpAfter = try giveUpAfter.map { try DurationText($0) }
    time.replay = try session.recordedCalls(replay)
    if time.isShortened {
      session.console.warning("the soak is shortened to \(time.required); the policy asks for \(time.policy)")
    }
    return time
  }
}
