import Signing
import TestSupport
import Testing

@Suite("forged and damaged signatures") struct MinisignSignatureTests {
  private let message = Array("content".utf8)

  private func signed() throws -> (MinisignSignature, PublicKey) {
    let signer = Signer(try SecretKey.generate())
    return (try signer.minisign(message, trustedComment: "version:1"), signer.publicKey)
  }

  @Test func `a signature survives its text`() throws {
    let (signature, key) = try signed()
    let read = try MinisignSignature(text: signature.text)
    #expect(read == signature)
    #expect(read.trustedComment == "version:1")
    #expect(read.untrustedComment == Minisign.defaultComment)
    #expect(read.keyNumberHex == key.keyNumberHex)
    #expect(try MinisignSignature(text: signature.text.replacing("\n", with: "\r\n")) == signature)
  }

  @Test("any flipped bit is rejected", arguments: 0..<48 as Range<UInt64>)
  func flipped(seed: UInt64) throws {
    var random = SplitMix64(seed: seed)
    let (signature, key) = try signed()
    var bytes = Array(signature.text.utf8)
    // The untrusted comment is what its name says.
    let start = try #require(bytes.firstIndex(of: UInt8(ascii: "\n"))) + 1
    let place = Int.random(in: start..<(bytes.count - 1), using: &random)
    bytes[place] ^= 1 << UInt8.random(in: 0..<8, using: &random)
    let text = String(decoding: bytes, as: UTF8.self)
    #expect(throws: SignatureError.self) {
      try MinisignSignature(text: text).verify(message, by: [key])
    }
  }

  @Test func `a message that arrives in pieces has the same signature`() throws {
    let signer = Signer(try SecretKey.generate())
    let long = (0..<100_000).map { UInt8(truncatingIfNeeded: $0 &* 7) }
    let signature = try signer.minisign(long, trustedComment: "")
    var hasher = Minisign.Hasher()
    for start in stride(from: 0, to: long.count, by: 4097) {
      hasher.update(Array(long[start..<min(start + 4097, long.count)]))
    }
    #expect(try signature.verify(hasher.finalize(), by: [signer.publicKey]) == signer.publicKey)
  }

  @Test func `another key is refused, also under the same number`() throws {
    let (signature, key) = try signed()
    let other = try SecretKey.generate().publicKey
    #expect(throws: SignatureError.unknownKey(offered: key.keyNumberHex, trusted: [other.keyNumberHex])) {
      try signature.verify(message, by: [other])
    }
    let namesake = try PublicKey(keyNumber: key.keyNumber, bytes: other.bytes)
    #expect(throws: SignatureError.badSignature(key: key.keyNumberHex)) {
      try signature.verify(message, by: [namesake])
    }
    #expect(try signature.verify(message, by: [namesake, other, key]) == key)
    #expect(throws: SignatureError.unknownKey(offered: key.keyNumberHex, trusted: [])) {
      try signature.verify(message, by: [])
    }
  }

  @Test func `a key without a number can have made any signature, and only its own`() throws {
    let (signature, key) = try signed()
    let bare = try PublicKey(unnumbered: key.bytes)
    #expect(try signature.verify(message, by: [bare]) == bare)
    let other = try PublicKey(unnumbered: try SecretKey.generate().publicKey.bytes)
    #expect(throws: SignatureError.badSignature(key: key.keyNumberHex)) {
      try signature.verify(message, by: [other])
    }
  }

  @Test func `a changed trusted comment has its own error`() throws {
    let (signature, key) = try signed()
    let forged = try MinisignSignature(text: signature.text.replacing("version:1", with: "version:2"))
    #expect(throws: SignatureError.badTrustedComment(key: key.keyNumberHex)) {
      try forged.verify(message, by: [key])
    }
  }

  @Test func `the signature of one file does not carry the comment of another`() throws {
    let signer = Signer(try SecretKey.generate())
    let one = try signer.minisign(message, trustedComment: "version:1")
    let other = try signer.minisign([1], trustedComment: "version:2")
    let mixed = (one.text.split(separator: "\n").prefix(2) + other.text.split(separator: "\n").suffix(2))
      .joined(separator: "\n")
    #expect(throws: SignatureError.badTrustedComment(key: one.keyNumberHex)) {
      try MinisignSignature(text: mixed).verify(message, by: [signer.publicKey])
    }
  }

  @Test func `each malformed text has its own error`() throws {
    let lines = try signed().0.text.split(separator: "\n").map(String.init)
    let blob = try #require(Base64.decode(lines[1]))
    let cases: [([String], SignatureError)] = [
      ([], .wrongLineCount(offered: 0, needed: 4)),
      (Array(lines[..<3]), .wrongLineCount(offered: 3, needed: 4)),
      (lines + ["more"], .wrongLineCount(offered: 5, needed: 4)),
      (["comment: x"] + lines[1...], .missingUntrustedComment),
      ([lines[0], lines[1], "comment: x", lines[3]], .missingTrustedComment),
      ([lines[0], "not base64!", lines[2], lines[3]], .notBase64(line: 2)),
      ([lines[0], lines[1], lines[2], "RWQ"], .notBase64(line: 4)),
      (
        [lines[0], Base64.encode(Array(blob.dropLast())), lines[2], lines[3]],
        .wrongLength(line: 2, offered: 73, needed: 74)
      ),
      ([lines[0], lines[1], lines[2], Base64.encode([1, 2, 3])], .wrongLength(line: 4, offered: 3, needed: 64)),
      (
        [lines[0], Base64.encode(Array("XX".utf8) + blob[2...]), lines[2], lines[3]],
        .unknownAlgorithm(Array("XX".utf8))
      ),
    ]
    for (text, expected) in cases {
      #expect(throws: expected) { _ = try MinisignSignature(text: text.joined(separator: "\n")) }
    }
    let long = String(repeating: "x", count: MinisignSignature.maxTextBytes + 1)
    #expect(throws: SignatureError.tooLong(offered: long.utf8.count, limit: MinisignSignature.maxTextBytes)) {
      _ = try MinisignSignature(text: long)
    }
  }

  @Test func `comments that cannot stand on one line are not signed`() throws {
    let signer = Signer(try SecretKey.generate())
    for comment in ["a\nb", "a\rb", "a\u{0}b", String(repeating: "x", count: 8192)] {
      #expect(throws: KeyError.badComment(comment)) { try signer.minisign(message, trustedComment: comment) }
    }
    #expect(throws: KeyError.badComment("a\nb")) {
      try signer.minisign(message, trustedComment: "", untrustedComment: "a\nb")
    }
  }

  @Test func `many tasks sign with one signer`() async throws {
    let signer = Signer(try SecretKey.generate())
    try await withThrowingTaskGroup(of: Bool.self) { group in
      for number in 0..<64 as Range<UInt8> {
        group.addTask {
          let signature = try signer.sign([number])
          return signer.publicKey.isValid(signature: signature, for: [number])
        }
      }
      for try await isValid in group { #expect(isValid) }
    }
  }

  @Test func `every error says whose fault it is and what happened`() {
    let errors: [SignatureError] = [
      .tooLong(offered: 2, limit: 1), .unknownKey(offered: "A", trusted: ["B"]), .badSignature(key: "A"),
      .badTrustedComment(key: "A"), .needsWholeMessage, .unknownAlgorithm([1]),
    ]
    for error in errors {
      #expect(error.blame == .repository)
      #expect(!error.description.isEmpty && !error.description.hasSuffix("."))
      #expect(error.help?.isEmpty == false)
    }
  }
}
