import ArgumentParser
import Signing

/// The command `serin sign request FILE COMMAND…`: another command with `--request`.
struct SignRequestCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "request",
    abstract: "Write down what a command would sign, for people whose keys are elsewhere.",
    discussion: HelpText.make(
      """
      COMMAND is publish, promote, yank, or role change, renew, delegate or revoke, as it would be typed after \
      `serin`. Nothing is signed and nothing is published; the same as `COMMAND --request FILE`.
      """,
      codes: [.needsApproval, .locked],
      examples: [
        "serin sign request time.request promote time --to stable",
        "serin sign request keys.request role change root --add dora=dora.pub --remove root-1",
      ]))

  @OptionGroup var global: GlobalOptions

  @Argument(help: "The file to write.", completion: .file())
  var file: String

  @Argument(parsing: .captureForPassthrough, help: "The command and its options.")
  var command: [String]

  private static let verbs = ["publish", "promote", "yank", "role"]

  mutating func validate() throws {
    guard let verb = command.first, Self.verbs.contains(verb) else {
      throw ValidationError("COMMAND must be one of \(Self.verbs.joined(separator: ", ")).")
    }
  }

  func run() async throws {
    // What stands before FILE is for the command too.
    let talk = [(global.json, "--json"), (global.quiet, "--quiet"), (global.verbose, "--verbose")]
    let options = talk.filter { $0.0 && !command.contains($0.1) }.map(\.1)
    var parsed = try Serin.parseAsRoot(command + ["--request", file] + options)
    if var command = parsed as? any AsyncParsableCommand {
      try await command.run()
    } else {
      try parsed.run()
    }
  }
}
