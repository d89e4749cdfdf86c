package import Signing

/// Where the files of a plugin lie in a repository, relative to its targets.
package enum ReleasePaths {
  /// The folder of a plugin: `plugins/io.github.acme/time`.
  package static func folder(_ plugin: PluginName) -> String { "plugins/" + plugin.text }

  /// The manifest of a channel: `plugins/io.github.acme/time/stable.json`.
  package static func channel(_ plugin: PluginName, _ channel: ChannelName) -> String {
    folder(plugin) + "/" + channel.text + ".json"
  }

  /// The manifest of no plugin at all: looking for it visits the role that a channel is.
  package static func anyPlugin(in channel: ChannelName) -> String { "plugins/-/-/\(channel.text).json" }

  /// The folder of a release.
  package static func release(_ plugin: PluginName, _ version: ReleaseVersion) -> String {
    folder(plugin) + "/" + version.text
  }

  /// The file name of a bundle: `time-2026.10.19-linux-x86_64.tar.zst`.
  package static func bundleName(
    _ plugin: PluginName, _ version: ReleaseVersion, _ platform: TargetPlatform
  ) -> String {
    "\(plugin.name)-\(version.text)-\(platform.text).tar.zst"
  }

  /// The path of a bundle.
  package static func bundle(_ plugin: PluginName, _ version: ReleaseVersion, _ platform: TargetPlatform) -> String {
    release(plugin, version) + "/" + bundleName(plugin, version, platform)
  }

  /// The path of a delta from an older release.
  package static func delta(
    _ plugin: PluginName, from: ReleaseVersion, to version: ReleaseVersion, _ platform: TargetPlatform
  ) -> String {
    release(plugin, version)
      + "/\(plugin.name)-\(from.text)-to-\(version.text)-\(platform.text).delta.tar.zst"
  }

  /// The path of a signed verdict about a release, named by its digest.
  package static func evidence(_ plugin: PluginName, _ version: ReleaseVersion, _ digest: SHA256Digest) -> String {
    release(plugin, version) + "/evidence-\(digest.hex.prefix(16)).json"
  }
}
