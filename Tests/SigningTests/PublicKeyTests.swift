import Signing
import Testing

@Suite("public keys") struct PublicKeyTests {
  /// RFC 8032 section 7.1, tests 1 to 3: public key, message, signature.
  static let vectors = [
    (
      "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a", "",
      "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46b"
        + "d25bf5f0595bbe24655141438e7a100b"
    ),
    (
      "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c", "72",
      "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c"
        + "387b2eaeb4302aeeb00d291612bb0c00"
    ),
    (
      "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025", "af82",
      "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac18ff9b538d16f290ae67f760984dc659"
        + "4a7c15e9716ed28dc027beceea1ec40a"
    ),
  ]

  @Test("RFC 8032 test vectors verify", arguments: vectors)
  func vector(key: String, message: String, signature: String) throws {
    let bytes = try #require(Hex.decode(key))
    let content = try #require(Hex.decode(message))
    var signed = try #require(Hex.decode(signature))
    let publicKey = try PublicKey(keyNumber: Array(0..<8), bytes: bytes)
    #expect(publicKey.isValid(signature: signed, for: content))
    #expect(!publicKey.isValid(signature: signed, for: content + [0]))
    #expect(!publicKey.isValid(signature: Array(signed.dropLast()), for: content))
    signed[5] ^= 1
    #expect(!publicKey.isValid(signature: signed, for: content))
  }

  @Test func `a key of small order verifies nothing`() {
    let signature = [1] + [UInt8](repeating: 0, count: 63)
    #expect(!Ed25519.isValid(signature: signature, message: [1], publicKey: [1] + [UInt8](repeating: 0, count: 31)))
  }

  @Test func `the key number is printed as minisign prints it`() throws {
    let key = try PublicKey(keyNumber: [0x0b, 0xc5, 0xe4, 0xa4, 0x8f, 0xfe, 0x46, 0x31], bytes: Array(0..<32))
    #expect(key.keyNumberHex == "3146FE8FA4E4C50B")
    #expect(key.base64.hasPrefix("RW"))
    #expect(key.description == key.base64)
  }

  @Test func `each malformed key has its own error`() throws {
    let key = try SecretKey.generate().publicKey
    let blob = try #require(Base64.decode(key.base64))
    let cases: [(String, KeyError)] = [
      ("", .wrongLineCount(offered: 0, needed: 2)),
      ("a\nb\nc", .wrongLineCount(offered: 3, needed: 2)),
      ("comment\n" + key.base64, .missingComment),
      ("RW!", .notBase64),
      (Base64.encode(Array(blob.dropLast())), .wrongLength(what: "public key file", offered: 41, needed: 42)),
      (Base64.encode(Array("XX".utf8) + blob[2...]), .unknownAlgorithm(Array("XX".utf8))),
      (String(repeating: "x", count: 4097), .tooLong(offered: 4097, limit: 4096)),
    ]
    for (text, expected) in cases {
      #expect(throws: expected) { _ = try PublicKey(minisign: text) }
    }
    #expect(throws: KeyError.wrongLength(what: "key number", offered: 7, needed: 8)) {
      _ = try PublicKey(keyNumber: Array(0..<7), bytes: Array(0..<32))
    }
    #expect(throws: KeyError.wrongLength(what: "public key", offered: 31, needed: 32)) {
      _ = try PublicKey(keyNumber: Array(0..<8), bytes: Array(0..<31))
    }
  }

  @Test func `every key error has a sentence and somebody to act`() {
    let errors: [KeyError] = [
      .wrongLength(what: "key", offered: 1, needed: 2), .tooLong(offered: 2, limit: 1),
      .wrongLineCount(offered: 1, needed: 2), .missingComment, .badComment("x"), .notBase64, .unknownAlgorithm([1]),
      .unknownKeyDerivation([1]), .unknownChecksum([1]),
      .costTooHigh(operations: 2, memory: 2, maxOperations: 1, maxMemory: 1), .passphraseNeeded, .wrongPassphrase,
      .damaged, .noMemory(bytes: 1), .libraryFailed, .faultySignature,
    ]
    #expect(Set(errors.map(\.description)).count == errors.count)
    #expect(errors.allSatisfy { !$0.description.hasSuffix(".") })
    #expect(errors.filter { $0.blame == .machine } == [.noMemory(bytes: 1), .libraryFailed, .faultySignature])
  }
}
