import Platform
package import SystemPackage

/// Where the clients of an account keep their configuration.
///
/// What stands where: the clients' own documentation; Electron programs and Zed follow the XDG base directories.
package struct ClientPlaces: Hashable, Sendable {
  private let home: FilePath
  private let config: FilePath
  private let claude: FilePath?
  private let codex: FilePath?
  /// The folder whose project files are meant.
  package let project: FilePath
  /// Where programs are searched.
  let path: String

  /// Works the places out.
  /// - Parameters:
  ///   - environment: the variables of this process.
  ///   - project: the folder whose project files are meant.
  ///   - home: the home folder to use when `HOME` is missing or relative.
  package init(
    environment: [String: String], project: FilePath, home: FilePath = UserAccount.current.home
  ) {
    func absolute(_ name: String) -> FilePath? {
      guard let text = environment[name], text.hasPrefix("/") else { return nil }
      return FilePath(text)
    }
    self.home = absolute("HOME") ?? home
    config = absolute("XDG_CONFIG_HOME") ?? self.home.appending(".config")
    claude = absolute("CLAUDE_CONFIG_DIR")
    codex = absolute("CODEX_HOME")
    path = environment["PATH"] ?? "/usr/local/bin:/usr/bin:/bin"
    self.project = project
  }

  /// The file in which a client looks for servers; nil for a scope that the client does not know.
  package func file(of client: AIClient, _ scope: AIClient.Scope) -> FilePath? {
    guard client.scopes.contains(scope) else { return nil }
    if scope == .project {
      return switch client {
      case .claudeCode: project.appending(".mcp.json")
      case .cursor: project.pushing(".cursor/mcp.json")
      case .vscode: project.pushing(".vscode/mcp.json")
      case .gemini: project.pushing(".gemini/settings.json")
      default: nil
      }
    }
    return switch client {
    case .claudeDesktop: config.pushing("Claude/claude_desktop_config.json")
    case .claudeCode: (claude ?? home).appending(".claude.json")
    case .cursor: home.pushing(".cursor/mcp.json")
    case .vscode: config.pushing("Code/User/mcp.json")
    case .windsurf: home.pushing(".codeium/windsurf/mcp_config.json")
    case .zed: config.pushing("zed/settings.json")
    case .gemini: home.pushing(".gemini/settings.json")
    case .codex: (codex ?? home.appending(".codex")).appending("config.toml")
    }
  }
}
