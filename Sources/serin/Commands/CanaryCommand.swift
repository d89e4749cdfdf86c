import ArgumentParser

/// `serin canary`: observed releases.
struct CanaryCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "canary",
    abstract: "Observe releases in a sandbox, and see what came of it.",
    discussion: HelpText.make(
      """
      `canary run` is the publisher's: it observes a published release and signs the verdict that promotions ask for. \
      The others are the host's: they begin, show, explain, lengthen or end the observations that `serin update` makes \
      before it switches. `explain`, `logs` and `report` take a workspace or a file with a signed verdict as well.
      """,
      examples: ["serin canary run time", "serin canary start time", "serin canary watch time"]),
    subcommands: [
      CanaryRunCommand.self, CanaryStartCommand.self, CanaryStatusCommand.self, CanaryWatchCommand.self,
      CanaryExplainCommand.self, CanaryLogsCommand.self, CanaryApproveCommand.self, CanaryAbortCommand.self,
      CanaryExtendCommand.self, CanaryReportCommand.self,
    ])
}
