package import Clients
import Platform
package import Releases
package import Signing
package import Storage
import SystemPackage

/// What taking a plugin off this host means, worked out and shown before anything happens.
package struct RemovalPlan: Sendable {
  /// The plugin.
  package let plugin: PluginName
  /// The version that runs; nil where nothing is switched on any more.
  package let version: ReleaseVersion?
  /// The tree that runs.
  package let tree: TreeName?
  /// Whether its data go as well: state, settings and secrets.
  package let purges: Bool
  /// Whether there are any data.
  package let hasState: Bool
  /// The entries of AI clients that start it.
  package let entries: [ConnectionPlan]
  /// Files of AI clients that could not be looked at, and why.
  package let unreadable: [String]

  /// Whether something goes that cannot be had again.
  package var isDestructive: Bool { purges && hasState }

  /// What a person confirms: this plugin, this tree, these data and these entries.
  package var digest: SHA256Digest {
    let lines =
      ["serin removal 1", plugin.text, tree?.text ?? "", purges ? "purge" : "keep"] + entries.map(\.digest.hex)
    return SHA256Digest.of(Array(lines.joined(separator: "\n").utf8))
  }

  /// The entries in words.
  package var entryNames: [String] {
    entries.map { "\($0.request.client.title) (\($0.request.key) in \($0.path))" }
  }
}

extension PluginHost {
  /// Works out what taking a plugin off this host means; changes nothing.
  ///
  /// Finds installed plugins, those whose removal was interrupted, and those that left their data here. Throws
  /// ``UpdatingError/notInstalled(plugin:)`` and ``UpdatingError/ambiguousPlugin(offered:candidates:)``.
  package func planRemoval(of name: String, purging purges: Bool) throws -> RemovalPlan {
    let plugin = try removable(named: name)
    let home = try folder.plugin(plugin)
    let tree = try? home.current()
    var entries: [ConnectionPlan] = []
    var unreadable: [String] = []
    for client in AIClient.allCases {
      do {
        entries += try planDisconnecting(
          plugin.text, from: client, .user, key: nil, editsFile: false, at: clientDesk(project: "/"))
      } catch {
        unreadable.append("\(client.title): \(error)")
      }
    }
    for record in try ledger.connections(of: plugin) where record.scope == AIClient.Scope.project.rawValue {
      guard let client = AIClient(rawValue: record.client) else { continue }
      do {
        // A client's own command would look for the project in the present folder.
        entries += try planDisconnecting(
          plugin.text, from: client, .project, key: record.key, editsFile: true,
          at: desk(of: client, .project, at: record.path))
      } catch {
        unreadable.append("\(client.title): \(error)")
      }
    }
    let hasState = try machine.files.exists(home.state) || !configuredKeys(of: plugin).isEmpty
    return RemovalPlan(
      plugin: plugin, version: try tree.map { try home.summary(of: $0).version }, tree: tree, purges: purges,
      hasState: hasState, entries: entries, unreadable: unreadable)
  }

  /// Where the file of a client is looked at that lies at this path: for one of a project, in that project.
  func desk(of client: AIClient, _ scope: AIClient.Scope, at path: FilePath) -> ClientDesk {
    guard scope == .project else { return clientDesk(project: "/") }
    var project = path
    for _ in 0..<2 {
      project.removeLastComponent()
      let desk = clientDesk(project: project)
      if let file = try? desk.file(of: client, .project), file == path { return desk }
    }
    return clientDesk(project: "/")
  }

  private func removable(named name: String) throws -> PluginName {
    do { return try plugin(named: name).plugin } catch UpdatingError.notInstalled {
      let known = try ledger.removals().map(\.plugin) + folder.plugins().map(\.name)
      let found = Set(known.filter { $0.text == name || $0.name == name })
      if found.count > 1 {
        throw UpdatingError.ambiguousPlugin(offered: name, candidates: found.map(\.text).sorted())
      }
      guard let only = found.first else { throw UpdatingError.notInstalled(plugin: name) }
      return only
    }
  }
}
