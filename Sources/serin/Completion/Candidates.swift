import Platform
import Releases
import Storage
import SystemPackage

/// Finds what a shell can offer, for the words that are on its command line.
struct Candidates: Sendable {
  /// More than a person would look through.
  private static let most = 500

  let words: [String]
  let environment: [String: String]
  let files: any FileSystem

  init(
    words: [String], environment: [String: String] = ProcessEnvironment.current,
    files: any FileSystem = LocalFileSystem()
  ) {
    self.words = words
    self.environment = environment
    self.files = files
  }

  private var folders: Folders { Folders(environment: environment) }

  /// The value of an option that is on the command line already, as a path.
  private func path(of option: String) -> FilePath? {
    for (index, word) in words.enumerated() {
      if word.hasPrefix(option + "=") { return FilePath(String(word.dropFirst(option.utf8.count + 1))) }
      if word == option, words.indices.contains(index + 1) { return FilePath(words[index + 1]) }
    }
    return nil
  }

  private var host: HostFolder {
    HostFolder(
      root: path(of: "--host-folder") ?? folders.host,
      machine: Machine(
        files: files, clock: SystemClock(), transport: Machine.live.transport, processes: Machine.live.processes))
  }

  private var workspace: FilePath { path(of: "--workspace") ?? "." }

  // MARK: - A host

  /// Installed plugins: their short names, or the full ones where those were begun.
  func plugins(beginningWith prefix: String) -> [String] {
    let installed = ((try? host.plugins()) ?? []).filter { (try? $0.current()) != nil }
    return Self.names(installed.map(\.name), prefix)
  }

  /// The versions of the plugin on the command line that are here, the present one aside.
  var keptVersions: [String] {
    guard let plugin = ((try? host.plugins()) ?? []).first(where: { isNamed($0.name) }) else { return [] }
    let current = try? plugin.current()
    let kept = ((try? plugin.trees()) ?? []).filter { $0 != current }
    return Array(Set(kept.compactMap { try? plugin.summary(of: $0).version }).sorted().map(\.text).prefix(Self.most))
  }

  private func isNamed(_ plugin: PluginName) -> Bool { words.contains(plugin.name) || words.contains(plugin.text) }

  /// The repositories that the host trusts.
  var repositories: [String] { names(in: host.repositories) { $0.kind == .directory ? $0.name : nil } }

  // MARK: - A workspace

  /// Published plugins, as for those that are installed.
  func publishedPlugins(beginningWith prefix: String) -> [String] {
    let root = workspace.appending("repository").appending("targets").appending("plugins")
    let found = names(in: root) { $0.kind == .directory ? $0.name : nil }.flatMap { namespace in
      names(in: root.appending(namespace)) { $0.kind == .directory ? $0.name : nil }
        .compactMap { try? PluginName("\(namespace)/\($0)") }
    }
    return Self.names(found, prefix)
  }

  /// The channels of the workspace at hand, else those that every new workspace has.
  var channels: [String] {
    let own = names(in: workspace.appending("channels")) { entry in
      entry.name.hasSuffix(".yaml") ? String(entry.name.dropLast(5)) : nil
    }
    return own.isEmpty ? ["canary", "beta", "stable"] : own
  }

  /// The roles that every repository has, and its channels.
  var roles: [String] { ["root", "targets", "snapshot", "timestamp", "bundles"] + channels }

  /// The keys of this account.
  var keys: [String] {
    names(in: folders.keys) { $0.name.hasSuffix(".pub") ? String($0.name.dropLast(4)) : nil }
  }

  // MARK: - Names

  /// Short names where they are unique and fit, else full ones.
  private static func names(_ plugins: [PluginName], _ prefix: String) -> [String] {
    let counts = Dictionary(plugins.map { ($0.name, 1) }, uniquingKeysWith: +)
    let short = plugins.filter { counts[$0.name] == 1 && $0.name.hasPrefix(prefix) }.map(\.name)
    let long = plugins.filter { counts[$0.name] != 1 || short.isEmpty }.map(\.text).filter { $0.hasPrefix(prefix) }
    return Array((short + long).sorted().prefix(most))
  }

  private func names(in folder: FilePath, _ name: (DirectoryEntry) -> String?) -> [String] {
    Array(((try? files.list(folder)) ?? []).compactMap(name).prefix(Self.most))
  }
}
