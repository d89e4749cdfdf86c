package import Releases

extension PluginSettings {
  /// How long a release is observed, where a person asks for another time.
  ///
  /// Throws ``PolicyError/soakTooShort(plugin:asked:required:skip:)`` where the settings do not let that person shorten
  /// it.
  package func soakTime(
    asking asked: DurationText?, of plugin: PluginName, security: Bool
  ) throws(PolicyError) -> SoakTime {
    let time = soakTime(security: security)
    guard let asked else { return time }
    let maySkip = soakSkip == .anybody || soakSkip == .security && security
    guard asked >= time.required || maySkip else {
      throw .soakTooShort(
        plugin: plugin.text, asked: asked.text, required: time.required.text, skip: soakSkip)
    }
    return time.asking(for: asked)
  }
}
