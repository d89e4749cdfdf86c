package import Platform
package import Releases
package import Signing

/// Where an export takes a repository's files from: a publisher's folder, or a server that a host trusts.
package protocol OfflineSource: Sendable {
  /// A file of metadata; nil where the repository has none of that name.
  func metadata(_ path: String, limit: Int) async throws -> [UInt8]?
  /// A small target.
  func target(_ path: OfflineTarget, limit: Int64) async throws -> [UInt8]
  /// A bundle, on this machine's disk.
  func open(_ path: OfflineTarget, length: Int64, sha256: SHA256Digest) async throws -> any ReadableFile
}

/// Where a target lies below a repository's folder of targets.
package struct OfflineTarget: Hashable, Sendable {
  /// On a disk.
  package let file: String
  /// In a URL.
  package let url: String

  /// The path of what lies beside the target under a longer name.
  func adding(_ suffix: String) -> OfflineTarget { OfflineTarget(file: file + suffix, url: url + suffix) }
}

/// What an export carries.
package struct OfflineWish: Hashable, Sendable {
  /// The plugin.
  package let plugin: PluginName
  /// The channel that the receiving host follows.
  package let channel: ChannelName
  /// The machines that must be able to run it; empty means every bundle that there is.
  package let platforms: [TargetPlatform]

  /// Makes a wish.
  package init(plugin: PluginName, channel: ChannelName, platforms: [TargetPlatform] = []) {
    self.plugin = plugin
    self.channel = channel
    self.platforms = platforms
  }

  /// The bundles of a manifest that are wanted; throws ``OfflineError/noBundle(plugin:version:platform:offered:)``.
  func bundles(of manifest: ChannelManifest) throws(OfflineError) -> [BundleOffer] {
    guard !platforms.isEmpty else { return manifest.bundles }
    var wanted: [BundleOffer] = []
    for platform in platforms {
      guard let bundle = manifest.bundle(for: platform) else {
        throw .noBundle(
          plugin: plugin.text, version: manifest.version.text, platform: platform.text,
          offered: manifest.bundles.map(\.platform.text))
      }
      if !wanted.contains(bundle) { wanted.append(bundle) }
    }
    return wanted
  }
}

/// What an export wrote.
package struct OfflineReport: Sendable {
  /// What the channel offers, as its role signed it.
  package let manifest: ChannelManifest
  /// The bundles in the file.
  package let bundles: [BundleOffer]
  /// The names of everything in the file.
  package let names: [String]
  /// Until when hosts take it, in seconds since 1970: when the first of its roles expires.
  package let expires: Int64
  /// The length of the file in bytes.
  package let length: Int64
  /// The digest of the file.
  package let sha256: SHA256Digest
}
