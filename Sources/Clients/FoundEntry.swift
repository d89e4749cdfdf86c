import StrictJSON
package import SystemPackage

/// An entry that stands in a client's file, with what is known about what it starts.
package struct FoundEntry: Hashable, Sendable {
  /// The client.
  package let client: AIClient
  /// For whom; nil for an entry that Claude Code keeps for one folder only.
  package let scope: AIClient.Scope?
  /// The file.
  package let path: FilePath
  /// The folder it is for, where it is for one.
  package let folder: String?
  /// The name of the entry.
  package let key: String
  /// What it starts, with secrets blanked out.
  package let commandLine: String
  /// How it gets at its program.
  package let launcher: Launcher
  /// The plugin that it starts through Serin, if it does.
  package let plugin: String?
  /// Where secrets stand in plain text: names, never values.
  package let secrets: [String]

  /// The names under which a repository might carry the plugin, the surest first.
  ///
  /// A registry name is meant exactly. A package name fits a plugin of the same short name, with or without the parts
  /// that every MCP server carries in its name; whose plugin that is, a person has to judge.
  package func fits(plugin: String) -> Bool {
    let short = plugin.split(separator: "/").last.map(String.init) ?? plugin
    if key == plugin { return true }
    return names.contains(short) || names.contains(Self.bare(short))
  }

  /// The short names by which the entry's program might be known.
  package var names: Set<String> {
    let name: String? =
      switch launcher {
      case .package(_, let registry, let name, _) where registry != "git": name
      case .image(_, let reference, _): String(reference.prefix { $0 != "@" })
      default: nil
      }
    guard let last = name?.split(separator: "/").last else { return [] }
    let plain = String(last.prefix { $0 != ":" }).lowercased()
    return plain.isEmpty ? [] : [plain, Self.bare(plain)]
  }

  private static func bare(_ name: String) -> String {
    var name = name.lowercased()
    for beginning in ["mcp-server-", "server-", "mcp-"] where name.hasPrefix(beginning) {
      name = String(name.dropFirst(beginning.count))
      break
    }
    for end in ["-mcp-server", "-server", "-mcp"] where name.hasSuffix(end) {
      name = String(name.dropLast(end.count))
      break
    }
    return name
  }
}

/// A file that could not be looked through.
package struct UnreadFile: Equatable, Sendable {
  /// The client.
  package let client: AIClient
  /// The file.
  package let path: FilePath
  /// Why.
  package let error: ClientError
}

extension ClientDesk {
  /// Everything that the known clients start, and the files that could not be read.
  package func findEntries(of clients: [AIClient] = AIClient.allCases) -> (entries: [FoundEntry], unread: [UnreadFile])
  {
    var entries: [FoundEntry] = []
    var unread: [UnreadFile] = []
    for client in clients {
      for scope in client.scopes {
        guard let path = places.file(of: client, scope) else { continue }
        do throws(ClientError) {
          let text = try open(path, of: client).1
          entries += try text.list().members.map { entry(of: client, scope, path, nil, $0) }
          if client == .claudeCode, scope == .user { entries += folderEntries(text.value, path) }
        } catch {
          unread.append(UnreadFile(client: client, path: path, error: error))
        }
      }
    }
    return (entries, unread)
  }

  /// Claude Code's local scope: `projects."/path".mcpServers` in the user's file.
  private func folderEntries(_ value: JSON, _ path: FilePath) -> [FoundEntry] {
    (value["projects"]?.objectValue?.members ?? []).flatMap { project in
      (project.value["mcpServers"]?.objectValue?.members ?? []).map {
        entry(of: .claudeCode, nil, path, project.key, $0)
      }
    }
  }

  private func entry(
    of client: AIClient, _ scope: AIClient.Scope?, _ path: FilePath, _ folder: String?, _ member: JSON.Object.Member
  ) -> FoundEntry {
    FoundEntry(
      client: client, scope: scope, path: path, folder: folder ?? (scope == .project ? places.project.string : nil),
      key: member.key, commandLine: EntryWords.line(member.value), launcher: Launcher.of(member.value),
      plugin: ClientEntry.plugin(startedBy: member.value), secrets: SecretSigns.places(in: member.value))
  }
}
