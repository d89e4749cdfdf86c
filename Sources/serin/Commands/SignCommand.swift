import ArgumentParser

/// `serin sign`: signatures of people who are apart.
struct SignCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "sign",
    abstract: "Collect the signatures of people who are apart.",
    discussion: HelpText.make(
      """
      A request is one file with what has to be signed. It is made in the workspace, travels to the people who hold \
      keys, in any order, and comes back to be published. Nobody needs the workspace to look and to sign.
      """,
      codes: [.thresholdNotMet],
      examples: [
        "serin sign request time.request promote time --to stable", "serin sign add time.request",
      ]),
    subcommands: [SignRequestCommand.self, SignShowCommand.self, SignAddCommand.self, SignPublishCommand.self])
}
