import ArgumentParser
import Signing
import StrictJSON
import SystemPackage

/// The command `serin key list`.
struct KeyListCommand: SerinCommand {
  static let configuration = CommandConfiguration(
    commandName: "list",
    abstract: "List the keys of this account.",
    discussion: HelpText.make(
      "Lists the keys under $XDG_CONFIG_HOME/serin/keys with their key numbers, as minisign prints them.",
      examples: ["serin key list", "serin key list --json"]))

  @OptionGroup var global: GlobalOptions

  func perform(_ session: Session) async throws -> KeyListOutput {
    let store = KeyStore(session)
    return KeyListOutput(keys: try store.list(), folder: store.folder.string)
  }
}

/// The keys of an account.
struct KeyListOutput: CommandOutput {
  static let schema = "serin.key.list.1"
  let keys: [KeyStore.Entry]
  let folder: String

  var json: JSON.Object {
    ["folder": .string(folder), "keys": .array(keys.map { .object($0.json) })]
  }

  var text: [TextLine] {
    guard !keys.isEmpty else { return [.plain("no keys in \(folder)")] }
    let rows = keys.map { [$0.name, $0.publicKey.keyNumberHex, $0.protection] }
    return [.table(Table(columns: [.left("NAME"), .left("KEY NUMBER"), .left("SECRET KEY")], rows: rows))]
  }
}

extension KeyStore.Entry {
  /// How the secret half is kept, in words.
  var protection: String {
    hasSecret ? (isEncrypted ? "encrypted" : "not encrypted") : "not here"
  }

  /// The key for programs.
  var json: JSON.Object {
    [
      "name": .string(name), "keyNumber": .string(publicKey.keyNumberHex), "publicKey": .string(publicKey.base64),
      "hasSecret": .bool(hasSecret), "encrypted": .bool(isEncrypted),
    ]
  }
}
