import ArgumentParser

/// `serin canary`: observed releases.
struct CanaryCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "canary",
    abstract: "Observe releases in a sandbox, and see what came of it.",
    discussion: HelpText.make(
      """
      `canary run` is the publisher's: it observes a published release and signs the verdict that promotions ask for. \
      `canary status` is the host's: it shows the observations that `serin update` makes.
      """,
      examples: ["serin canary run time", "serin canary status time"]),
    subcommands: [CanaryRunCommand.self, CanaryStatusCommand.self])
}
