import Canary
package import MCP
import Platform
package import Releases
import Sandbox
package import Signing
import Storage

/// One tool as an installed release lists it here, compared with what was agreed to.
package struct LiveTool: Sendable {
  /// The tool's name; foreign text.
  package let name: String
  /// How it compares.
  package let fit: LivePins.Fit
  /// What it hides.
  package let hidden: [ToolChange]
  /// What is accepted when it is accepted.
  package let pin: ToolPin

  /// Whether it passes in a live session.
  package var passes: Bool { fit == .fits }

  /// The differences, each with both texts where there are any.
  package var lines: [String] {
    switch fit {
    case .fits: return hidden.map(\.sentence)
    case .unknown: return ["it was not there when the release was observed"] + hidden.map(\.sentence)
    case .differs(let changes): return changes.flatMap { ToolChangeSummary($0, withTexts: true).lines }
    }
  }
}

/// All tools of an installed release in the user's own environment.
package struct LiveToolReport: Sendable {
  /// The plugin.
  package let plugin: PluginName
  /// The version that runs.
  package let version: ReleaseVersion
  /// The tools, sorted by name.
  package let tools: [LiveTool]
  /// Pinned tools that it does not list here.
  package let missing: [String]
  /// The digest of the whole list: what somebody agrees to.
  package let digest: SHA256Digest
  /// Where the pins come from; nil where there are none.
  package let origin: String?

  /// Whether every tool passes.
  package var isAgreed: Bool { origin != nil && tools.allSatisfy(\.passes) }
}

extension PluginHost {
  /// Starts an installed plugin once as `serin run` does, asks for its tools, and compares them with what was agreed.
  ///
  /// Throws ``UpdatingError/noTools(plugin:reasons:)`` when it does not start or does not answer, and `SandboxError`.
  package func liveTools(of plugin: PluginName) async throws -> LiveToolReport {
    try recover(folder.plugin(plugin))
    let installed = try installed(plugin)
    let outcome = try await startOnce(installed)
    guard let list = outcome.tools else {
      throw UpdatingError.noTools(
        plugin: plugin.text,
        reasons: outcome.verdict.findings.filter { $0.severity == .refusal }.map(\.sentence))
    }
    let pins = try livePins(of: installed)
    let tools = list.tools.map { tool in
      LiveTool(name: tool.name, fit: pins?.fit(tool) ?? .unknown, hidden: tool.hidden(), pin: tool.pin)
    }
    return LiveToolReport(
      plugin: plugin, version: installed.manifest.version, tools: tools,
      missing: pins?.names.filter { list[$0] == nil } ?? [], digest: list.digest, origin: try origin(of: installed))
  }

  /// Where the pins of an installed release come from, in words; nil where it has none.
  private func origin(of installed: InstalledRelease) throws -> String? {
    let plugin = installed.manifest.plugin
    if installed.manifest.toolPins != nil { return "its signed manifest" }
    if try observedTools(of: plugin, tree: installed.tree) != nil { return "its canary on this host" }
    return try ledger.acceptedTools(of: plugin).isEmpty ? nil : "what was accepted on this host"
  }

  /// Accepts the tools of an installed release as they are on this host, by the word of a person who has seen them.
  ///
  /// What was accepted stays accepted over updates, for these very tools and no others. Returns those that were not
  /// agreed to before.
  package func accept(_ report: LiveToolReport, by who: String, reason: String) throws -> [LiveTool] {
    let now = machine.clock.now()
    let new = report.tools.filter { !$0.passes }
    guard !new.isEmpty else { return [] }
    try ledger.accept(
      new.map { AcceptedTool(pin: $0.pin, who: who, time: now, reason: reason) }, of: report.plugin)
    let tree = try folder.plugin(report.plugin).current()
    _ = try ledger.record(
      HistoryEntry(
        time: now, plugin: report.plugin, event: "accept-tools", toVersion: report.version, toTree: tree,
        reason: "\(who) accepted \(new.count) \(new.count == 1 ? "tool" : "tools") as they are here "
          + "(\(PlainText.list(new.map(\.name)))): \(reason)"))
    return new
  }
}
