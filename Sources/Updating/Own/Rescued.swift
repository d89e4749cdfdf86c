import Platform
import Releases
import Storage
import SystemPackage

extension PluginHost {
  /// Writes down what `serin-rescue` did while nobody else could: the history of it, and the hold that keeps the
  /// release away which it left.
  func heedRescue(_ home: PluginFolder) throws {
    let note = home.root.appending(RescueScript.note)
    guard try machine.files.exists(note) else { return }
    let lock = try updateLock(home.name)
    defer { withExtendedLifetime(lock) {} }
    let text = String(decoding: try machine.files.readAll(note, limit: 256), as: UTF8.self)
    if let left = TreeName(String(text.prefix { $0 != "\n" })), let tree = try home.current(), tree != left,
      var install = try ledger.install(of: home.name)
    {
      let now = machine.clock.now()
      let (old, new) = (try? home.summary(of: left).version, try home.summary(of: tree).version)
      if let old {
        try ledger.place(
          Hold(plugin: home.name, kind: .hold, version: old, reason: "serin-rescue went away from it", created: now))
      }
      install.tree = tree
      install.version = new
      install.changed = now
      try ledger.save(install)
      // Who went away from it has judged it.
      try ledger.endWatch(of: home.name)
      _ = try ledger.record(
        HistoryEntry(
          time: now, plugin: home.name, event: "rescue", fromVersion: old, toVersion: new, fromTree: left,
          toTree: tree, reason: "a person went back with serin-rescue, without this program"))
    }
    // Last: cut before this it is only written down again.
    try machine.files.removeIfPresent(note)
  }

  /// Lays the script beside `current`, where its reader looks for it when nothing else works.
  func writeRescue(_ home: PluginFolder) throws {
    try machine.files.write(
      Array(RescueScript.text(for: home.root).utf8), atomicallyTo: home.root.appending(RescueScript.name), mode: 0o755)
  }
}
