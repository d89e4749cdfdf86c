import Platform
import Releases
import SystemPackage

/// The channel manifests that a channel ever had: consistent snapshots keep them all beside each other.
struct ManifestHistory {
  /// The most manifests of one plugin that are read back.
  static let maximumCount = 100_000

  let workspace: Workspace

  /// Every manifest of a channel, in no order; unreadable files are passed over, since only the current one is trusted.
  func manifests(of plugin: PluginName, in channel: ChannelName) throws -> [ChannelManifest] {
    let files = workspace.machine.files
    let folder = workspace.targets.appending("plugins").appending(plugin.namespace).appending(plugin.name)
    guard try files.exists(folder) else { return [] }
    var found: [ChannelManifest] = []
    for entry in try files.list(folder).prefix(Self.maximumCount)
    where entry.kind == .file && entry.name.hasSuffix("." + channel.text + ".json") {
      guard let bytes = try? files.readAll(folder.appending(entry.name), limit: ChannelManifest.maxBytes),
        let manifest = try? ChannelManifest(json: bytes), manifest.plugin == plugin, manifest.channel == channel
      else { continue }
      found.append(manifest)
    }
    return found
  }
}
