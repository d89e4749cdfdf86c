import ArgumentParser

/// The command `serin audit`.
struct AuditCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "audit",
    abstract: "See, check and export what AI clients called.",
    discussion: HelpText.make(
      """
      `serin run` records every call of a tool, every resource that is read and every prompt that is asked for: when, \
      by which version it was answered, what came of it, how long it took and how large it was; arguments only where \
      the setting `log-arguments` says so. Each record holds the digest of the one before it.
      """,
      examples: ["serin audit show time --since 24h", "serin audit verify"]),
    subcommands: [AuditShowCommand.self, AuditVerifyCommand.self, AuditExportCommand.self])
}
