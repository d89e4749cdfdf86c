package import Platform
package import Releases
import Signing
package import SystemPackage
import TUF

/// Examines a workspace: everything that would sooner or later stop its publisher or his hosts.
///
/// It reads and changes nothing, and it opens no key.
package struct WorkspaceDoctor {
  /// Less free space than this is worth a warning, in bytes: 512 MiB.
  private static let fewBytes: Int64 = 512 << 20

  private let root: FilePath
  private let machine: Machine
  /// Whether this account holds the secret half of a key.
  private let holds: (MetadataKey) -> Bool
  private var findings: [HealthFinding] = []

  /// Prepares an examination.
  ///
  /// - Parameters:
  ///   - root: The workspace.
  ///   - machine: What it lies on.
  ///   - own: The bytes of the public keys whose secret halves this account holds.
  package init(_ root: FilePath, machine: Machine, own: Set<[UInt8]> = []) {
    self.root = root
    self.machine = machine
    holds = { key in key.ed25519.map { own.contains($0.bytes) } ?? false }
  }

  /// Everything that was found, the worst not first but in the order in which things rest on each other.
  package mutating func examine() throws -> [HealthFinding] {
    findings = []
    try examineSecrets()
    if try PendingPublication(root, files: machine.files).exists() {
      add(
        .problem, "publication-half-done",
        "a publication was left half-done, and hosts may refuse to update until it ends",
        command: "serin role sync")
      return findings
    }
    let workspace: Workspace
    do {
      workspace = try Workspace.open(root, machine: machine)
    } catch let error as PublishingError {
      if case .noWorkspace = error { throw error }
      add(.problem, "settings-unreadable", error.description)
      return findings
    } catch let error as ReleaseError {
      add(.problem, "settings-unreadable", "a policy in channels/ cannot be used: \(error)")
      return findings
    }
    guard try machine.files.exists(workspace.metadata) else {
      add(
        .problem, "no-repository",
        "there are settings, keys and policies here, but no repository: \(workspace.metadata) is not there; bring it "
          + "back from where it is served, or begin a workspace of your own", command: "serin init FOLDER")
      return findings
    }
    try examineRoots(workspace)
    let state: RepositoryState
    do {
      state = try RepositoryFolder(workspace: workspace).state()
    } catch {
      add(.problem, "repository-damaged", "the repository cannot be used: \(error)")
      return findings
    }
    try examineRoles(state, workspace)
    try examineSettings(state, workspace)
    try examineOffers(state, workspace)
    try examineSpace(workspace)
    return findings
  }

  private mutating func add(
    _ level: HealthFinding.Level, _ code: String, _ sentence: String, command: String? = nil
  ) {
    findings.append(HealthFinding(level, code: code, sentence, command: command))
  }
}

// MARK: - Keys and files
extension WorkspaceDoctor {
  /// Secret halves belong under the account's settings, never where a folder is copied, committed or served.
  private mutating func examineSecrets() throws {
    let found = try SecretSearch(files: machine.files).secrets(below: root)
    for path in found {
      add(
        .problem, "secret-key-in-workspace", "\(path) holds the secret half of a key",
        command: "mv \(path) ~/.config/serin/keys/")
    }
    if found.isEmpty { add(.fine, "no-secrets", "no secret half of a key lies in the workspace") }
  }

  /// Clients walk the roots one by one: a gap strands everybody behind it.
  private mutating func examineRoots(_ workspace: Workspace) throws {
    var versions: Set<Int64> = []
    for entry in try machine.files.list(workspace.metadata) {
      let parts = entry.name.split(separator: ".", omittingEmptySubsequences: false)
      guard parts.count == 3, parts[1] == "root", parts[2] == "json", let number = Int64(parts[0]) else { continue }
      versions.insert(number)
    }
    guard let newest = versions.max(), newest <= 1 << 20 else { return }
    let missing = (1...newest).filter { !versions.contains($0) }
    for version in missing.prefix(10) {
      add(
        .problem, "root-missing",
        "\(version).root.json is missing, though \(newest).root.json is there: hosts that trust an older root cannot "
          + "follow; restore it from a copy")
    }
    if missing.isEmpty { add(.fine, "roots", "every version of the root is there (\(newest))") }
  }

  private mutating func examineSpace(_ workspace: Workspace) throws {
    let free = try machine.files.freeSpace(workspace.root)
    if free < Self.fewBytes {
      add(.warning, "little-space", "only \(free >> 20) MiB are free where the workspace lies")
    }
  }
}

// MARK: - What is signed
extension WorkspaceDoctor {
  private mutating func examineRoles(_ state: RepositoryState, _ workspace: Workspace) throws {
    let lifetimes = try workspace.lifetimes()
    let signed = SignedAuthorities(state)
    let now = workspace.now.seconds
    var next: (role: RoleName, due: Int64)?
    for (role, header) in state.headers {
      let expires = header.expires.seconds
      let due = expires - lifetimes.seconds(of: role) / 2
      let command = command(renewing: role, signed.authority(of: role))
      if expires <= now {
        add(
          .problem, "role-expired", "the role \(role) expired at \(header.expires), and hosts take no updates",
          command: command)
      } else if expires - now < ExpiringRole.shortest {
        add(
          .problem, "role-expires", "the role \(role) expires within 48 hours, at \(header.expires)", command: command)
      } else if due <= now {
        add(
          .warning, "role-half-over",
          "more than half of the lifetime of the role \(role) is over; it expires at "
            + "\(header.expires)", command: command)
      } else if due < next?.due ?? .max {
        next = (role, due)
      }
    }
    if let next {
      add(.fine, "roles", "the next role to be renewed is \(next.role), from \(Timestamp(seconds: next.due)) on")
    }
  }

  /// The command that renews a role: by a request where not enough of its keys are on this machine.
  private func command(renewing role: RoleName, _ authority: Authority?) -> String {
    let command = ExpiringRole.command(renewing: role)
    guard let authority, role != .snapshot, role != .timestamp else { return command }
    let held = authority.entries.count { holds($0.key) }
    return held >= authority.threshold ? command : "\(command) --request \(role.text).request"
  }

  private mutating func examineSettings(_ state: RepositoryState, _ workspace: Workspace) throws {
    let names = try KeyNames(workspace)
    let files = try WorkspaceFollowing(workspace: workspace, names: names).files(following: state)
    let paths = (files.keys + files.policies).map(\.path)
    if !paths.isEmpty {
      add(
        .problem, "settings-differ",
        "settings say something else than what is signed: \(paths.joined(separator: ", "))",
        command: "serin role sync")
    }
    let signed = SignedAuthorities(state)
    let counting = Set(
      (RoleName.topLevel.compactMap { signed.authority(of: $0) } + signed.delegations.map(\.authority))
        .flatMap(\.entries).map { names.name(of: $0.key) })
    for (channel, policy) in workspace.policies {
      if let role = RoleName(delegated: channel.text), signed.authority(of: role) == nil {
        add(
          .problem, "channel-not-signed", "channels/\(channel.text).yaml describes a channel that nobody signed",
          command: "serin role delegate \(channel.text) --channel --key \(policy.signers[0])")
      }
      for name in policy.evidence.signers where !counting.contains(name) {
        add(
          .warning, "evidence-signer",
          "channels/\(channel.text).yaml counts verdicts by the key \(name), which no role lists; edit evidence.signers"
        )
      }
    }
    for entry in try machine.files.list(root.appending("keys")) where entry.name.hasSuffix(".pub") {
      let name = String(entry.name.dropLast(4))
      if (try? workspace.publicKey(named: name)) == nil {
        add(.problem, "key-unreadable", "keys/\(name).pub is no public key, so that nothing by it is believed")
      }
    }
    if paths.isEmpty { add(.fine, "settings", "settings, keys and policies say what is signed") }
  }

  /// What channels offer must lie where hosts will ask for it.
  private mutating func examineOffers(_ state: RepositoryState, _ workspace: Workspace) throws {
    let publisher = Publisher(workspace: workspace, keys: NoSecrets())
    var count = 0
    for plugin in Publisher.plugins(in: state) {
      for (channel, _) in workspace.policies {
        let manifest: ChannelManifest?
        do {
          manifest = try publisher.manifest(of: plugin, in: channel, state: state)
        } catch {
          add(.problem, "target-missing", "what \(channel) offers of \(plugin) cannot be read: \(error)")
          continue
        }
        for bundle in manifest?.bundles ?? [] {
          count += 1
          let target = NewTarget(path: bundle.path, length: bundle.length, sha256: bundle.sha256)
          let path = workspace.targets.appending(target.consistentPath)
          guard try machine.files.status(path)?.size != bundle.length else { continue }
          add(
            .problem, "target-missing",
            "\(channel) offers \(plugin) for \(bundle.platform), but \(path) is not there with \(bundle.length) bytes")
        }
      }
    }
    if !findings.contains(where: { $0.code == "target-missing" }) {
      add(.fine, "offers", "every bundle that a channel offers is there (\(count))")
    }
  }
}

/// No secret keys at all: who only looks needs none.
private struct NoSecrets: KeyRing {
  func signer(named name: String) throws -> Signer? { nil }
}
