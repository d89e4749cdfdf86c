package import Platform
import StrictJSON
package import SystemPackage

/// The commands with which clients edit their own files.
///
/// `claude mcp add|remove` refuses a name that is taken, `gemini mcp add|remove` and `codex mcp add|remove` write over
/// it, `code --add-mcp` writes to the user's profile and has no counterpart. None shows what it would change, so Serin
/// shows the command line, and looks at the file afterwards.
struct ClientCommand: Hashable, Sendable {
  /// The program that was found.
  let program: FilePath
  /// Its arguments.
  let arguments: [String]

  /// The command line for people.
  var line: String { CommandWords.line([program.lastComponent?.string ?? program.string] + arguments) }

  /// The command that adds an entry, where the client has one and it is installed.
  static func adding(
    _ key: String, _ entry: ClientEntry, to client: AIClient, _ scope: AIClient.Scope, path: String,
    _ files: any FileSystem
  ) -> ClientCommand? {
    let words = [entry.program.string] + entry.arguments
    switch client {
    case .claudeCode:
      return find("claude", path, files) {
        ["mcp", "add", "--transport", "stdio", "--scope", scope.rawValue, key, "--"] + words
      }
    case .gemini:
      return find("gemini", path, files) { ["mcp", "add", "--scope", scope.rawValue, key] + words }
    case .codex:
      return find("codex", path, files) { ["mcp", "add", key, "--"] + words }
    case .vscode where scope == .user:
      var object = entry.json(for: client)
      object["name"] = .string(key)
      let json = JSON.object(object).text()
      return find("code", path, files) { ["--add-mcp", json] }
    default: return nil
    }
  }

  /// The command that takes an entry away, where the client has one and it is installed.
  static func removing(
    _ key: String, from client: AIClient, _ scope: AIClient.Scope, path: String, _ files: any FileSystem
  ) -> ClientCommand? {
    switch client {
    case .claudeCode:
      find("claude", path, files) { ["mcp", "remove", "--scope", scope.rawValue, key] }
    case .gemini: find("gemini", path, files) { ["mcp", "remove", "--scope", scope.rawValue, key] }
    case .codex: find("codex", path, files) { ["mcp", "remove", key] }
    default: nil
    }
  }

  private static func find(
    _ name: String, _ path: String, _ files: any FileSystem, _ arguments: () -> [String]
  ) -> ClientCommand? {
    ProgramSearch.find(name, path: path, files).map { ClientCommand(program: $0, arguments: arguments()) }
  }

  /// How long a client may take: some are desktop programs.
  private static let patience = Duration.seconds(60)

  /// Runs the command in the folder whose project files are meant.
  /// - Throws: `.commandFailed`, `.process`.
  func run(in folder: FilePath, _ machine: Machine) async throws(ClientError) {
    let output: ProcessOutput
    do throws(ProcessError) {
      output = try await machine.processes.run(
        Command(executable: program, arguments: arguments, environment: .inherit, workingDirectory: folder), input: [],
        outputLimit: 1 << 20, timeout: Self.patience)
    } catch {
      throw .process(error)
    }
    guard output.status.isSuccess else {
      let text = output.stderr.isEmpty ? output.stdout : output.stderr
      let last = text.split(separator: 0x0A).last.map { String(decoding: $0.prefix(300), as: UTF8.self) } ?? ""
      throw .commandFailed(command: line, code: output.status.shellCode, message: last)
    }
  }
}

/// Looks for programs as a shell does.
package enum ProgramSearch {
  /// The first program of this name in the folders of a search path.
  package static func find(_ name: String, path: String, _ files: any FileSystem) -> FilePath? {
    for folder in path.split(separator: ":") where folder.hasPrefix("/") {
      let candidate = FilePath(String(folder)).appending(name)
      // What is opened is what a link leads to, so that a link into nothing is no program.
      if let status = try? files.open(candidate).status(), status.kind == .file, status.mode & 0o111 != 0 {
        return candidate
      }
    }
    return nil
  }
}
