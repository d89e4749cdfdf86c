import Platform
import Releases
import Signing
import SystemPackage
import TUF

/// Makes `serin.yaml`, `keys/` and `channels/` say what the metadata say: signed metadata are the truth, settings
/// follow.
struct WorkspaceFollowing {
  let workspace: Workspace
  let names: KeyNames

  /// The files that have to change, those of keys apart because they may appear before the metadata do.
  struct Files {
    var keys: [PendingPublication.File] = []
    var policies: [PendingPublication.File] = []

    var isEmpty: Bool { keys.isEmpty && policies.isEmpty }
  }

  /// Compares settings with a state of the repository.
  ///
  /// - Parameters:
  ///   - state: What was, or is about to be, published.
  ///   - added: Policies of new channels; their signers are replaced by those of the metadata.
  ///   - revoked: Channels whose policies go.
  ///   - keys: Public keys that `keys/` does not hold yet.
  func files(
    following state: RepositoryState, adding added: [ChannelName: ChannelPolicy] = [:],
    without revoked: Set<RoleName> = [], keys: [String: PublicKey] = [:]
  ) throws -> Files {
    let signed = SignedAuthorities(state)
    var result = Files()
    var missing = keys
    var settings = workspace.settings
    for (field, place) in Self.places {
      guard let role = RoleName(named: field), let authority = signed.authority(of: role) else { continue }
      settings[keyPath: place].keys = self.keys(of: authority, preferring: settings[keyPath: place].keys, &missing)
      settings[keyPath: place].threshold = authority.threshold
    }
    if settings != workspace.settings {
      result.policies.append(PendingPublication.File(path: "serin.yaml", text: try settings.yaml()))
    }
    result.policies += try policies(signed, adding: added, without: revoked, &missing)
    for (name, key) in missing.sorted(by: { $0.key < $1.key }) {
      guard try isNew(name, key) else { continue }
      result.keys.append(PendingPublication.File(path: "keys/\(name).pub", text: key.minisignText))
    }
    return result
  }

  private static var places: [(String, WritableKeyPath<WorkspaceSettings, WorkspaceSettings.Role>)] {
    [
      ("root", \.root), ("targets", \.targets), ("bundles", \.bundles), ("snapshot", \.snapshot),
      ("timestamp", \.timestamp),
    ]
  }

  private func policies(
    _ signed: SignedAuthorities, adding added: [ChannelName: ChannelPolicy], without revoked: Set<RoleName>,
    _ missing: inout [String: PublicKey]
  ) throws -> [PendingPublication.File] {
    var result: [PendingPublication.File] = []
    let all = workspace.policies + added.map { (channel: $0.key, policy: $0.value) }
    for (channel, policy) in all.sorted(by: { $0.channel.text < $1.channel.text }) {
      let path = "channels/\(channel.text).yaml"
      guard let role = RoleName(delegated: channel.text) else { continue }
      if revoked.contains(role) {
        result.append(PendingPublication.File(path: path, text: nil))
        continue
      }
      guard let authority = signed.authority(of: role) else { continue }
      var wanted = policy
      wanted.signers = keys(of: authority, preferring: policy.signers, &missing)
      wanted.threshold = authority.threshold
      guard wanted != policy || added[channel] != nil else { continue }
      result.append(PendingPublication.File(path: path, text: try text(of: wanted, at: path)))
    }
    return result
  }

  /// The names of an authority's keys, with those that have no file yet noted.
  ///
  /// The order of the settings stays where the keys are the same.
  private func keys(
    of authority: Authority, preferring old: [String], _ missing: inout [String: PublicKey]
  ) -> [String] {
    var listed: [String] = []
    for entry in authority.entries {
      let name = names.name(of: entry.key, preferring: old)
      if !names.knows(entry.key), let key = entry.key.ed25519 { missing[name] = key }
      listed.append(name)
    }
    return Set(listed) == Set(old) && listed.count == old.count ? old : listed
  }

  /// The policy's text: the present file with two lines replaced where that says the same, so that comments stay.
  private func text(of policy: ChannelPolicy, at path: String) throws -> String {
    let file = workspace.root.pushing(FilePath(path))
    guard try workspace.machine.files.exists(file),
      let old = try? Workspace.text(file, limit: Workspace.maximumPolicyBytes, files: workspace.machine.files)
    else { return policy.yaml }
    var lines = old.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
    for (key, value) in [
      ("signers", "[\(policy.signers.joined(separator: ", "))]"), ("threshold", "\(policy.threshold)"),
    ] {
      let line = "\(key): \(value)"
      if let place = lines.firstIndex(where: { $0.hasPrefix(key + ":") }) {
        lines[place] = line
      } else {
        lines.insert(line, at: lines.last == "" ? lines.count - 1 : lines.count)
      }
    }
    let edited = lines.joined(separator: "\n")
    return (try? ChannelPolicy(yaml: edited)) == policy ? edited : policy.yaml
  }

  /// Whether `keys/` lacks the file; a public key is never overwritten by another one.
  private func isNew(_ name: String, _ key: PublicKey) throws -> Bool {
    do { try KeyName.check(name, field: "key") } catch { throw PublishingError.badKey(name: name, reason: "\(error)") }
    let path = workspace.root.appending("keys").appending(name + ".pub")
    guard try workspace.machine.files.exists(path) else { return true }
    guard try workspace.publicKey(named: name).bytes == key.bytes else {
      throw PublishingError.badKey(name: name, reason: "keys/\(name).pub is another key already")
    }
    return false
  }
}
