import Canary
package import MCP
import Platform
package import Releases
import Storage
import StrictJSON
import SystemPackage

// What an installed release's tools are held to while it is used. A canary runs under a fixed environment, so that its
// list is the same everywhere; what the user's own environment makes of a tool can differ, and is shown to the user
// once, by `serin tools`, unless it is only the time zone.
extension PluginHost {
  /// What an installed release is held to: the pins of its signed manifest where there are any, else what its canary
  /// saw, and what was accepted on this host; nil where it was never observed.
  package func livePins(of plugin: PluginName) throws -> LivePins? { try livePins(of: installed(plugin)) }

  func livePins(of installed: InstalledRelease) throws -> LivePins? {
    let plugin = installed.manifest.plugin
    let observed = try observedTools(of: plugin, tree: installed.tree)
    let accepted = try ledger.acceptedTools(of: plugin).map(\.pin)
    guard let pins = installed.manifest.toolPins ?? observed?.pins else {
      // What a person accepted of a release that was never observed is all that there is.
      guard !accepted.isEmpty else { return nil }
      return LivePins(try ToolPins(tools: []), accepted: Set(accepted))
    }
    return LivePins(
      pins, accepted: Set(accepted), observed: observed?.list.flatMap { try? ToolList(encoded: $0) },
      interchangeable: interchangeableTexts(for: installed.manifest))
  }

  /// What was observed of a release: the list of its last canary or gate, else the pins of a kept record.
  func observedTools(of plugin: PluginName, tree: TreeName) throws -> ObservedTools? {
    if let kept = try ledger.observedTools(of: plugin, tree: tree) { return kept }
    // A soak of before lists were kept has its pins in the record of its verdict.
    for run in try ledger.canaries(of: plugin, limit: Ledger.runLimit) where run.tree == tree && run.state != .failed {
      let record = try ledger.canaryNotes(run.id).record
      if let evidence = try? Evidence(json: record.serialized(pretty: false)), let pins = evidence.figures?.tools {
        return ObservedTools(pins: pins, list: nil, time: run.ended ?? run.started)
      }
    }
    return nil
  }

  /// Writes down what a release listed under the fixed environment; nothing where it listed nothing.
  func keepObserved(
    _ tools: ToolList?, of manifest: BundleManifest, tree: TreeName, replacing: Bool = true
  ) throws {
    guard let tools, let pins = try? tools.pins() else { return }
    try ledger.keep(
      ObservedTools(pins: pins, list: tools.encoded(), time: machine.clock.now()), of: manifest.plugin, tree: tree,
      replacing: replacing)
  }

  /// Texts that may stand for each other in a tool: the zone of every canary, and the one of this user where the
  /// release may see it.
  private func interchangeableTexts(for manifest: BundleManifest) -> [String] {
    let permissions = manifest.permissions
    let seesZone = (permissions.read + permissions.write).contains { $0.text == "@timezone" }
    guard seesZone, let zone = timeZone() else { return [] }
    return ["UTC", zone]
  }

  /// The name of this machine's time zone, such as `Europe/Paris`.
  private func timeZone() -> String? {
    if let link = try? machine.files.readLink("/etc/localtime").string, let mark = link.firstRange(of: "zoneinfo/") {
      return String(link[mark.upperBound...])
    }
    guard let bytes = try? machine.files.readAll("/etc/timezone", limit: 256) else { return nil }
    return String(decoding: bytes, as: UTF8.self).split(whereSeparator: \.isWhitespace).first.map(String.init)
  }
}
