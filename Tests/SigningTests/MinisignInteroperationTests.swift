import Signing
import Testing

@Suite("the real minisign program agrees with us") struct MinisignInteroperationTests {
  private let message = Array("a bundle manifest\nin two lines\n".utf8)

  @Test func `it verifies what we sign, with the trusted comment`() throws {
    let folder = try TestFolder()
    let signer = Signer(try SecretKey.generate())
    try folder.write(message, to: "bundle.json")
    try folder.write(signer.publicKey.minisignText, to: "release.pub")
    let comment = "plugin:io.github.acme/time version:2026.10.19 platform:linux-x86_64"
    try folder.write(try signer.minisign(message, trustedComment: comment).text, to: "bundle.json.minisig")
    let outcome = try MinisignProgram(folder: folder).run(["-Vm", "bundle.json", "-p", "release.pub"])
    #expect(outcome.status == 0, "\(outcome.output)")
    #expect(outcome.output.contains("Trusted comment: \(comment)"))
    let inline = try MinisignProgram(folder: folder).run(["-Vm", "bundle.json", "-P", signer.publicKey.base64])
    #expect(inline.status == 0, "\(inline.output)")
  }

  @Test func `it refuses what we signed and somebody changed`() throws {
    let folder = try TestFolder()
    let signer = Signer(try SecretKey.generate())
    let signature = try signer.minisign(message, trustedComment: "version:1")
    try folder.write(message + [0], to: "bundle.json")
    try folder.write(signer.publicKey.minisignText, to: "release.pub")
    try folder.write(signature.text, to: "bundle.json.minisig")
    let program = MinisignProgram(folder: folder)
    #expect(try program.run(["-Vm", "bundle.json", "-p", "release.pub"]).status != 0)
    try folder.write(message, to: "bundle.json")
    #expect(try program.run(["-Vm", "bundle.json", "-p", "release.pub"]).status == 0)
    let forged = signature.text.replacing("version:1", with: "version:2")
    try folder.write(forged, to: "bundle.json.minisig")
    #expect(try program.run(["-Vm", "bundle.json", "-p", "release.pub"]).status != 0)
  }

  @Test("we verify what it signs", arguments: [[], ["-H"], ["-l"]])
  func theirs(options: [String]) throws {
    let folder = try TestFolder()
    let program = MinisignProgram(folder: folder)
    try #require(try program.run(["-G", "-W", "-p", "a.pub", "-s", "a.key"]).status == 0)
    try folder.write(message, to: "file")
    let signed = try program.run(["-S", "-s", "a.key", "-m", "file", "-t", "time 2026.10.19"] + options)
    try #require(signed.status == 0, "\(signed.output)")
    let key = try PublicKey(minisign: try folder.text("a.pub"))
    let signature = try MinisignSignature(text: try folder.text("file.minisig"))
    #expect(signature.algorithm == (options == ["-l"] ? .legacy : .prehashed))
    #expect(try signature.verify(message, by: [key]) == key)
    #expect(signature.trustedComment == "time 2026.10.19")
    #expect(throws: SignatureError.badSignature(key: key.keyNumberHex)) {
      try signature.verify(Array(message.dropLast()), by: [key])
    }
    // The text is kept to the byte.
    #expect(signature.text == (try folder.text("file.minisig")))
  }

  @Test func `we read its unencrypted keys, and its public keys are spelt as ours`() throws {
    let folder = try TestFolder()
    try #require(try MinisignProgram(folder: folder).run(["-G", "-W", "-p", "a.pub", "-s", "a.key"]).status == 0)
    let text = try folder.text("a.key")
    #expect(try !KeyFile.isEncrypted(text))
    let key = try KeyFile.decrypt(text, passphrase: nil)
    let publicText = try folder.text("a.pub")
    let read = try PublicKey(minisign: publicText)
    #expect(key.publicKey == read)
    #expect(read.minisignText == publicText)
    #expect(try PublicKey(minisign: read.base64) == read)
  }

  @Test func `we read its encrypted keys`() throws {
    let folder = try TestFolder()
    let made = try MinisignProgram(folder: folder).run(
      ["-G", "-p", "a.pub", "-s", "a.key"], input: "correct horse\ncorrect horse\n")
    try #require(made.status == 0, "\(made.output)")
    let text = try folder.text("a.key")
    #expect(try KeyFile.isEncrypted(text))
    let key = try KeyFile.decrypt(text, passphrase: try secret("correct horse"))
    let expected = try PublicKey(minisign: try folder.text("a.pub"))
    #expect(key.publicKey == expected)
    #expect(throws: KeyError.passphraseNeeded) { _ = try KeyFile.decrypt(text, passphrase: nil) }
  }

  @Test("it signs with keys that we write", arguments: [nil, "correct horse"])
  func ours(passphrase: String?) throws {
    let folder = try TestFolder()
    let key = try SecretKey.generate()
    let text: String
    if let passphrase {
      text = try KeyFile.encrypt(key, passphrase: try secret(passphrase), cost: .light)
    } else {
      text = try KeyFile.encrypt(key, passphrase: nil)
    }
    try folder.write(text, to: "ours.key")
    try folder.write(message, to: "file")
    let program = MinisignProgram(folder: folder)
    let signed = try program.run(
      ["-S", "-s", "ours.key", "-m", "file", "-t", "by the program"], input: passphrase.map { $0 + "\n" } ?? "")
    try #require(signed.status == 0, "\(signed.output)")
    let publicKey = key.publicKey
    let signature = try MinisignSignature(text: try folder.text("file.minisig"))
    #expect(try signature.verify(message, by: [publicKey]) == publicKey)
    let again = try program.run(["-R", "-s", "ours.key", "-p", "again.pub"], input: passphrase.map { $0 + "\n" } ?? "")
    try #require(again.status == 0, "\(again.output)")
    #expect(try PublicKey(minisign: try folder.text("again.pub")) == publicKey)
  }
}
