package import Platform
package import Releases
import Sandbox
import Signing
package import Storage
import SystemPackage

/// A machine's folder of plugins, opened: what all the host's verbs work on, each in a file of its own.
package struct PluginHost: Sendable {
  /// Where everything lies.
  package let folder: HostFolder
  /// What happened, and what people decided.
  package let ledger: Ledger
  /// What the folder lies on, with network and clock.
  package let machine: Machine
  /// Where this program keeps its things.
  package let folders: Folders
  /// The variables of this process: what a plugin may be passed, and where runtimes are searched.
  let environment: [String: String]
  /// Told, in one sentence, what a person should know although nothing failed.
  let warn: @Sendable (String) -> Void
  /// Whether deltas can be asked for; an offline bundle holds none.
  var takesDeltas = true
  /// The folder of the trusted repositories, where it is another host's.
  var trustFolder: FilePath?

  /// Opens the host's folder, creating it where it is missing.
  ///
  /// - Parameter ledgerWhenNeeded: opens the ledger only when something is asked of it, for what AI clients wait for.
  package static func open(
    _ folders: Folders, environment: [String: String], machine: Machine, ledgerWhenNeeded: Bool = false,
    warn: @escaping @Sendable (String) -> Void = { _ in }
  ) throws -> PluginHost {
    let folder = try HostFolder.open(folders.host, machine: machine)
    let path = folder.ledgerPath
    return PluginHost(
      folder: folder, ledger: ledgerWhenNeeded ? Ledger(whenNeeded: path) : try Ledger(path), machine: machine,
      folders: folders, environment: environment, warn: warn)
  }

  /// The repositories that this host trusts.
  package var repositories: TrustedRepositories {
    TrustedRepositories(folder: trustFolder ?? folder.repositories, machine: machine, warn: warn)
  }

  /// Runs plugins in sandboxes, which may not see Serin's own folders.
  func sandbox() throws -> SandboxRunner {
    let surroundings = try Surroundings.gather(
      environment: environment, ownFolders: [folders.config, folder.root, folders.data, folders.state],
      files: machine.files)
    return try SandboxRunner(
      machine: machine, surroundings: surroundings, workFolder: folder.root.appending("sandboxes"))
  }

  /// The installed plugin that a full or short name means.
  package func plugin(named name: String) throws -> InstallRecord {
    let installed = try ledger.installs()
    let found = installed.filter { $0.plugin.text == name || $0.plugin.name == name }
    if found.count > 1 {
      throw UpdatingError.ambiguousPlugin(offered: name, candidates: found.map(\.plugin.text))
    }
    guard let record = found.first else { throw UpdatingError.notInstalled(plugin: name) }
    return record
  }

  /// The plugin that is to be run by a full or short name; a full name that is switched on needs no ledger.
  package func runnable(_ name: String) throws -> PluginName {
    if let plugin = try? PluginName(name), (try? folder.plugin(plugin).current()) != nil { return plugin }
    return try plugin(named: name).plugin
  }

  /// The plugin that a full or short name means, also one that is not installed any more and has a history here.
  package func pluginWithHistory(named name: String) throws -> PluginName {
    do { return try plugin(named: name).plugin } catch UpdatingError.notInstalled {
      let past = try ledger.pluginsOfHistory().filter { $0.text == name || $0.name == name }
      if past.count > 1 { throw UpdatingError.ambiguousPlugin(offered: name, candidates: past.map(\.text)) }
      guard let only = past.first else { throw UpdatingError.notInstalled(plugin: name) }
      return only
    }
  }

  /// A plugin that is switched on: its folder, the tree that runs, and the signed manifest of that tree.
  func installed(_ plugin: PluginName) throws -> InstalledRelease {
    let home = try folder.plugin(plugin)
    guard let tree = try home.current() else { throw UpdatingError.notInstalled(plugin: plugin.text) }
    return InstalledRelease(home: home, tree: tree, manifest: try home.outline(of: tree))
  }
}

/// What runs now.
struct InstalledRelease {
  let home: PluginFolder
  let tree: TreeName
  let manifest: BundleManifest
}
