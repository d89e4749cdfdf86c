import Platform
package import Releases
import Sandbox
import Storage
import SystemPackage
import TUF

extension PluginHost {
  /// Less free space than this is worth a warning, in bytes: 1 GiB.
  private static let fewBytes: Int64 = 1 << 30
  /// With less than this no update can be staged, in bytes: 64 MiB.
  private static let tooFewBytes: Int64 = 64 << 20
  /// A timestamp that expires sooner than this is worth a warning, in seconds: a day.
  private static let soon: Int64 = 86_400

  /// Examines this host: trusted metadata, sandboxes, space, and what is installed.
  ///
  /// Runtimes are really tried. Nothing is fetched and nothing of the plugins changes.
  package func examine() async throws -> [HealthFinding] {
    var findings: [HealthFinding] = []
    try examineFolder(&findings)
    for repository in try repositories.all() { await examine(repository, &findings) }
    if try repositories.all().isEmpty {
      findings.append(
        HealthFinding(
          .warning, code: "no-repository", "no repository is trusted yet",
          command: "serin trust URL --fingerprint SHA256"))
    }
    await examineSandbox(&findings)
    try examinePlugins(&findings)
    try await examineSecrets(&findings)
    try examineClients(&findings)
    try examinePaths(&findings)
    try examineLedger(&findings)
    try await examineWaiting(&findings)
    try examineAgent(&findings)
    try examineLocks(&findings)
    try examineProgram(&findings)
    return findings
  }

  private func examineFolder(_ findings: inout [HealthFinding]) throws {
    if let mode = try machine.files.status(folder.root)?.mode, mode & 0o077 != 0 {
      findings.append(
        HealthFinding(
          .problem, code: "host-open", "\(folder.root) can be read by other accounts",
          command: "chmod 700 \(folder.root)"))
    }
    let free = try machine.files.freeSpace(folder.root)
    if free < Self.fewBytes {
      findings.append(
        HealthFinding(
          free < Self.tooFewBytes ? .problem : .warning, code: "little-space",
          "only \(free >> 20) MiB are free where plugins are installed"))
    } else {
      findings.append(HealthFinding(.fine, code: "space", "\(free >> 30) GiB are free where plugins are installed"))
    }
  }

  private func examine(_ repository: TrustedRepository, _ findings: inout [HealthFinding]) async {
    let store = repositories.metadata(of: repository.id)
    let now = MetadataTime(seconds: machine.clock.now().seconds)
    guard let bytes = try? await store.load(.timestamp),
      let expires = try? TimestampMetadata(
        signed: SignedEnvelope(bytes, role: .timestamp).signed, role: .timestamp
      ).expires
    else {
      findings.append(
        HealthFinding(
          .problem, code: "metadata-missing", "there are no trusted metadata of the repository \(repository.id)",
          command: "serin update --check"))
      return
    }
    let level: HealthFinding.Level =
      expires <= now ? .problem : expires.seconds - now.seconds < Self.soon ? .warning : .fine
    let sentence =
      expires <= now
      ? "what is known of the repository \(repository.id) expired at \(expires); plugins keep running, updates wait"
      : "what is known of the repository \(repository.id) is good until \(expires)"
    findings.append(
      HealthFinding(
        level, code: level == .fine ? "metadata" : level == .problem ? "metadata-expired" : "metadata-expires",
        sentence,
        command: level == .fine ? nil : "serin update --check"))
  }

  private func examineSandbox(_ findings: inout [HealthFinding]) async {
    let tried: [RuntimeFinding]
    var silences: [String] = []
    do {
      let probe = try sandbox().probe
      tried = await probe.survey()
      for runtime in tried.compactMap(\.runtime) {
        if let silence = await probe.silence(of: runtime) { silences.append(silence) }
      }
    } catch {
      findings.append(HealthFinding(.problem, code: "no-sandbox", "no sandbox can be prepared: \(error)"))
      return
    }
    let working = tried.filter { $0.runtime != nil }
    for runtime in tried {
      let isMissing = runtime.program == nil
      let hasGroups = runtime.runtime?.limitKeeper.usesControlGroups == true
      findings.append(
        HealthFinding(
          runtime.runtime == nil && !isMissing ? .warning : .fine,
          code: isMissing
            ? "runtime-missing"
            : hasGroups ? "runtime" : runtime.runtime == nil ? "runtime-broken" : "runtime-without-cgroups",
          runtime.sentence))
    }
    if working.isEmpty {
      findings.append(
        HealthFinding(
          .problem, code: "no-sandbox", "no OCI runtime works here, so that no plugin can run",
          command: "apt-get install runc"))
    } else if !working.contains(where: { $0.runtime?.limitKeeper.usesControlGroups == true }) {
      findings.append(
        HealthFinding(
          .warning, code: "no-cgroups", "no cgroups can be used here: limits are watched instead of enforced"))
    }
    if !working.isEmpty, !working.contains(where: { $0.runtime?.carriesNetwork == true }) {
      findings.append(
        HealthFinding(
          .warning, code: "no-egress",
          "no runtime here can be given a proxy: plugins run without the network that they declare"))
    }
    if let silence = silences.first, silences.count == working.count {
      findings.append(
        HealthFinding(.warning, code: "no-observation", "canaries do not see here what a plugin tries: \(silence)"))
    }
  }

  /// Whether somebody touched what AI clients are told to start.
  private func examineClients(_ findings: inout [HealthFinding]) throws {
    let connections = try connections()
    let wrong = connections.compactMap(\.finding)
    findings += wrong
    if wrong.isEmpty, !connections.isEmpty {
      findings.append(
        HealthFinding(
          .fine, code: "clients", "\(connections.count) entries of AI clients are as they were written"))
    }
  }

  /// What lies below the host's folder and is of no use, or of no known use; not while another process stages.
  private func examinePaths(_ findings: inout [HealthFinding]) throws {
    let inventory: HostInventory
    do { inventory = try takeInventory() } catch StorageError.locked { return }
    for path in inventory.unexplained.prefix(10) {
      findings.append(
        HealthFinding(.warning, code: "unexplained", "nothing explains what \(path) is for; it is never removed"))
    }
    if inventory.unexplainedCount > 10 {
      findings.append(
        HealthFinding(
          .warning, code: "unexplained", "nothing explains \(inventory.unexplainedCount) paths in all",
          command: "serin prune --dry-run"))
    }
    if !inventory.leftovers.isEmpty {
      findings.append(
        HealthFinding(
          .warning, code: "leftovers", "interrupted runs left \(inventory.leftovers.count) things behind",
          command: "serin prune"))
    }
    if inventory.removable.contains(where: { $0.waste == .quarantine }) {
      findings.append(
        HealthFinding(
          .warning, code: "quarantine", "damaged files were put aside: the disk may be failing",
          command: "serin verify --all"))
    }
  }

  private func examinePlugins(_ findings: inout [HealthFinding]) throws {
    var count = 0
    for record in try ledger.installs() {
      do {
        _ = try installed(record.plugin)
        count += 1
      } catch {
        findings.append(
          HealthFinding(
            .problem, code: "plugin-damaged", "\(record.plugin) is installed and cannot be read: \(error)",
            command: "serin rollback \(record.plugin.name)"))
      }
    }
    findings.append(HealthFinding(.fine, code: "plugins", "\(count) installed plugins are there"))
  }
}
