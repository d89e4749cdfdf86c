import ArgumentParser
import Publishing

/// The command `serin role renew ROLE…`.
struct RoleRenewCommand: SerinCommand {
  static let configuration = CommandConfiguration(
    commandName: "renew",
    abstract: "Sign roles again as they are, for a new expiry.",
    discussion: HelpText.make(
      """
      For root, targets, bundles and the channels; the online roles have `serin renew`. Nothing but version and expiry \
      changes. Where keys are elsewhere, --request writes a file for `serin sign`.
      """,
      codes: [.thresholdNotMet, .expired, .locked],
      examples: ["serin role renew stable", "serin role renew root targets --request renewal.request"]))

  @OptionGroup var global: GlobalOptions
  @OptionGroup var workspace: WorkspaceOptions
  @OptionGroup var passphrase: PassphraseOptions
  @OptionGroup var requests: RequestOptions

  @Argument(help: "The roles.", completion: .role)
  var roles: [String]

  @Flag(help: "Only show what would happen.")
  var dryRun = false

  func perform(_ session: Session) async throws -> RoleEditOutput {
    try RoleEditing(edit: .renew(roles), what: "renewal of \(roles.joined(separator: ", "))", isConfirmed: false)
      .perform(workspace, passphrase, ConfirmationOptions(), requests, dryRun: dryRun, session)
  }
}
