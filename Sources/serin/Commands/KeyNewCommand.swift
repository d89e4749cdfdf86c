import ArgumentParser
import Signing
import StrictJSON
import SystemPackage

/// The command `serin key new NAME`.
struct KeyNewCommand: SerinCommand {
  static let configuration = CommandConfiguration(
    commandName: "new",
    abstract: "Make a key pair.",
    discussion: HelpText.make(
      """
      Makes an Ed25519 key pair in minisign's file formats. The secret key is encrypted with scrypt; \
      --no-passphrase leaves it in the clear, for keys that a server must use by itself. A key is never \
      overwritten.
      """,
      examples: ["serin key new release", "serin key new online --no-passphrase"]))

  @OptionGroup var global: GlobalOptions
  @OptionGroup var passphrase: PassphraseOptions

  @Flag(help: "Do not encrypt the secret key.")
  var noPassphrase = false

  @Flag(help: "Take minisign's own cost for the passphrase: 1 GiB of memory and some seconds, instead of 128 MiB.")
  var strong = false

  @Argument(help: "The key's name: a-z, 0-9, '-', '_', '.'.")
  var name: String

  func perform(_ session: Session) async throws -> KeyNewOutput {
    let store = KeyStore(session)
    try store.requireFree(name)
    let key = try SecretKey.generate()
    let comment = "serin secret key \(name)"
    let text: String
    if noPassphrase {
      text = try KeyFile.encrypt(key, passphrase: nil, comment: comment)
    } else {
      let secret: SecretBytes? = try Passphrase(options: passphrase).new(for: name, session)
      text = try KeyFile.encrypt(key, passphrase: secret, cost: strong ? .sensitive : .standard, comment: comment)
    }
    try store.add(name, secret: text, publicKey: key.publicKey)
    session.console.message("keep a copy of \(store.path(name, ".key")) in a safe place; nobody can restore it")
    return KeyNewOutput(entry: try store.entry(name), folder: store.folder.string)
  }
}

/// A key that was made.
struct KeyNewOutput: CommandOutput {
  static let schema = "serin.key.new.1"
  let entry: KeyStore.Entry
  let folder: String

  var json: JSON.Object {
    var object = entry.json
    object["folder"] = .string(folder)
    return object
  }

  var text: [TextLine] {
    [
      .good("made key \(entry.name)"),
      .fields([
        ("key number", entry.publicKey.keyNumberHex), ("public key", entry.publicKey.base64),
        ("secret key", entry.protection), ("folder", folder),
      ]),
    ]
  }
}
