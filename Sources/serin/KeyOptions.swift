import ArgumentParser
import Platform
import Signing
import SystemPackage

/// The option of commands that check signatures: which public keys are believed.
struct PublicKeyOptions: ParsableArguments {
  @Option(
    name: [.customLong("key"), .customShort("p")],
    help: ArgumentHelp(
      "A public key to believe: a minisign public key file, or the key itself (RW…). May be repeated.",
      discussion: "Without it the keys of this account are believed.", valueName: "key"), completion: .file())
  var keys: [String] = []

  /// The keys that were named, or all keys of this account where none was.
  /// - Throws: `KeyError` for what is no public key, `FileError` for a file that cannot be read.
  func load(_ session: Session) throws -> [PublicKey] {
    guard keys.isEmpty else { return try keys.map { try Self.key($0, session) } }
    return try KeyStore(session).list().map(\.publicKey)
  }

  /// A key that is named by its file or written out.
  static func key(_ text: String, _ session: Session) throws -> PublicKey {
    if text.hasPrefix("RW"), let key = try? PublicKey(minisign: text) { return key }
    let path = FilePath(text)
    let bytes = try session.machine.files.readAll(path, limit: PublicKey.maxTextBytes)
    guard let content = String(validating: bytes, as: UTF8.self) else { throw CommandError.notText(path: text) }
    return try PublicKey(minisign: content)
  }
}

/// The option of commands that sign: which secret key, and how to open it.
struct SigningKeyOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp("The signing key's name (default: the only key of this account).", valueName: "name"),
    completion: .key)
  var key: String?

  @OptionGroup var passphrase: PassphraseOptions

  /// The signer, asking for a passphrase where the key has one.
  /// - Throws: `CommandError.chooseKey` where no key is named and there is more than one, or none.
  func signer(_ session: Session) throws -> Signer {
    let store = KeyStore(session)
    let name: String
    if let key {
      name = key
    } else {
      let usable = try store.list().filter(\.hasSecret)
      guard let only = usable.first, usable.count == 1 else {
        throw CommandError.chooseKey(known: usable.map(\.name), folder: store.folder.string)
      }
      name = only.name
    }
    return try store.signer(name, Passphrase(options: passphrase), session)
  }
}
