import ArgumentParser
import Publishing

/// The command `serin role revoke ROLE…`.
struct RoleRevokeCommand: SerinCommand {
  static let configuration = CommandConfiguration(
    commandName: "revoke",
    abstract: "End channels, or the roles of other authors.",
    discussion: HelpText.make(
      """
      Hosts no longer find what the role signed; what they have installed keeps running. A channel that another one \
      follows stays. It asks for the last six characters of the digest.
      """,
      codes: [.thresholdNotMet, .expired, .needsApproval, .locked],
      examples: ["serin role revoke acme", "serin role revoke edge --dry-run --json"]))

  @OptionGroup var global: GlobalOptions
  @OptionGroup var workspace: WorkspaceOptions
  @OptionGroup var passphrase: PassphraseOptions
  @OptionGroup var confirmation: ConfirmationOptions
  @OptionGroup var requests: RequestOptions

  @Argument(help: "The roles.", completion: .role)
  var roles: [String]

  @Flag(help: "Only show what would happen.")
  var dryRun = false

  func perform(_ session: Session) async throws -> RoleEditOutput {
    try RoleEditing(edit: .revoke(roles), what: "end of \(roles.joined(separator: ", "))", isConfirmed: true)
      .perform(workspace, passphrase, confirmation, requests, dryRun: dryRun, session)
  }
}
