import ArgumentParser

/// Every verb of `serin`, in the groups in which `serin help` shows them.
///
/// A new verb is one file in `Commands/` and one entry here.
enum CommandList {
  static let groups: [CommandGroup] = [
    CommandGroup(
      name: "Keys and bundles",
      subcommands: [
        KeyCommand.self, PackCommand.self, PermissionsCommand.self, VerifyCommand.self, InspectCommand.self,
      ]),
    CommandGroup(
      name: "Publisher and host", subcommands: [StatusCommand.self, ExportCommand.self, DoctorCommand.self]),
    CommandGroup(
      name: "Publisher",
      subcommands: [
        InitCommand.self, PublishCommand.self, CanaryCommand.self, PromoteCommand.self, YankCommand.self,
        SignCommand.self, RoleCommand.self, RenewCommand.self, ServeCommand.self,
      ]),
    CommandGroup(
      name: "Host",
      subcommands: [
        TrustCommand.self, InstallCommand.self, ListCommand.self, UpdateCommand.self, ApproveCommand.self,
        RollbackCommand.self, HoldCommand.self, UnholdCommand.self, PinCommand.self, UnpinCommand.self,
        SkipCommand.self, UnskipCommand.self, HistoryCommand.self, RunCommand.self, AuditCommand.self,
        ToolsCommand.self, SecretCommand.self, PruneCommand.self, RemoveCommand.self, ConfigCommand.self,
        AgentCommand.self,
      ]),
    CommandGroup(
      name: "AI clients", subcommands: [ConnectCommand.self, DisconnectCommand.self, AdoptCommand.self]),
    CommandGroup(
      name: "The program itself", subcommands: [SelfUpdateCommand.self, CompletionsCommand.self, ManualCommand.self]),
  ]
}
