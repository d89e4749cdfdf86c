import ArgumentParser
import Platform
import Signing
import StrictJSON
import SystemPackage

/// The command `serin key export NAME`.
struct KeyExportCommand: SerinCommand {
  static let configuration = CommandConfiguration(
    commandName: "export",
    abstract: "Write the public half of a key as a minisign public key file.",
    discussion: HelpText.make(
      """
      Writes the two lines of a minisign public key file to standard output, or to a new file with --output. \
      Secret keys are not exported: copy the file NAME.key itself.
      """,
      examples: ["serin key export release", "serin key export release --output keys/release.pub"]))

  @OptionGroup var global: GlobalOptions

  @Option(
    name: .shortAndLong, help: ArgumentHelp("Write to this file, which must not exist yet.", valueName: "file"),
    completion: .file())
  var output: String?

  @Argument(help: "The key's name.", completion: .key)
  var name: String

  func perform(_ session: Session) async throws -> KeyExportOutput {
    let entry = try KeyStore(session).entry(name)
    if let output {
      try session.machine.files.write(
        Array(entry.publicKey.minisignText.utf8), creating: FilePath(output), mode: 0o644)
    }
    return KeyExportOutput(entry: entry, file: output)
  }
}

/// An exported public key.
struct KeyExportOutput: CommandOutput {
  static let schema = "serin.key.export.1"
  let entry: KeyStore.Entry
  let file: String?

  var json: JSON.Object {
    [
      "name": .string(entry.name), "keyNumber": .string(entry.publicKey.keyNumberHex),
      "minisign": .string(entry.publicKey.minisignText), "file": file.map { .string($0) } ?? .null,
    ]
  }

  var text: [TextLine] {
    if let file { return [.plain("wrote \(file)")] }
    return entry.publicKey.minisignText.split(separator: "\n").map { .plain(String($0)) }
  }
}
