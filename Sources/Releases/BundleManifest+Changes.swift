internal import Signing

extension BundleManifest {
  /// Everything in which this release may do other things than an older one, or than nothing: its permissions, and what
  /// its settings make of them.
  ///
  /// A grant such as `${user_config.folder}` says the same in both releases while the setting behind it changes:
  /// another default is another place for whoever never chose one.
  package func permissionChanges(from old: BundleManifest?) -> [PermissionChange] {
    let changes = permissions.changes(from: old?.permissions ?? .none)
    guard let old else { return changes }
    return changes + grantedSettings.flatMap { settingChanges($0, from: old) } + launchChanges(from: old)
  }

  /// The keys of settings that permissions name.
  private var grantedSettings: [String] {
    var keys: [String] = []
    for grant in permissions.read + permissions.write {
      if case .userConfig(let key) = grant.target, !keys.contains(key) { keys.append(key) }
    }
    return keys
  }

  private func settingChanges(_ key: String, from old: BundleManifest) -> [PermissionChange] {
    guard let after = userConfig.first(where: { $0.key == key }) else { return [] }
    guard old.grantedSettings.contains(key), let before = old.userConfig.first(where: { $0.key == key }) else {
      // The grant itself is new, and said so; what it means where nothing is chosen is worth knowing.
      return after.default.map {
        [PermissionChange(.notice, "settings", "“\(key)” is \(Self.words($0)) where nothing else is chosen")]
      } ?? []
    }
    var changes: [PermissionChange] = []
    if let value = after.default, value != before.default {
      let was = before.default.map(Self.words) ?? "nothing"
      changes.append(
        PermissionChange(
          .widening, "settings",
          "the place configured as “\(key)” is now \(Self.words(value)) where nothing else is chosen, and was \(was)"))
    }
    if after.multiple, !before.multiple {
      changes.append(
        PermissionChange(.widening, "settings", "“\(key)” may now name several places"))
    }
    if after.type != before.type {
      let grows = after.type == .directory || before.type == .file
      changes.append(
        PermissionChange(
          grows ? .widening : .notice, "settings",
          "“\(key)” now names a \(after.type.rawValue) and was a \(before.type.rawValue)"))
    }
    return changes
  }

  private func launchChanges(from old: BundleManifest) -> [PermissionChange] {
    func words(_ launch: LaunchCommand) -> String { ([launch.command] + launch.arguments).joined(separator: " ") }
    guard words(launch) != words(old.launch) else { return [] }
    return [
      PermissionChange(
        .notice, "launch", "is started as \(Quoted(words(launch))), and was as \(Quoted(words(old.launch)))")
    ]
  }

  private static func words(_ value: UserConfigValue) -> String {
    value.texts.map { "\(Quoted($0))" }.joined(separator: ", ")
  }
}
