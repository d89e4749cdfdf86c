import Platform
package import Releases
package import Storage

extension PluginHost {
  /// Keeps a plugin from taking updates, or from taking one version.
  package func hold(
    _ plugin: PluginName, version: ReleaseVersion? = nil, for length: DurationText? = nil, reason: String
  ) throws -> Hold {
    let now = machine.clock.now()
    let hold = try ledger.place(
      Hold(
        plugin: plugin, kind: .hold, version: version, until: length.map { now.advanced(by: $0.duration) },
        reason: reason, created: now))
    _ = try ledger.record(
      HistoryEntry(
        time: now, plugin: plugin, event: "hold", toVersion: version,
        reason: reason + (hold.until.map { " (until \($0.rfc3339))" } ?? "")))
    return hold
  }

  /// Lifts the holds of a plugin, or the one on a version; returns how many there were.
  package func unhold(_ plugin: PluginName, version: ReleaseVersion? = nil) throws -> Int {
    let lifted = try ledger.lift(of: plugin, kind: .hold, version: version)
    if lifted > 0 {
      _ = try ledger.record(
        HistoryEntry(
          time: machine.clock.now(), plugin: plugin, event: "unhold", toVersion: version,
          reason: "asked for on the command line"))
    }
    return lifted
  }

  /// The holds of a plugin that are in force.
  package func holds(of plugin: PluginName) throws -> [Hold] {
    try ledger.holds(of: plugin, at: machine.clock.now())
  }
}
