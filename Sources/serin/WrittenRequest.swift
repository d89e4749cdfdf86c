import ArgumentParser
import Platform
import Publishing
import Signing
import StrictJSON
import SystemPackage
import TUF

/// The option of commands that can write down what has to be signed instead of signing it.
struct RequestOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "Sign nothing: write what has to be signed into this file, for people whose keys are elsewhere.",
      valueName: "file"), completion: .file())
  var request: String?

  /// Writes the request, if one was asked for.
  /// - Throws: `FileError.exists` where the file is there already: somebody's signatures may be in it.
  func write(_ session: Session, _ make: () throws -> SigningRequest) throws -> WrittenRequest? {
    guard let request else { return nil }
    let path = try FilePath(request).absolute(session)
    guard try !session.machine.files.exists(path) else { throw CommandError.requestExists(path: path.string) }
    let made = try make()
    try session.machine.files.write(made.encoded(), atomicallyTo: path, mode: 0o644)
    return WrittenRequest(path: path.string, review: try SigningReview(made))
  }
}

/// A request as it lies in a file: what it would change, and who has to sign.
struct WrittenRequest: Sendable {
  let path: String
  let review: SigningReview
  /// The names of this account's keys, by their bytes.
  var own: [[UInt8]: String] = [:]

  /// Reads a request from a file; it comes from anybody.
  init(reading file: String, _ session: Session) throws {
    let path = try FilePath(file).absolute(session)
    let bytes = try session.machine.files.readAll(path, limit: SigningRequest.maximumBytes)
    self.path = path.string
    review = try SigningReview(try SigningRequest(json: bytes))
    own = try Self.names(session)
  }

  init(path: String, review: SigningReview, own: [[UInt8]: String] = [:]) {
    self.path = path
    self.review = review
    self.own = own
  }

  /// The keys of this account by their bytes.
  static func names(_ session: Session) throws -> [[UInt8]: String] {
    Dictionary(
      try KeyStore(session).list().map { ($0.publicKey.bytes, $0.name) }, uniquingKeysWith: { first, _ in first })
  }

  var json: JSON.Object {
    [
      "path": .string(path), "repository": .string(review.fingerprint.hex), "digest": .string(review.digest.hex),
      "confirm": .string(review.digest.lastSix), "complete": .bool(review.isComplete),
      "changes": .array(review.changes.map(\.json)),
      "roles": .array(review.roles.map(json(of:))),
    ]
  }

  private func json(of role: SigningReview.Role) -> JSON {
    [
      "role": .string(role.payload.role.text), "version": .integer(role.payload.version),
      "expires": .string(role.payload.expires.description), "sha256": .string(role.payload.digest.hex),
      "complete": .bool(role.isComplete),
      "needs": .array(
        role.needs.map { need in
          [
            "threshold": .int(need.threshold), "signed": .strings(need.signed.map(name(of:))),
            "missing": .strings(need.missing.map(name(of:))), "presentRoot": .bool(need.isPresentRoot),
          ]
        }),
    ]
  }

  /// What would be signed, in words: first what it changes, then who has to sign.
  var text: [TextLine] {
    let changes = review.changes.map { change -> TextLine in
      switch change.kind {
      case .widening, .yank, .key, .threshold, .delegation: .bad("  \(change.sentence)")
      default: .plain("  \(change.sentence)")
      }
    }
    return [.heading("what would be signed changes this:")] + changes + [
      .table(
        Table(
          columns: [
            .left("role"), .right("version"), .left("expires"), .left("needs"), .left("signed"),
            .left("may still sign"),
          ], rows: review.roles.flatMap(rows(of:)))),
      .fields([
        ("repository", review.fingerprint.hex), ("digest", review.digest.hex), ("last six", review.digest.lastSix),
      ]),
    ]
  }

  private func rows(of role: SigningReview.Role) -> [[String]] {
    role.needs.map { need in
      [
        role.payload.role.text + (need.isPresentRoot ? " (by its present keys)" : ""), String(role.payload.version),
        role.payload.expires.description, "\(need.threshold)",
        need.signed.isEmpty ? "-" : need.signed.map(name(of:)).joined(separator: ", "),
        need.missing.isEmpty ? "-" : need.missing.map(name(of:)).joined(separator: ", "),
      ]
    }
  }

  /// A key by its id, and by the name under which this account has it or which the request gives it.
  private func name(of key: KeyLabel) -> String {
    if let bytes = key.bytes, let name = own[bytes] { return "\(key.id) (yours: \(name))" }
    return key.text
  }
}
