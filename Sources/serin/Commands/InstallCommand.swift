import ArgumentParser
import Platform
import Releases
import Signing
import Storage
import StrictJSON
import Updating

/// The command `serin install NAME`.
struct InstallCommand: SerinCommand {
  static let configuration = CommandConfiguration(
    commandName: "install",
    abstract: "Install a plugin from a trusted repository.",
    discussion: HelpText.make(
      """
      Fetches and verifies the release, shows the exact command that will run and what it may do, and asks for the \
      last six characters of its digest. It must start and speak MCP in its sandbox before it is switched on; --soak \
      observes it like an update. Values that the plugin needs are asked for, or given with --set; they are kept \
      outside the plugin over all updates. --require-evidence takes only what has a signed pass by a named key (20), \
      now and at every later update. With --from no network is asked.
      """,
      codes: [
        .badSignature, .thresholdNotMet, .expired, .rollbackAttack, .digestMismatch, .canaryFailed, .inconclusive,
        .needsApproval, .locked, .network, .noSpace,
      ],
      examples: [
        "serin install io.github.acme/time", "serin install time --channel beta --set zone=Europe/Paris",
        "serin install time --from time.serin",
      ]))

  @OptionGroup var global: GlobalOptions
  @OptionGroup var host: HostOptions
  @OptionGroup var soak: SoakOptions
  @OptionGroup var confirmation: ConfirmationOptions
  @OptionGroup var offline: OfflineOptions
  @OptionGroup var evidence: EvidenceOptions

  @Argument(help: "The plugin, by its full or short name.")
  var name: String

  @Option(help: "The channel to follow (default: the setting channel, else stable).", completion: .channel)
  var channel: String?

  @Option(help: "The repository to take it from, where several have it.", completion: .repository)
  var repository: String?

  @Option(name: .customLong("set"), help: ArgumentHelp("A value the plugin needs.", valueName: "KEY=VALUE"))
  var settings: [String] = []

  @Flag(help: "Fetch and verify, show what would be installed, and stop there.")
  var dryRun = false

  func perform(_ session: Session) async throws -> InstallOutput {
    let (host, repository) = try source(session)
    if let known = try? host.plugin(named: name) {
      throw UpdatingError.alreadyInstalled(plugin: known.plugin.text, version: known.version?.text ?? "unknown")
    }
    let preferences = try host.settings()
    let offer = try await host.offer(
      of: name, in: try channel.map { try ChannelName($0) } ?? preferences.channel(of: name), repository: repository)
    let demand = try evidence.demand(session)
    try await host.checkEvidence(demand, for: offer, session)
    let release = try await host.prepare(
      offer, choosing: { session.console.message($0.sentence) },
      progress: session.downloadProgress("\(offer.manifest.plugin) \(offer.manifest.version)"))
    let review = try host.review(release)
    let digest = offer.bundle.sha256
    if dryRun { return InstallOutput(release: release, review: review, result: nil) }

    for line in ReviewText.lines(release, review) { session.console.message(line) }
    try Confirmation(what: "install of \(offer.manifest.plugin) \(offer.manifest.version)", digest: digest)
      .require(confirmation, session)
    let asked = try SettingPrompt.ask(for: review.newSettings, given: settings, of: release.manifest, session)
    let values = settings + asked
    // Whoever installs sees and confirms what will run, and may do so without any soak.
    let usual = preferences.plugin(offer.manifest.plugin).soakTime(security: offer.manifest.security)
    let time = soak.soak == nil && !soak.anew ? nil : try soak.time(session, usually: usual)
    let result = try await Interruption.canEnd {
      try await host.install(
        release, setting: values, decidedBy: session.who, demanding: demand, soak: time,
        notify: session.soakProgress("soak", required: time?.required ?? DurationText(seconds: 0)))
    }
    return InstallOutput(release: release, review: review, result: result)
  }
}

extension InstallCommand {
  /// The host, and the repository that is asked: the file's, where one stands in the place of the network.
  private func source(_ session: Session) throws -> (PluginHost, String?) {
    let online = try PluginHost.open(host, session)
    guard let file = try offline.open(session) else { return (online, repository) }
    let source = try online.reading(file, repository: repository)
    return (source.host, source.repository.id)
  }
}

/// Asks for values that a plugin needs and nobody has given.
enum SettingPrompt {
  /// The longest line that is read.
  private static let maximumLine = 8192

  /// The missing settings as `KEY=VALUE`, typed by a person; none without a terminal.
  static func ask(
    for keys: [String], given: [String], of manifest: BundleManifest, _ session: Session
  ) throws -> [String] {
    let open = manifest.userConfig.filter { option in
      option.sensitive && given.contains { $0.hasPrefix(option.key + "=") }
    }
    for option in open {
      session.console.warning(
        "others on this machine can read \(option.key) among the arguments of this command; "
          + "`serin secret set \(manifest.plugin) \(option.key)` asks for it instead")
    }
    let missing = keys.filter { key in !given.contains { $0.hasPrefix(key + "=") } }
    guard session.terminal.inputIsTerminal else { return [] }
    return try missing.compactMap { key in
      guard let option = manifest.userConfig.first(where: { $0.key == key }) else { return nil }
      if option.sensitive {
        var typed = try PassphraseReader.ask("\(option.title) (\(key), not shown): ")
        defer { PassphraseReader.wipe(&typed) }
        return key + "=" + String(decoding: typed, as: UTF8.self)
      }
      session.console.prompt("\(option.title) (\(key)): ")
      return key + "=" + (readLine(strippingNewline: true) ?? "").prefix(maximumLine)
    }
  }
}

/// What a person should see before something runs.
enum ReviewText {
  /// The command and the permissions in plain words.
  static func lines(_ release: PreparedRelease, _ review: ReleaseReview) -> [String] {
    ["\(release.manifest.plugin) \(release.manifest.version) will run: \(review.command)"]
      + changes(review).map { "  " + $0 }
  }

  /// What a release may do that the installed one may not, or no longer, in plain words.
  static func changes(_ review: ReleaseReview) -> [String] {
    review.permissions.map { "\($0.direction.rawValue): \($0.sentence)" }
  }
}

/// A plugin that was installed, or only looked at.
struct InstallOutput: CommandOutput {
  static let schema = "serin.install.1"
  let release: PreparedRelease
  let review: ReleaseReview
  let result: SwitchResult?

  var json: JSON.Object {
    var object: JSON.Object = [
      "plugin": .string(release.manifest.plugin.text), "version": .string(release.manifest.version.text),
      "channel": .string(release.offer.manifest.channel.text), "repository": .string(release.offer.repository.id),
      "sha256": .string(release.offer.bundle.sha256.hex), "confirm": .string(release.offer.bundle.sha256.lastSix),
      "tree": .string(release.tree.text), "command": .string(review.command), "installed": .bool(result != nil),
      "permissions": .array(review.permissions.map { .string($0.sentence) }),
      "settings": .array(review.newSettings.map { .string($0) }),
    ]
    if let result {
      object["downloaded"] = .integer(result.downloaded)
      object["fetched"] = .string(result.way)
      object["canary"] = result.soak.json
    }
    return object
  }

  var text: [TextLine] {
    let name = "\(release.manifest.plugin) \(release.manifest.version)"
    guard let result else {
      return [.heading("would install \(name)")] + ReviewText.lines(release, review).map { .plain($0) } + [
        .fields([("digest", release.offer.bundle.sha256.hex)])
      ]
    }
    return [
      .good("installed \(name) from \(release.offer.repository.id), channel \(result.channel)"),
      .fields([
        ("fetched", "\(ByteCount.text(result.downloaded)) (\(result.way))"), ("canary", SoakText.line(result.soak)),
        ("tree", release.tree.text),
      ]),
    ] + result.soak.toolChanges.flatMap(\.lines).map { .bad("warning: \($0)") } + [
      .hint("AI clients start it with `serin run \(release.manifest.plugin)`")
    ]
  }
}

/// A canary's outcome in a few words.
enum SoakText {
  static func line(_ soak: SoakResult) -> String {
    let length = DurationText(seconds: soak.observedSeconds)
    return "\(soak.verdict.rawValue) after \(length) and \(soak.probes) probes"
      + (soak.isShortened ? " (shortened: the policy asks for 24h)" : "")
  }
}
