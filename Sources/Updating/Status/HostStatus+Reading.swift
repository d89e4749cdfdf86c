import Canary
import Platform
import Releases
import Storage
import SystemPackage
import TUF

extension PluginHost {
  /// Looks at everything that is installed, observed, held and known, without asking anybody and changing nothing.
  package func status() async throws -> HostStatus {
    var repositories: [HostStatus.Repository] = []
    for repository in try self.repositories.all() { repositories.append(await status(of: repository)) }
    let own = HostFolder(root: folder.root.appending("self"), machine: machine)
    let home = try own.plugin(.ownProgram)
    let tree = try? home.current()
    var problems: [String] = []
    var settings: HostSettings?
    do { settings = try self.settings() } catch { problems.append(words(of: error)) }
    let agent = runningAgent()
    return HostStatus(
      folder: folder.root, time: machine.clock.now(),
      plugins: try ledger.installs().map { try status(of: $0, settings, agent: agent) }, repositories: repositories,
      agent: agent, agentReport: agentReport(), problems: problems,
      program: try tree.map { try home.summary(of: $0).version })
  }

  private func status(of repository: TrustedRepository) async -> HostStatus.Repository {
    let store = repositories.metadata(of: repository.id)
    return HostStatus.Repository(
      id: repository.id, url: repository.url,
      refreshed: NewestTime(in: store).kept.map { Instant(seconds: $0.seconds) },
      expires: await timestampExpiry(store).map { Instant(seconds: $0.seconds) })
  }

  /// When the trusted timestamp of a repository expires; nil where there is none that can be read.
  func timestampExpiry(_ store: MetadataFolder) async -> MetadataTime? {
    guard let bytes = try? await store.load(.timestamp) else { return nil }
    return try? TimestampMetadata(
      signed: SignedEnvelope(bytes, role: .timestamp).signed, role: .timestamp
    ).expires
  }

  private func status(
    of install: InstallRecord, _ settings: HostSettings?, agent: Int32?
  ) throws -> HostStatus.Plugin {
    let plugin = install.plugin
    let install = settings.map { following(install, $0) } ?? install
    let home = try folder.plugin(plugin)
    let installed = Result { try self.installed(plugin) }
    let running = try? installed.get().manifest.version
    var reader = NoteReader(
      host: self, home: home, install: install, running: running,
      settings: settings?.plugin(plugin) ?? PluginSettings(SettingValues(), channel: nil), hasAgent: agent != nil)
    do {
      if case .failure(let error) = installed { reader.add(.damaged, words(of: error), command: "serin verify --all") }
      try reader.read(try? installed.get())
    } catch {
      // One plugin that cannot be read must not hide the others.
      reader.add(.damaged, words(of: error), command: "serin doctor")
    }
    return HostStatus.Plugin(
      install: install, running: running, soak: reader.soak, notes: reader.notes.sorted { $0.kind < $1.kind },
      holds: try holds(of: plugin), sessions: (try? home.runningSessions().count) ?? 0,
      watchedSince: try ledger.watch(of: plugin)?.since)
  }
}

/// Reads what is to be said about one plugin.
private struct NoteReader {
  let host: PluginHost
  let home: PluginFolder
  let install: InstallRecord
  let running: ReleaseVersion?
  let settings: PluginSettings
  let hasAgent: Bool
  var notes: [HostNote] = []
  var soak: HostStatus.Soak?

  private var plugin: PluginName { install.plugin }

  mutating func add(
    _ kind: HostNote.Kind, _ sentence: String, of version: ReleaseVersion? = nil, command: String? = nil
  ) {
    notes.append(HostNote(kind: kind, plugin: plugin, version: version, sentence: sentence, command: command))
  }

  mutating func read(_ installed: InstalledRelease?) throws {
    if try SwitchTransaction(home).needsRecovery() {
      add(.interrupted, "a switch was interrupted; the next start or update ends it", command: "serin update \(plugin)")
    }
    if let block = try home.integrityBlock(), block.tree == installed?.tree {
      add(
        .blocked, "its files are not what was signed: \(block.differences.first ?? "no difference is named")",
        of: running, command: "serin verify --all --repair")
    }
    let canary = try host.ledger.canaries(of: plugin, limit: 1).first
    if let canary { try read(canary) }
    try readOffer(after: canary)
    guard let manifest = installed?.manifest else { return }
    // Whether a store still has a secret is asked by `serin doctor`: it may have to be unlocked first.
    let missing = try host.missingSettings(of: manifest)
    guard let first = missing.first else { return }
    add(
      .settings, "it has no value for \(missing.map(\.key).joined(separator: ", "))", of: running,
      command: first.sensitive
        ? "serin secret set \(plugin) \(first.key)" : "serin update \(plugin) --set \(first.key)=VALUE")
  }

  /// What became of the newest release that was observed.
  private mutating func read(_ run: Storage.CanaryRun) throws {
    guard run.tree != (try? home.current()) else { return }
    let isWatched = run.state == .running && host.isObserved(plugin)
    if run.state == .running {
      soak = HostStatus.Soak(
        version: run.version, observedSeconds: run.observed.components.seconds,
        requiredSeconds: run.required.components.seconds, isWatched: isWatched)
      guard !isWatched else { return }
      return add(
        .idle, "nobody observes it now; what was observed counts", of: run.version,
        command: isTakenByItself ? nil : "serin update \(plugin)")
    }
    let isCandidate = (try? home.marked(.candidate)) == run.tree
    let account = try host.account(of: run)
    if isCandidate, !account.waits.isEmpty {
      return add(
        .approval, account.waits.joined(separator: "; "), of: run.version,
        command: "serin approve \(plugin) \(run.version)")
    }
    let reasons = SoakResult(json: run.verdict)?.reasons ?? []
    switch run.state {
    case .failed:
      add(.refused, "its canary failed: " + words(reasons), of: run.version)
    case .inconclusive:
      add(
        .refused, "its canary could not tell: " + words(reasons), of: run.version,
        command: isTakenByItself ? nil : "serin update \(plugin)")
    case .aborted: add(.refused, account.remark.isEmpty ? "its canary was given up" : account.remark, of: run.version)
    case .running, .passed: break
    }
  }

  /// What the channel offered when it was asked last.
  private mutating func readOffer(after run: Storage.CanaryRun?) throws {
    guard let manifest = try host.knownManifest(of: plugin) else { return }
    let facts = try host.facts(of: plugin, at: home, manifest: manifest, settings)
    if let running, let yank = manifest.yank(of: running) {
      let isBetter = facts.decision == .available
      add(
        .withdrawn, "its publisher withdrew it: \(yank.reason)", of: running,
        command: isBetter ? "serin update \(plugin)" : "serin rollback \(plugin)")
    }
    let version = manifest.version
    switch facts.decision {
    case .nothingNew, .notOffered: break
    case .available:
      // What is observed, waits or was refused is told already.
      let isTold = soak?.version == version || notes.contains { $0.version == version }
      guard !isTold else { return }
      if isTakenByItself {
        add(.offered, "it is offered, and the agent takes it", of: version)
      } else {
        add(.offered, "it is offered", of: version, command: "serin update \(plugin)")
      }
    case .needsConfiguration(let keys):
      add(
        .settings, facts.decision.sentence, of: version,
        command: "serin update \(plugin) " + keys.map { "--set \($0)=VALUE" }.joined(separator: " "))
    case .held, .skipped: add(.held, facts.decision.sentence, of: version)
    case .paused, .notYet, .tooYoung: add(.notNow, facts.decision.sentence, of: version)
    case .stateUnreadable, .noBundle: add(.refused, facts.decision.sentence, of: version)
    }
  }

  /// Whether nobody need do anything for an offered release to be taken.
  private var isTakenByItself: Bool { hasAgent && settings.mode == .automatic }

  private func words(_ reasons: [String]) -> String {
    reasons.isEmpty ? "no reason is kept" : reasons.prefix(3).joined(separator: "; ")
  }
}
