import StrictJSON
import TUF
import Testing

@Suite("RSA keys")
struct RSAKeyTests {
  private func key(_ pem: String, scheme: String = "rsassa-pss-sha256") throws -> MetadataKey {
    try MetadataKey(
      json: ["keytype": "rsa", "scheme": .string(scheme), "keyval": ["public": .string(pem)]], role: .timestamp)
  }

  /// A file over the vectors' message.
  private func file(_ signatures: [(MetadataKey, String)], message: String = RSAVectors.message) throws
    -> SignedEnvelope
  {
    let listed = signatures.map { JSON.object(["keyid": .string($0.0.keyID), "sig": .string($0.1)]) }
    let text =
      #"{"signatures":\#(String(decoding: JSON.array(listed).serialized(), as: UTF8.self)),"signed":\#(message)}"#
    return try SignedEnvelope(Array(text.utf8), role: .timestamp)
  }

  private func isValid(_ pem: String, _ signature: String, message: String = RSAVectors.message) throws -> Bool {
    let key = try key(pem)
    let authority = try Authority(keys: [key], threshold: 1)
    do {
      try file([(key, signature)], message: message).verify(by: authority)
      return true
    } catch TUFError.noValidSignature {
      return false
    }
  }

  @Test(
    "what OpenSSL and securesystemslib signed is valid",
    arguments: [
      (RSAVectors.key2048, RSAVectors.signature2048), (RSAVectors.key3072, RSAVectors.signature3072),
      (RSAVectors.key8192, RSAVectors.signature8192), (RSAVectors.key2048PKCS1, RSAVectors.signature2048),
      (RSAVectors.key2048, RSAVectors.signature2048.uppercased()),
    ])
  func valid(pem: String, signature: String) throws {
    #expect(try isValid(pem, signature))
    #expect(try !isValid(pem, signature, message: RSAVectors.message.replacing("1", with: "2")))
  }

  @Test(
    "another salt, padding or digest, and what is no signature, are not",
    arguments: [
      RSAVectors.longSalt, RSAVectors.noSalt, RSAVectors.pkcs1, RSAVectors.sha512, RSAVectors.signature3072, "", "00",
      String(RSAVectors.signature2048.dropLast(2)), RSAVectors.signature2048 + "00", "00" + RSAVectors.signature2048,
      String(repeating: "0", count: 512), String(repeating: "f", count: 512), String(repeating: "f", count: 2_050),
    ])
  func invalid(signature: String) throws {
    #expect(try !isValid(RSAVectors.key2048, signature))
  }

  @Test func `keys below 2048 bits and above 8192 verify nothing`() throws {
    for (pem, signature) in [
      (RSAVectors.key2040, RSAVectors.signature2040), (RSAVectors.key8200, RSAVectors.signature8200),
    ] {
      let weak = try key(pem)
      #expect(!weak.isUsable)
      let good = try key(RSAVectors.key2048)
      let file = try file([(weak, signature)])
      #expect(throws: TUFError.noValidSignature(role: .timestamp, needed: 1)) {
        try file.verify(by: try listed([weak, good], threshold: 1))
      }
    }
    #expect(try key(RSAVectors.key8192).isUsable)
  }

  @Test func `only RSA-PSS over SHA-256 is known`() throws {
    for scheme in ["rsa-pkcs1v15-sha256", "rsassa-pss-sha512", "rsassa-pss-sha1", ""] {
      #expect(try !key(RSAVectors.key2048, scheme: scheme).isUsable)
    }
  }

  @Test func `one key in several spellings counts once`() throws {
    let spellings = try [
      RSAVectors.key2048, RSAVectors.key2048PKCS1, RSAVectors.key2048 + "\n",
      RSAVectors.key2048.replacing("\n", with: "\r\n"),
    ].map { try key($0) }
    #expect(Set(spellings.map(\.keyID)).count == spellings.count)
    #expect(spellings.prefix(3).allSatisfy { $0.isUsable })
    let authority = try listed(spellings, threshold: 2)
    let file = try file(spellings.map { ($0, RSAVectors.signature2048) })
    #expect(throws: TUFError.threshold(role: .timestamp, needed: 2, valid: 1)) { try file.verify(by: authority) }
  }

  /// An authority as foreign metadata may list it, unusable and repeated keys included.
  private func listed(_ keys: [MetadataKey], threshold: Int) throws -> Authority {
    var repository = try SimulatedRepository()
    let test = keys.map { TestKey(key: $0) { _ in [] } }
    try repository.setKeys(test, of: "timestamp", threshold: threshold)
    let signed = try #require(repository.parts["root"])
    return try #require(try RootMetadata(signed: signed).authority(of: .timestamp))
  }
}
