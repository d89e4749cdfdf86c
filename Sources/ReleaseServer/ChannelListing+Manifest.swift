import Releases

extension ChannelListing {
  /// Reads what the overview shows of a channel manifest, which must be about what its path says.
  init(manifest bytes: [UInt8], path: ManifestPath) throws(IndexError) {
    let manifest: ChannelManifest
    do throws(ReleaseError) { manifest = try ChannelManifest(json: bytes) } catch {
      throw .malformed(file: path.text, why: error.description)
    }
    guard manifest.plugin.text == path.plugin, manifest.channel.text == path.channel else {
      throw .malformed(file: path.text, why: "it is about \(manifest.plugin) in \(manifest.channel)")
    }
    self.init(
      channel: path.channel, version: manifest.version.text, sequence: manifest.sequence,
      published: manifest.published.text, rolloutPercent: manifest.rollout.percent, isPaused: manifest.paused,
      isSecurity: manifest.security, platforms: manifest.bundles.map(\.platform.text),
      yanked: manifest.yanked.map(\.version.text), notes: manifest.notes)
  }
}
