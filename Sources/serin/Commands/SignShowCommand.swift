import ArgumentParser
import Publishing
import Signing
import StrictJSON

/// The option that says which repository a request must be for.
struct FingerprintOption: ParsableArguments {
  @Option(help: ArgumentHelp("Refuse a request for another repository than the one of this root.", valueName: "sha256"))
  var fingerprint: String?

  /// - Throws: `PublishingError.foreignRequest` for a request of another repository.
  func check(_ review: SigningReview) throws {
    guard let fingerprint else { return }
    guard fingerprint.lowercased() == review.fingerprint.hex else {
      throw PublishingError.foreignRequest(own: fingerprint.lowercased(), offered: review.fingerprint.hex)
    }
  }
}

/// The command `serin sign show FILE`.
struct SignShowCommand: SerinCommand {
  static let configuration = CommandConfiguration(
    commandName: "show",
    abstract: "Show in plain words what a request would have signed.",
    discussion: HelpText.make(
      """
      Says which plugins, versions and digests, which keys, thresholds and paths would change, and which permissions \
      widen. All of it is computed from the bytes to be signed and from the signed metadata before them. Names of keys \
      are labels: compare their ids. Needs no workspace and no key.
      """,
      examples: ["serin sign show time.request", "serin sign show time.request --fingerprint 9f86d081… --json"]))

  @OptionGroup var global: GlobalOptions
  @OptionGroup var repository: FingerprintOption

  @Argument(help: "The request.", completion: .file())
  var file: String

  func perform(_ session: Session) async throws -> SignShowOutput {
    let request = try WrittenRequest(reading: file, session)
    try repository.check(request.review)
    return SignShowOutput(request: request)
  }
}

/// A request in words.
struct SignShowOutput: CommandOutput {
  static let schema = "serin.sign.show.1"
  let request: WrittenRequest

  var json: JSON.Object { request.json }
  var text: [TextLine] { request.text }
}
