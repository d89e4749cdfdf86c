import ArgumentParser
import Platform
import Signing
import SystemPackage

/// Where a passphrase comes from; never an argument, which every process on the machine can read.
struct PassphraseOptions: ParsableArguments {
  @Option(help: ArgumentHelp("Read the passphrase from this open file descriptor.", valueName: "number"))
  var passphraseFd: Int?

  @Option(
    help: ArgumentHelp(
      "Read the passphrase from the first line of this file (default: $SERIN_PASSPHRASE_FILE).", valueName: "file"),
    completion: .file())
  var passphraseFile: String?

  mutating func validate() throws {
    if passphraseFd != nil && passphraseFile != nil {
      throw ValidationError("--passphrase-fd and --passphrase-file exclude each other.")
    }
    if let number = passphraseFd, !(0...1023).contains(number) {
      throw ValidationError("--passphrase-fd must be 0 to 1023.")
    }
  }
}

/// Reads passphrases.
struct Passphrase: Sendable {
  let options: PassphraseOptions

  /// The variable that names a passphrase file.
  static let variable = "SERIN_PASSPHRASE_FILE"

  /// The passphrase for a key that exists.
  /// - Throws: `PassphraseError.noTerminal` when there is none and nobody to ask.
  func existing(for key: String, _ session: Session) throws -> SecretBytes {
    if var given = try given(session) { return try SecretBytes(copying: &given) }
    var typed = try PassphraseReader.ask("passphrase for key \(key): ")
    return try SecretBytes(copying: &typed)
  }

  /// The passphrase for a new key; typed twice.
  /// - Throws: `CommandError.passphrasesDiffer`, or `PassphraseError.noTerminal` when there is none and nobody to ask.
  func new(for key: String, _ session: Session) throws -> SecretBytes {
    if var given = try given(session) { return try SecretBytes(copying: &given) }
    var first = try PassphraseReader.ask("new passphrase for key \(key): ")
    var second: [UInt8]
    do { second = try PassphraseReader.ask("the same once more: ") } catch {
      PassphraseReader.wipe(&first)
      throw error
    }
    let areEqual = first == second
    PassphraseReader.wipe(&second)
    guard areEqual else {
      PassphraseReader.wipe(&first)
      throw CommandError.passphrasesDiffer
    }
    return try SecretBytes(copying: &first)
  }

  /// The passphrase that the options or the environment lead to, if they lead to one.
  private func given(_ session: Session) throws -> [UInt8]? {
    if let number = options.passphraseFd { return try PassphraseReader.read(descriptor: Int32(number)) }
    guard let name = options.passphraseFile ?? session.environment[Self.variable], !name.isEmpty else { return nil }
    let path = FilePath(name)
    if let mode = try session.machine.files.status(path)?.mode, mode & 0o077 != 0 {
      session.console.warning("\(path) can be read by other accounts; `chmod 600` it")
    }
    return try PassphraseReader.read(file: path)
  }
}
