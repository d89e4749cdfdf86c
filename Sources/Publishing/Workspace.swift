package import Platform
package import Releases
package import Signing
package import SystemPackage

/// A publisher's folder: settings, public keys, channel policies and the repository.
package struct Workspace: Sendable {
  /// The largest channel policy that is read, in bytes.
  static let maximumPolicyBytes = 65_536
  /// The most channels a workspace has.
  static let maximumChannels = 16

  /// The folder.
  package let root: FilePath
  /// What `serin.yaml` says.
  package let settings: WorkspaceSettings
  /// The policies by channel, in the order in which releases pass through them.
  package let policies: [(channel: ChannelName, policy: ChannelPolicy)]
  /// What the folder lies on, and the clock that dates what is signed.
  package let machine: Machine

  /// The TUF metadata.
  package var metadata: FilePath { root.appending("repository").appending("metadata") }
  /// The TUF targets: bundles and channel manifests.
  package var targets: FilePath { root.appending("repository").appending("targets") }
  /// The verdicts of canaries that were run here.
  package var evidence: FilePath { root.appending("evidence") }
  /// Where bundles are packed before they are published.
  var staging: FilePath { root.appending(".staging") }

  /// Opens a workspace and reads all it says.
  ///
  /// Throws ``PublishingError`` where a file is missing or says something that cannot be.
  package static func open(_ root: FilePath, machine: Machine) throws -> Workspace {
    let file = root.appending("serin.yaml")
    guard try machine.files.exists(file) else { throw PublishingError.noWorkspace(path: root.string) }
    let settings = try WorkspaceSettings(
      yaml: text(file, limit: WorkspaceSettings.maximumBytes, files: machine.files))
    let policies = try policies(in: root.appending("channels"), files: machine.files)
    return Workspace(root: root, settings: settings, policies: policies, machine: machine)
  }

  /// The policy of a channel.
  package func policy(_ channel: ChannelName) throws(PublishingError) -> ChannelPolicy {
    guard let found = policies.first(where: { $0.channel == channel }) else {
      throw .unknownChannel(offered: channel.text, known: policies.map(\.channel.text))
    }
    return found.policy
  }

  /// The public half of a key of this workspace.
  package func publicKey(named name: String) throws(PublishingError) -> PublicKey {
    let path = root.appending("keys").appending(name + ".pub")
    do {
      return try PublicKey(
        minisign: Self.text(path, limit: PublicKey.maxTextBytes, files: machine.files))
    } catch {
      throw .badKey(name: name, reason: "\(error)")
    }
  }

  /// The public keys of this workspace by name; one that cannot be read signs nothing.
  func publicKeys() throws -> [(name: String, key: PublicKey)] {
    try machine.files.list(root.appending("keys")).map(\.name).filter { $0.hasSuffix(".pub") }.compactMap { file in
      let name = String(file.dropLast(4))
      return (try? publicKey(named: name)).map { (name, $0) }
    }
  }

  /// Keeps other processes from changing the workspace while the returned lock lives.
  package func lock() throws -> FileLock { try machine.files.lock(root.appending(".lock")) }

  /// The current time, to whole seconds.
  var now: Timestamp { Timestamp(seconds: machine.clock.now().seconds) }

  private static func policies(
    in folder: FilePath, files: any FileSystem
  ) throws -> [(channel: ChannelName, policy: ChannelPolicy)] {
    let names = try files.list(folder).map(\.name).filter { $0.hasSuffix(".yaml") }
    guard (1...maximumChannels).contains(names.count) else {
      throw PublishingError.badSettings(
        field: "channels", reason: "there are \(names.count) policies, allowed are 1 to \(maximumChannels)")
    }
    let all = try names.map { name in
      let yaml = try text(folder.appending(name), limit: maximumPolicyBytes, files: files)
      return (channel: try ChannelName(String(name.dropLast(5))), policy: try ChannelPolicy(yaml: yaml))
    }
    return try inOrder(all)
  }

  /// Sorts channels so that each comes after the one it follows.
  private static func inOrder(
    _ all: [(channel: ChannelName, policy: ChannelPolicy)]
  ) throws(PublishingError) -> [(channel: ChannelName, policy: ChannelPolicy)] {
    var sorted: [(channel: ChannelName, policy: ChannelPolicy)] = []
    var rest = all
    while !rest.isEmpty {
      let ready = rest.filter { entry in
        entry.policy.follows.map { from in sorted.contains { $0.channel == from } } ?? true
      }
      guard !ready.isEmpty else {
        throw .badSettings(
          field: "follows",
          reason: "\(rest.map(\.channel.text).joined(separator: ", ")) follow each other or a channel that is not there"
        )
      }
      sorted += ready
      rest.removeAll { entry in ready.contains { $0.channel == entry.channel } }
    }
    return sorted
  }

  static func text(_ path: FilePath, limit: Int, files: any FileSystem) throws -> String {
    String(decoding: try files.readAll(path, limit: limit), as: UTF8.self)
  }
}
