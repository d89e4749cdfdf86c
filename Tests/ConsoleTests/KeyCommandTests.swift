import ArgumentParser
import Platform
import Signing
import StrictJSON
import SystemPackage
import TestSupport
import Testing

@testable import serin

@Suite struct KeyCommandTests {
  let scratch: Scratch
  let recording = Recording()

  init() throws { scratch = try Scratch() }

  private var session: Session { recording.session(["HOME": scratch.path.string]) }

  @Test func `a key is made with private modes and never overwritten`() async throws {
    let command = try #require(try Serin.parseAsRoot(["key", "new", "online", "--no-passphrase"]) as? KeyNewCommand)
    let output = try await command.perform(session)
    #expect(output.entry.name == "online")
    #expect(!output.entry.isEncrypted)
    let files = LocalFileSystem()
    let folder = scratch / ".config/serin/keys"
    #expect(try files.status(folder)?.mode == 0o700)
    #expect(try files.status(folder.appending("online.key"))?.mode == 0o600)
    let before = try files.readAll(folder.appending("online.key"), limit: 4096)
    await #expect(throws: CommandError.keyExists(name: "online", folder: folder.string)) {
      _ = try await command.perform(session)
    }
    #expect(try files.readAll(folder.appending("online.key"), limit: 4096) == before)
  }

  @Test func `a passphrase comes from a file or a descriptor's file, never from an argument`() async throws {
    try scratch.write("correct horse\nsecond line\n", to: "pass", mode: 0o600)
    let arguments = ["key", "new", "release", "--passphrase-file", (scratch / "pass").string]
    let command = try #require(try Serin.parseAsRoot(arguments) as? KeyNewCommand)
    #expect(try await command.perform(session).entry.isEncrypted)
    let store = KeyStore(session)
    var right = Array("correct horse".utf8)
    let secret: SecretBytes? = try SecretBytes(copying: &right)
    let key = try KeyFile.decrypt(try store.secretText("release"), passphrase: secret)
    #expect(key.publicKey == (try store.entry("release").publicKey))
    #expect(throws: (any Error).self) { try Serin.parseAsRoot(["key", "new", "a", "--passphrase", "secret"]) }
  }

  @Test(arguments: ["", ".hidden", "-x", "A", "a/b", "a b", "ä", "..", String(repeating: "a", count: 65)])
  func `a name that is no plain file name is refused`(name: String) throws {
    #expect(throws: CommandError.badKeyName(name)) { try KeyStore(session).requireFree(name) }
  }

  @Test func `list, show and export tell the same key`() async throws {
    let store = KeyStore(session)
    let key = try SecretKey.generate()
    try store.add("release", secret: KeyFile.encrypt(key, passphrase: nil), publicKey: key.publicKey)
    let list = try await #require(try Serin.parseAsRoot(["key", "list"]) as? KeyListCommand).perform(session)
    let show = try await #require(try Serin.parseAsRoot(["key", "show", "release"]) as? KeyShowCommand).perform(session)
    let export = try await #require(try Serin.parseAsRoot(["key", "export", "release"]) as? KeyExportCommand)
      .perform(session)
    #expect(list.keys == [show.entry])
    #expect(export.text == key.publicKey.minisignText.split(separator: "\n").map { TextLine.plain(String($0)) })
    #expect(show.json["publicKey"]?.stringValue == key.publicKey.base64)
    recording.console().show(list)
    #expect(
      recording.output == """
        NAME     KEY NUMBER        SECRET KEY
        release  \(key.publicKey.keyNumberHex)  not encrypted

        """)
  }

  // MARK: - Confirmation

  private let digest = SHA256Digest.of(Array("bundle".utf8))

  private func options(_ arguments: [String]) throws -> ConfirmationOptions { try ConfirmationOptions.parse(arguments) }

  @Test func `a script confirms with the end of the digest and with nothing else`() throws {
    let confirmation = Confirmation(what: "promotion", digest: digest)
    try confirmation.require(options(["--yes", "--confirm", digest.lastSix]), session)
    try confirmation.require(options(["--yes", "--confirm", digest.lastSix.uppercased()]), session)
    for other in ["", "000000", String(digest.hex.prefix(6)), digest.hex] {
      let expected = CommandError.wrongConfirmation(what: "promotion", expected: digest.lastSix, typed: other)
      #expect(throws: expected) { try confirmation.require(options(["--yes", "--confirm", other]), session) }
    }
  }

  @Test func `without a terminal and without --yes nothing is waited for`() throws {
    #expect(throws: CommandError.confirmationNeeded(what: "promotion", digest: digest.hex)) {
      try Confirmation(what: "promotion", digest: digest).require(options([]), session)
    }
    #expect(throws: (any Error).self) { try options(["--yes"]) }
    #expect(throws: (any Error).self) { try options(["--confirm", "abcdef"]) }
  }
}
