import ArgumentParser
import Signing
import StrictJSON
import SystemPackage
import Updating

/// The command `serin trust URL`.
struct TrustCommand: SerinCommand {
  static let configuration = CommandConfiguration(
    commandName: "trust",
    abstract: "Trust a repository from its pinned root on.",
    discussion: HelpText.make(
      """
      The root comes as a file, or its fingerprint is given as the publisher prints it; there is no trust on first \
      use. The repository is refreshed once, and nothing is kept if anything about it is wrong. On a machine that has \
      no network, --from names an offline bundle of the repository; the address is then no more than its name.
      """,
      codes: [.badSignature, .thresholdNotMet, .expired, .rollbackAttack, .digestMismatch, .network],
      examples: [
        "serin trust https://plugins.example.com --root 1.root.json",
        "serin trust https://plugins.example.com --fingerprint 9f86d0…15b0f00a08 --pin sha256//AAAA…=",
        "serin trust https://plugins.example.com --root 1.root.json --from time.serin",
      ]))

  @OptionGroup var global: GlobalOptions
  @OptionGroup var host: HostOptions
  @OptionGroup var offline: OfflineOptions

  @Argument(help: "The repository's address.")
  var url: String

  @Option(help: ArgumentHelp("A root file that came another way.", valueName: "file"), completion: .file())
  var root: String?

  @Option(help: ArgumentHelp("The SHA-256 digest of the repository's first root.", valueName: "hex"))
  var fingerprint: String?

  @Option(help: ArgumentHelp("A TLS public key that the server must present. May be repeated.", valueName: "sha256//…"))
  var pin: [String] = []

  @Option(help: "What the repository is called on this host (default: made of the address).")
  var name: String?

  mutating func validate() throws {
    guard (root == nil) != (fingerprint == nil) else {
      throw ValidationError("Name the root with either --root or --fingerprint.")
    }
    for pin in pin where !(pin.hasPrefix("sha256//") && pin.utf8.count == 52) {
      throw ValidationError("--pin must be sha256// and 44 characters of Base64.")
    }
  }

  func perform(_ session: Session) async throws -> TrustOutput {
    let rootPin: RootPin
    if let root {
      rootPin = .file(FilePath(root))
    } else {
      guard let digest = SHA256Digest(hex: fingerprint ?? "") else {
        throw CommandError.badValue(
          option: "--fingerprint", value: fingerprint ?? "", reason: "it must be 64 hexadecimal digits")
      }
      rootPin = .fingerprint(digest)
    }
    let repository = try await PluginHost.open(host, session).trust(
      url, pin: rootPin, id: name, pinnedKeys: pin, from: try offline.open(session))
    return TrustOutput(repository: repository)
  }
}

/// A repository that is trusted now.
struct TrustOutput: CommandOutput {
  static let schema = "serin.trust.1"
  let repository: TrustedRepository

  var json: JSON.Object {
    [
      "id": .string(repository.id), "url": .string(repository.url),
      "fingerprint": .string(repository.fingerprint.hex),
      "pinnedKeys": .array(repository.pinnedKeys.map { .string($0) }),
    ]
  }

  var text: [TextLine] {
    [
      .good("trusts \(repository.url) as \(repository.id)"),
      .fields([
        ("fingerprint", repository.fingerprint.hex),
        ("TLS keys", repository.pinnedKeys.isEmpty ? "not pinned" : repository.pinnedKeys.joined(separator: ", ")),
      ]),
    ]
  }
}
