import ArgumentParser
import Platform
import Publishing
import Signing
import StrictJSON
import SystemPackage
import TUF

/// The command `serin sign add FILE`.
struct SignAddCommand: SerinCommand {
  static let configuration = CommandConfiguration(
    commandName: "add",
    abstract: "Sign a request with a key of this machine, or add signatures of another copy.",
    discussion: HelpText.make(
      """
      Shows what would be signed, asks for the last six characters of its digest, and writes the signature into FILE. \
      With --from it signs nothing and takes the good signatures of another copy of the same request. The order does \
      not matter, and no workspace is needed.
      """,
      codes: [.needsApproval],
      examples: ["serin sign add time.request --key stable-anna", "serin sign add time.request --from anna.request"]))

  @OptionGroup var global: GlobalOptions
  @OptionGroup var passphrase: PassphraseOptions
  @OptionGroup var confirmation: ConfirmationOptions
  @OptionGroup var repository: FingerprintOption

  @Argument(help: "The request; it is written anew.", completion: .file())
  var file: String

  @Option(
    help: ArgumentHelp("A key of this account (default: the one that is asked). May be repeated.", valueName: "name"),
    completion: .key)
  var key: [String] = []

  @Option(help: ArgumentHelp("Another copy of the request. May be repeated.", valueName: "file"), completion: .file())
  var from: [String] = []

  @Flag(help: "Only show what would be signed.")
  var dryRun = false

  mutating func validate() throws {
    if !from.isEmpty && !key.isEmpty { throw ValidationError("--from adds signatures of others; --key signs.") }
  }

  func perform(_ session: Session) async throws -> SignAddOutput {
    let shown = try WrittenRequest(reading: file, session)
    try repository.check(shown.review)
    var request = shown.review.request
    if !from.isEmpty {
      for other in from { request = try request.merging(WrittenRequest(reading: other, session).review.request) }
      return try write(request, over: shown, signed: [], session)
    }
    if dryRun { return SignAddOutput(request: shown, signed: [], isDone: false) }
    let names = try key.isEmpty ? [askedKey(shown.review, session)] : key
    for line in shown.text.flatMap(\.rendered) { session.console.message(line) }
    try Confirmation(what: "signature of \(names.joined(separator: ", ")) over this", digest: shown.review.digest)
      .require(confirmation, session)
    let ring = StoredKeyRing(session, passphrase)
    var roles: [RoleName] = []
    for name in names {
      guard let signer = try ring.signer(named: name) else {
        throw CommandError.noKey(
          name: name, known: try KeyStore(session).list().map(\.name), folder: session.folders.keys.string)
      }
      let signed = try request.signed(by: signer)
      request = signed.request
      roles += signed.roles.filter { !roles.contains($0) }
    }
    return try write(request, over: shown, signed: roles, session)
  }

  private func write(
    _ request: SigningRequest, over shown: WrittenRequest, signed: [RoleName], _ session: Session
  ) throws -> SignAddOutput {
    try session.machine.files.write(request.encoded(), atomicallyTo: FilePath(shown.path), mode: 0o644)
    let written = WrittenRequest(path: shown.path, review: try SigningReview(request), own: shown.own)
    return SignAddOutput(request: written, signed: signed, isDone: true)
  }

  /// The only key of this account whose signature is still missing.
  private func askedKey(_ review: SigningReview, _ session: Session) throws -> String {
    let missing = Set(review.roles.flatMap(\.needs).flatMap(\.missing).compactMap(\.bytes))
    let held = try KeyStore(session).list().filter { $0.hasSecret && missing.contains($0.publicKey.bytes) }
    guard let only = held.first, held.count == 1 else { throw CommandError.noKeyAsked(known: held.map(\.name)) }
    return only.name
  }
}

/// A request with more signatures.
struct SignAddOutput: CommandOutput {
  static let schema = "serin.sign.add.1"
  let request: WrittenRequest
  /// The roles that were signed here.
  let signed: [RoleName]
  let isDone: Bool

  var json: JSON.Object {
    var object = request.json
    object["signed"] = .strings(signed.map(\.text))
    object["written"] = .bool(isDone)
    return object
  }

  var text: [TextLine] {
    guard isDone else { return request.text }
    let names = signed.map(\.text).joined(separator: ", ")
    var lines: [TextLine] = [.good(names.isEmpty ? "took the signatures of the other copies" : "signed \(names)")]
    for role in request.review.roles where !role.isComplete {
      for need in role.needs where !need.isMet {
        lines.append(.plain("  \(role.payload.role) has \(need.signed.count) of \(need.threshold) signatures"))
      }
    }
    if request.review.isComplete {
      lines.append(.hint("all signatures are there: `serin sign publish \(request.path)` in the workspace"))
    }
    return lines
  }
}
