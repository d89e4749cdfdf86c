import ArgumentParser
import Platform
import Signing
import SystemPackage

/// The options of a step that cannot be undone or that reaches everybody.
struct ConfirmationOptions: ParsableArguments {
  @Flag(help: "Do not ask; needs --confirm.")
  var yes = false

  @Option(help: ArgumentHelp("The last six characters of the digest that would be shown.", valueName: "six"))
  var confirm: String?

  mutating func validate() throws {
    if yes && confirm == nil {
      throw ValidationError("--yes needs --confirm with the last six characters of the digest.")
    }
    if confirm != nil && !yes { throw ValidationError("--confirm is for scripts and needs --yes.") }
  }
}

/// Asks a person to agree by typing the end of the digest he looks at.
///
/// A plain y/n is typed without reading; six characters of the digest are not, and a script that carries them
/// agrees to these very bytes and to no others.
struct Confirmation: Sendable {
  /// What would happen, as a noun phrase: "promotion of io.github.acme/time 2026.10.19 to stable".
  let what: String
  /// The digest of what it would happen to.
  let digest: SHA256Digest

  /// Waits for consent.
  /// - Throws: `CommandError.confirmationNeeded` without a terminal, `.wrongConfirmation` for other characters.
  func require(_ options: ConfirmationOptions, _ session: Session) throws {
    if options.yes {
      try check(options.confirm ?? "")
      return
    }
    guard session.terminal.inputIsTerminal else {
      throw CommandError.confirmationNeeded(what: what, digest: digest.hex)
    }
    session.console.warning("this is the \(what)")
    session.console.message("digest: \(digest.hex)")
    session.console.prompt("type the last six characters of the digest to go on: ")
    try check(try Self.line(from: session.machine.files.open("/dev/tty")))
  }

  /// Reads what is typed up to the end of the line; more than a person types is no consent.
  private static func line(from terminal: any ReadableFile) throws -> String {
    var line: [UInt8] = []
    var byte: [UInt8] = [0]
    while line.count < 256, try terminal.read(into: &byte) == 1, byte[0] != UInt8(ascii: "\n") { line.append(byte[0]) }
    return String(decoding: line, as: UTF8.self)
  }

  private func check(_ typed: String) throws(CommandError) {
    guard typed.trimmingBlanks().lowercased() == digest.lastSix else {
      throw .wrongConfirmation(what: what, expected: digest.lastSix, typed: typed)
    }
  }
}

extension String {
  /// The text without blanks at both ends.
  fileprivate func trimmingBlanks() -> String {
    String(drop { $0.isWhitespace }.reversed().drop { $0.isWhitespace }.reversed())
  }
}
