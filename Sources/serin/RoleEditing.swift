import ArgumentParser
import Platform
import Publishing
import Signing
import StrictJSON
import SystemPackage
import TUF

/// What every command that edits roles does: show, ask, and sign or write down.
struct RoleEditing: Sendable {
  let edit: RoleEdit
  /// What would happen, as a noun phrase.
  let what: String
  /// Whether a person has to agree.
  let isConfirmed: Bool

  func perform(
    _ workspace: WorkspaceOptions, _ passphrase: PassphraseOptions, _ confirmation: ConfirmationOptions,
    _ requests: RequestOptions, dryRun: Bool, _ session: Session
  ) throws -> RoleEditOutput {
    let publisher = try Publisher.open(workspace, passphrase, session)
    if !dryRun, let request = try requests.write(session, { try publisher.request(edit) }) {
      return RoleEditOutput(edited: nil, request: request)
    }
    let plan = try publisher.plan(edit)
    if dryRun { return RoleEditOutput(edited: plan, request: nil) }
    if isConfirmed && !plan.changes.isEmpty {
      for change in plan.changes { session.console.message("  " + change.sentence) }
      for warning in plan.warnings { session.console.warning(warning) }
      try Confirmation(what: what, digest: plan.confirm).require(confirmation, session)
    }
    return RoleEditOutput(
      edited: try publisher.publish(edit, confirmed: isConfirmed ? plan.confirm : nil), request: nil)
  }
}

/// An edit of roles: looked at, published, or written down.
struct RoleEditOutput: CommandOutput {
  static let schema = "serin.role.edit.1"
  let edited: EditedRoles?
  let request: WrittenRequest?

  var json: JSON.Object {
    if let request { return ["published": false, "request": .object(request.json)] }
    guard let edited else { return [:] }
    return [
      "published": .bool(edited.isPublished), "confirm": .string(edited.confirm.lastSix),
      "changes": .array(edited.changes.map(\.json)), "warnings": .strings(edited.warnings),
      "roles": .strings(edited.roles.map(\.text)),
    ]
  }

  var text: [TextLine] {
    if let request { return request.writtenText }
    guard let edited else { return [] }
    let changes = edited.changes.map { TextLine.plain("  " + $0.sentence) }
    let names = edited.roles.map(\.text).joined(separator: ", ")
    if edited.isPublished {
      return [names.isEmpty ? .plain("everything is as it would be") : .good("signed \(names)")] + changes
    }
    return [.heading("would sign \(names.isEmpty ? "nothing" : names)")] + changes
      + edited.warnings.map { .bad("  warning: " + $0) } + [.fields([("digest", edited.confirm.hex)])]
  }
}

extension WrittenRequest {
  /// The request after it was written.
  var writtenText: [TextLine] {
    [.good("wrote \(path)")] + text
      + [.hint("key holders run `serin sign add FILE`; then `serin sign publish FILE` in the workspace")]
  }
}

/// A key on the command line: the name of a key of this account or of the workspace, or `NAME=FILE`.
enum KeyArgument {
  /// Finds the public key.
  /// - Throws: `CommandError.noKey` and `KeyError`.
  static func load(_ text: String, _ workspace: WorkspaceOptions, _ session: Session) throws -> NamedKey {
    if let place = text.firstIndex(of: "=") {
      let name = String(text[..<place])
      guard KeyStore.isUsable(name) else { throw CommandError.badKeyName(name) }
      return NamedKey(name: name, key: try read(FilePath(String(text[text.index(after: place)...])), session))
    }
    guard KeyStore.isUsable(text) else { throw CommandError.badKeyName(text) }
    let file = try workspace.path(session).appending("keys").appending(text + ".pub")
    if try session.machine.files.exists(file) { return NamedKey(name: text, key: try read(file, session)) }
    return NamedKey(name: text, key: try KeyStore(session).entry(text).publicKey)
  }

  private static func read(_ path: FilePath, _ session: Session) throws -> PublicKey {
    let bytes = try session.machine.files.readAll(path, limit: PublicKey.maxTextBytes)
    guard let text = String(validating: bytes, as: UTF8.self) else { throw CommandError.notText(path: path.string) }
    return try PublicKey(minisign: text)
  }
}
