import ArgumentParser
import StrictJSON

/// The command `serin completions SHELL`.
struct CompletionsCommand: SerinCommand {
  static let configuration = CommandConfiguration(
    commandName: "completions",
    abstract: "Print the script by which a shell completes what is typed.",
    discussion: HelpText.make(
      """
      The script is made from the very definitions by which this program reads its command line. Names of plugins, \
      channels, roles, keys, repositories and kept versions are looked up when the key is pressed, from names of files \
      alone.

      bash reads it from ~/.local/share/bash-completion/completions/serin, zsh from a file _serin in a folder of \
      $fpath, fish from ~/.config/fish/completions/serin.fish.
      """,
      examples: [
        "serin completions bash > ~/.local/share/bash-completion/completions/serin",
        "serin completions fish > ~/.config/fish/completions/serin.fish",
      ]))

  @OptionGroup var global: GlobalOptions

  @Argument(help: "The shell.")
  var shell: Shell

  /// A shell for which there is a script.
  enum Shell: String, CaseIterable, ExpressibleByArgument {
    case bash, zsh, fish
  }

  func perform(_ session: Session) async throws -> CompletionsOutput {
    guard let known = CompletionShell(rawValue: shell.rawValue) else {
      throw CommandError.badValue(option: "SHELL", value: shell.rawValue, reason: "there is no script for it")
    }
    return CompletionsOutput(shell: shell.rawValue, script: Serin.completionScript(for: known))
  }
}

/// A shell's script.
struct CompletionsOutput: CommandOutput {
  static let schema = "serin.completions.1"
  let shell: String
  let script: String

  var json: JSON.Object { ["shell": .string(shell), "script": .string(script)] }

  var text: [TextLine] { script.split(separator: "\n", omittingEmptySubsequences: false).map { .plain(String($0)) } }
}
