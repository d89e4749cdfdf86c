package import Releases
import Storage

/// What a host does by itself about what a channel offers.
package enum AgentDuty: Hashable, Sendable {
  /// Nothing; there is nothing to do, or it is not this host's turn.
  case nothing
  /// Nothing, and a person is told what to do.
  case tell(String)
  /// It is fetched and observed; `update` with ``UpdateActor/agent`` then switches, or asks where the mode says so.
  case take
}

/// Who wants an update.
package enum UpdateActor: Hashable, Sendable {
  /// A person who asked for it now.
  case person
  /// This host by itself.
  case agent
}

extension UpdateDecision {
  /// What a host does by itself under a mode.
  package func duty(_ mode: UpdateMode, plugin: PluginName, version: ReleaseVersion?) -> AgentDuty {
    switch (self, mode) {
    case (.available, .automatic), (.available, .ask): .take
    case (.available, .manual):
      .tell("\(plugin) \(version?.text ?? "") is offered; take it with `serin update \(plugin.name)`")
    case (.needsConfiguration(let keys), _):
      .tell(
        "\(plugin) \(version?.text ?? "") waits for a value of \(keys.joined(separator: ", ")): "
          + "`serin update \(plugin.name) \(keys.map { "--set \($0)=VALUE" }.joined(separator: " "))`")
    default: .nothing
    }
  }
}

extension UpdateCheck {
  /// What this host does about it by itself.
  package var duty: AgentDuty { decision.duty(settings.mode, plugin: install.plugin, version: offered) }

  /// Whether a person who asks for it can have it; values that are missing are asked for then.
  package var isTakeable: Bool {
    switch decision {
    case .available, .needsConfiguration: true
    default: false
    }
  }
}
