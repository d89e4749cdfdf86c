package import MCP
import Platform
import Releases
import Storage
import StrictJSON

/// How strictly a live session is guarded.
package struct LivePolicy: Hashable, Sendable {
  /// What becomes of a tool that differs from its pin.
  package var changes: LiveToolGuard.ChangePolicy
  /// What becomes of calls to destructive tools.
  package var destructive: LiveToolGuard.DestructivePolicy
  /// How long a person may think about a question.
  package var patience: Duration

  /// A policy; without words tools that changed are left out, and no call is asked about.
  package init(
    changes: LiveToolGuard.ChangePolicy = .refuse, destructive: LiveToolGuard.DestructivePolicy = .allow,
    patience: Duration = .seconds(120)
  ) {
    self.changes = changes
    self.destructive = destructive
    self.patience = patience
  }
}

extension LivePolicy {
  /// What the settings say.
  init(_ settings: PluginSettings) {
    self.init(changes: settings.tools)
    destructive =
      switch settings.destructive {
      case .allow: .allow
      case .ask: .ask
      case .askAll: .askAll
      case .refuse: .refuse
      }
  }
}

extension PluginHost {
  /// The guard of one session of an installed plugin.
  func liveGuard(of installed: InstalledRelease, policy: LivePolicy = LivePolicy()) throws -> LiveToolGuard {
    let plugin = installed.manifest.plugin
    return LiveToolGuard(
      plugin: plugin.text, name: plugin.name, pins: try livePins(of: installed), changes: policy.changes,
      destructive: policy.destructive, patience: policy.patience, nonce: SecureRandom.hex(bytes: 16))
  }

  /// Writes what a session told its user into the history: one entry for a session, and none for one that was quiet.
  ///
  /// A person's yes to a call is no matter of the release, so that it does not stand there; the audit log has it.
  func record(_ notes: [RelayNote], of installed: InstalledRelease) throws {
    let told = notes.filter { $0.kind != .callConfirmed && $0.kind != .callDeclined }
    guard let first = told.first else { return }
    let manifest = installed.manifest
    // A plugin that is used often must not fill the history with one and the same sentence.
    let last = try ledger.history(of: manifest.plugin, limit: 50).first { $0.event == "tools" }
    let more = told.count > 1 ? " (and \(told.count - 1) more)" : ""
    guard last?.toTree != installed.tree || last?.reason != first.sentence + more else { return }
    _ = try ledger.record(
      HistoryEntry(
        time: machine.clock.now(), plugin: manifest.plugin, event: "tools", toVersion: manifest.version,
        toTree: installed.tree,
        reason: first.sentence + more,
        details: [
          "notes": .array(
            told.prefix(Self.mostNotes).map { note in
              [
                "kind": .string(note.kind.rawValue), "tool": note.tool.map { .string(PlainText.excerpt($0)) } ?? .null,
                "sentence": .string(note.sentence),
              ]
            })
        ]))
  }

  /// Most notes of one session that the history keeps.
  private static let mostNotes = 20
}
