internal import Platform
internal import Releases
internal import SystemPackage

extension HostFolder {
  /// Takes a plugin off this host and leaves its state where it is, for whoever installs it again.
  ///
  /// `current` goes first, so that nothing is half there under its name; interrupted, it is run again and goes on. An
  /// interrupted switch must have been brought to its end.
  ///
  /// - Throws: `locked`, `file`.
  package func removeKeepingState(_ plugin: PluginFolder, holding lock: HostLock) throws(StorageError) {
    defer { withExtendedLifetime(lock) {} }
    guard try plugin.exists() else { return }
    let own = try plugin.lock()
    defer { withExtendedLifetime(own) {} }
    try disk.removeIfPresent(plugin.currentLink)
    try disk.sync(directory: plugin.root)
    // Each in one step, so that a cut leaves no snapshot without its tree and no tree without its signed manifest.
    var away: [FilePath] = []
    for folder in [plugin.snapshotsFolder, plugin.treesFolder, plugin.manifestsFolder] where try disk.exists(folder) {
      away.append(try moveToTrash(folder))
    }
    for folder in away { try disk.removeTree(folder) }
    // Locks stay, for somebody may be waiting for them; so does state that nobody can be sure of. Whoever removes a
    // plugin does not take back what it was called for.
    let kept = ["state", "state.old", "lock", "update.lock", "audit"]
    for entry in try disk.list(plugin.root) where !kept.contains(entry.name) {
      let path = plugin.root.appending(entry.component)
      if entry.kind == .directory { try disk.removeTree(path) } else { try disk.removeIfPresent(path) }
    }
    try disk.sync(directory: plugin.root)
  }

  /// Takes a name away from where it is, in one step that is on the disk when this returns.
  func moveToTrash(_ path: FilePath) throws(StorageError) -> FilePath {
    try disk.ensureDirectory(trash)
    var number = 0
    while try disk.exists(trash.appending(String(number))) { number += 1 }
    let away = trash.appending(String(number))
    try disk.rename(path, to: away)
    try disk.sync(directory: path.removingLastComponent())
    return away
  }
}
