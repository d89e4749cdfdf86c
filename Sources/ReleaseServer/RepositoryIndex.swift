package import Platform
package import Signing

/// What the server knows about its repository beyond the bytes of its files.
///
/// Everything here is for people and monitors to read; hosts believe only what they verify themselves.
package protocol RepositoryIndex: Sendable {
  /// The roles that the newest timestamp leads to, with version and expiry.
  /// - Throws: `IndexError` when the metadata on disk cannot be read.
  func roles() async throws -> [RoleStatus]
  /// Every plugin with what each channel offers, sorted by plugin name.
  /// - Throws: `IndexError` when the metadata on disk cannot be read.
  func plugins() async throws -> [PluginListing]
  /// The current channel manifest of a plugin as it was signed; nil when the channel offers none.
  /// - Throws: `IndexError` when the metadata or the manifest on disk cannot be read.
  func manifest(plugin: String, channel: String) async throws -> ManifestDocument?
}

/// A role's newest version and how long it may be believed.
package struct RoleStatus: Hashable, Sendable {
  /// The role's name: `root`, `timestamp`, `snapshot`, `targets` or a delegated one.
  package let name: String
  /// The version of the newest metadata.
  package let version: Int64
  /// When hosts stop believing it.
  package let expires: Instant

  /// Describes a role.
  package init(name: String, version: Int64, expires: Instant) {
    self.name = name
    self.version = version
    self.expires = expires
  }
}

/// A plugin and its channels.
package struct PluginListing: Hashable, Sendable {
  /// The plugin's name: `namespace/name`.
  package let plugin: String
  /// What the channels offer, in the repository's own order of roles.
  package let channels: [ChannelListing]

  /// Describes a plugin.
  package init(plugin: String, channels: [ChannelListing]) {
    self.plugin = plugin
    self.channels = channels
  }
}

/// What one channel offers for one plugin.
package struct ChannelListing: Hashable, Sendable {
  /// The channel's name.
  package let channel: String
  /// The version on offer.
  package let version: String
  /// The manifest's sequence number.
  package let sequence: Int64
  /// When the manifest was made, RFC 3339.
  package let published: String
  /// Per cent of hosts that may take it, nil for all of them.
  package let rolloutPercent: Int?
  /// Whether the publisher stopped the rollout.
  package let isPaused: Bool
  /// Whether it closes a security hole.
  package let isSecurity: Bool
  /// Platforms with a bundle.
  package let platforms: [String]
  /// Versions that were withdrawn.
  package let yanked: [String]
  /// The publisher's notes.
  package let notes: String?

  /// Describes what a channel offers.
  package init(
    channel: String, version: String, sequence: Int64, published: String, rolloutPercent: Int? = nil,
    isPaused: Bool = false, isSecurity: Bool = false, platforms: [String] = [], yanked: [String] = [],
    notes: String? = nil
  ) {
    self.channel = channel
    self.version = version
    self.sequence = sequence
    self.published = published
    self.rolloutPercent = rolloutPercent
    self.isPaused = isPaused
    self.isSecurity = isSecurity
    self.platforms = platforms
    self.yanked = yanked
    self.notes = notes
  }
}

/// The signed bytes of a channel manifest.
package struct ManifestDocument: Hashable, Sendable {
  /// The bytes as signed.
  package let bytes: [UInt8]
  /// Their SHA-256, as the channel role names it.
  package let digest: SHA256Digest

  /// Holds a manifest's bytes and digest.
  package init(bytes: [UInt8], digest: SHA256Digest) {
    self.bytes = bytes
    self.digest = digest
  }
}

/// Why the repository's metadata cannot be read.
package enum IndexError: SerinError, Equatable {
  /// A metadata file that another one names is not there.
  case missing(file: String)
  /// A metadata file is no JSON, or not the JSON that TUF describes.
  case malformed(file: String, why: String)
  /// A target's bytes are not those its role names.
  case digestMismatch(file: String, expected: SHA256Digest, found: SHA256Digest)
  /// There are more roles or manifests than the server reads.
  case tooMany(what: String, limit: Int)

  package var description: String {
    switch self {
    case .missing(let file): "the repository has no \(file), although its metadata name it"
    case .malformed(let file, let why): "\(file) is not usable metadata: \(why)"
    case .digestMismatch(let file, let expected, let found):
      "\(file) has digest \(found.hex), its role names \(expected.hex)"
    case .tooMany(let what, let limit): "the repository has more than \(limit) \(what)"
    }
  }

  package var blame: Blame { .repository }

  package var help: String? {
    switch self {
    case .missing, .malformed, .digestMismatch: "publish again from the workspace, or restore the folder from a copy"
    case .tooMany: "split the repository"
    }
  }
}
