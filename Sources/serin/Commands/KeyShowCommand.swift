import ArgumentParser
import Signing
import StrictJSON
import SystemPackage

/// The command `serin key show NAME`.
struct KeyShowCommand: SerinCommand {
  static let configuration = CommandConfiguration(
    commandName: "show",
    abstract: "Show the public half of a key.",
    discussion: HelpText.make(
      "Shows a key's number, its public key on one line (for `minisign -P`), and how the secret half is kept.",
      examples: ["serin key show release", "serin key show release --json"]))

  @OptionGroup var global: GlobalOptions

  @Argument(help: "The key's name.", completion: .key)
  var name: String

  func perform(_ session: Session) async throws -> KeyShowOutput {
    let store = KeyStore(session)
    return KeyShowOutput(entry: try store.entry(name), folder: store.folder.string)
  }
}

/// One key.
struct KeyShowOutput: CommandOutput {
  static let schema = "serin.key.show.1"
  let entry: KeyStore.Entry
  let folder: String

  var json: JSON.Object {
    var object = entry.json
    object["folder"] = .string(folder)
    return object
  }

  var text: [TextLine] {
    [
      .fields([
        ("name", entry.name), ("key number", entry.publicKey.keyNumberHex), ("public key", entry.publicKey.base64),
        ("secret key", entry.protection), ("folder", folder),
      ])
    ]
  }
}
