/// The AI clients whose configuration files can be edited: who reads which file, and what an entry looks like there.
///
/// This module edits files that belong to other programs. It changes the bytes of one entry and no others, never writes
/// anew what is not Serin's, never shows the value of a secret, and knows nothing of repositories, releases and what is
/// installed: whoever calls it says which command an entry starts.
package enum AIClient: String, Hashable, Sendable, CaseIterable {
  /// Anthropic's desktop application.
  case claudeDesktop = "claude-desktop"
  /// Anthropic's command line.
  case claudeCode = "claude-code"
  /// The editor Cursor.
  case cursor
  /// Microsoft's editor.
  case vscode
  /// The editor Windsurf.
  case windsurf
  /// The editor Zed.
  case zed
  /// Google's command line.
  case gemini
  /// OpenAI's command line.
  case codex

  /// How the client is called among people.
  package var title: String {
    switch self {
    case .claudeDesktop: "Claude Desktop"
    case .claudeCode: "Claude Code"
    case .cursor: "Cursor"
    case .vscode: "VS Code"
    case .windsurf: "Windsurf"
    case .zed: "Zed"
    case .gemini: "Gemini CLI"
    case .codex: "Codex"
    }
  }

  /// For whom an entry is.
  package enum Scope: String, Hashable, Sendable, CaseIterable {
    /// For this account, wherever the client is started.
    case user
    /// For everybody who works in one folder.
    case project
  }

  /// The scopes that the client knows; the first one is meant where nothing is said.
  package var scopes: [Scope] {
    switch self {
    case .claudeCode, .cursor, .vscode, .gemini: [.user, .project]
    case .claudeDesktop, .windsurf, .zed, .codex: [.user]
    }
  }

  /// The language of the configuration file.
  enum Language: Sendable {
    /// JSON, in which comments and trailing commas are suffered.
    case json
    /// TOML 1.0.
    case toml
  }

  var language: Language { self == .codex ? .toml : .json }

  /// The key under which a file keeps its servers.
  var section: String {
    switch self {
    case .vscode: "servers"
    case .zed: "context_servers"
    case .codex: "mcp_servers"
    default: "mcpServers"
    }
  }

  /// What an entry holds besides command and arguments, so that the client takes it for a local program.
  var kindMember: (key: String, value: String)? {
    switch self {
    case .claudeCode, .vscode: ("type", "stdio")
    case .zed: ("source", "custom")
    default: nil
    }
  }

  /// What has to happen until the client sees a change.
  package var afterwards: String {
    switch self {
    case .claudeDesktop: "restart Claude Desktop"
    case .claudeCode, .gemini, .codex: "start \(title) anew"
    case .cursor, .windsurf, .zed: "\(title) notices by itself, or after a restart"
    case .vscode: "start the server from VS Code's list of MCP servers, where it must be trusted once"
    }
  }
}
