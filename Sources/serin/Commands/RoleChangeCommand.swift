import ArgumentParser
import Publishing

/// The command `serin role change ROLE…`.
struct RoleChangeCommand: SerinCommand {
  static let configuration = CommandConfiguration(
    commandName: "change",
    abstract: "Add, replace and remove keys of roles, and set their thresholds.",
    discussion: HelpText.make(
      """
      Several roles change in one step, as snapshot and timestamp do that share a key. A new root is signed by the \
      old and the new root keys. Only what changes is signed again. After a new key for snapshot or timestamp, \
      clients drop what they had seen by the old one, so that a stolen online key cannot hold them back.

      KEY is the name of a key in keys/ or of this account, or NAME=FILE with a public key file. It asks for the last \
      six characters of the digest. Where keys are elsewhere, --request writes a file for `serin sign`.
      """,
      codes: [.thresholdNotMet, .expired, .needsApproval, .locked],
      examples: [
        "serin role change timestamp snapshot --add online-2 --remove online",
        "serin role change stable --add anna=anna.pub --threshold 2 --request stable.request",
      ]))

  @OptionGroup var global: GlobalOptions
  @OptionGroup var workspace: WorkspaceOptions
  @OptionGroup var passphrase: PassphraseOptions
  @OptionGroup var confirmation: ConfirmationOptions
  @OptionGroup var requests: RequestOptions

  @Argument(help: "The roles.", completion: .role)
  var roles: [String]

  @Option(help: ArgumentHelp("A key that shall count. May be repeated.", valueName: "key"), completion: .key)
  var add: [String] = []

  @Option(help: ArgumentHelp("A key that shall count no longer. May be repeated.", valueName: "name"), completion: .key)
  var remove: [String] = []

  @Option(help: ArgumentHelp("How many of the keys must sign.", valueName: "number"))
  var threshold: Int?

  @Flag(help: "Only show what would happen.")
  var dryRun = false

  mutating func validate() throws {
    guard !roles.isEmpty else { throw ValidationError("Name at least one role.") }
    guard !add.isEmpty || !remove.isEmpty || threshold != nil else {
      throw ValidationError("Say what changes: --add, --remove or --threshold.")
    }
  }

  func perform(_ session: Session) async throws -> RoleEditOutput {
    let edit = RoleEdit.change(
      roles: roles, adding: try add.map { try KeyArgument.load($0, workspace, session) }, removing: remove,
      threshold: threshold)
    return try RoleEditing(edit: edit, what: "change of \(roles.joined(separator: ", "))", isConfirmed: true)
      .perform(workspace, passphrase, confirmation, requests, dryRun: dryRun, session)
  }
}
