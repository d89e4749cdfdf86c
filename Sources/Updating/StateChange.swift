package import Releases
import Storage
package import StrictJSON

/// What an update means for a plugin's state: epochs before and after, so that it can be said before it happens.
package struct StateChange: Hashable, Sendable {
  /// The epochs of the release that runs.
  package let from: StateEpoch
  /// The epochs of the release that is offered.
  package let to: StateEpoch

  /// Whether the new release can read the state that is there.
  package var isReadable: Bool { to.canRead(from.writes) }

  /// Whether the release that runs now cannot read what the new one writes, so that there is no way back with it.
  package var isOneWay: Bool { !from.canRead(to.writes) }

  /// What a person should know before it happens; nil where there is nothing to say.
  package var sentence: String? {
    guard isReadable, isOneWay else { return nil }
    return "after this update older releases cannot read the plugin's data (epoch \(to.writes) instead of "
      + "\(from.writes)): going back brings the data of before back, and what was written since is kept only for "
      + "`serin rollback --undo`"
  }

  /// The change as a JSON object.
  package var json: JSON {
    [
      "from": .integer(from.writes), "to": .integer(to.writes), "reads": .array(to.reads.map { .integer($0) }),
      "readable": .bool(isReadable), "oneWay": .bool(isOneWay), "sentence": sentence.map { .string($0) } ?? .null,
    ]
  }
}

extension UpdateCheck {
  /// Why the offered release is refused, where it could not read the state that is there.
  package var refusal: UpdatingError? {
    guard case .stateUnreadable(let reads, let present) = decision else { return nil }
    return .cannotReadState(
      plugin: install.plugin.text, version: offered?.text ?? "", reads: reads, present: present)
  }
}

extension PluginHost {
  /// What a release with these epochs means for the state that is there; nil where nothing runs yet.
  func stateChange(of plugin: PluginName, to state: StateEpoch) throws -> StateChange? {
    let home = try folder.plugin(plugin)
    guard let tree = try home.current() else { return nil }
    return StateChange(from: try home.summary(of: tree).state, to: state)
  }

  /// Refuses a release that cannot read the state that is there.
  func requireReadableState(_ manifest: BundleManifest) throws {
    guard let change = try stateChange(of: manifest.plugin, to: manifest.state), !change.isReadable else { return }
    throw UpdatingError.cannotReadState(
      plugin: manifest.plugin.text, version: manifest.version.text, reads: change.to.reads, present: change.from.writes)
  }
}
