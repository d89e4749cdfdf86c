import Foundation
import Signing
import TestSupport
import Testing

@Suite("digests and their texts") struct DigestTests {
  private let abc = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"

  @Test func `SHA-256 of FIPS 180-4`() {
    #expect(SHA256Digest.of(Array("abc".utf8)).hex == abc)
    #expect(
      SHA256Digest.of([]).hex == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855")
  }

  @Test func `pieces and spans give the same digest, and a hasher can go on`() {
    var hasher = SHA256Hasher()
    hasher.update(Array("a".utf8))
    let first = hasher.finalize()
    let rest = Array("bc".utf8)
    unsafe rest.withUnsafeBytes { hasher.update(unsafe $0.bytes) }
    #expect(hasher.finalize().hex == abc)
    #expect(first == SHA256Digest.of(Array("a".utf8)))
  }

  @Test func `SHA-512 of FIPS 180-4`() {
    var hasher = SHA512Hasher()
    hasher.update(Array("abc".utf8))
    #expect(hasher.finalize().hasPrefix("ddaf35a193617abacc417349ae204131"))
    #expect(hasher.finalize().count == 128)
  }

  @Test func `BLAKE2b-512 of RFC 7693`() {
    let digest = Minisign.Digest.of(Array("abc".utf8))
    #expect(Hex.encode(digest.bytes).hasPrefix("ba80a53f981c4d0d6a2797b69f12f6e94c212f14685ac4b74b12bb6fdbffa2d1"))
    #expect(digest.bytes.count == 64)
  }

  @Test func `a digest has one text`() throws {
    let digest = try #require(SHA256Digest(hex: abc))
    #expect(digest.hex == abc && digest.description == abc)
    #expect(digest.lastSix == "0015ad")
    #expect(SHA256Digest(bytes: digest.bytes) == digest)
    for text in ["", String(abc.dropLast()), abc + "0", abc.uppercased(), abc.replacing("b", with: "g"), "é" + abc] {
      #expect(SHA256Digest(hex: text) == nil)
    }
    #expect(SHA256Digest(bytes: Array(0..<31)) == nil)
    #expect(SHA256Digest(bytes: Array(0..<33)) == nil)
  }

  @Test func `digests are ordered by their bytes`() throws {
    var random = SplitMix64(seed: 7)
    let digests = (0..<100).map { _ in SHA256Digest.of((0..<4).map { _ in UInt8.random(in: 0...255, using: &random) }) }
    #expect(digests.sorted().map(\.hex) == digests.map(\.hex).sorted())
  }

  @Test func `a digest is coded as text`() throws {
    let digest = SHA256Digest.of([1])
    let data = try JSONEncoder().encode([digest])
    #expect(String(decoding: data, as: UTF8.self) == "[\"\(digest.hex)\"]")
    #expect(try JSONDecoder().decode([SHA256Digest].self, from: data) == [digest])
    #expect(throws: DecodingError.self) {
      try JSONDecoder().decode([SHA256Digest].self, from: Data("[\"00\"]".utf8))
    }
  }

  @Test("Base64 agrees with Foundation and has one spelling", arguments: 0..<70)
  func base64(count: Int) throws {
    var random = SplitMix64(seed: UInt64(count))
    let bytes = (0..<count).map { _ in UInt8.random(in: 0...255, using: &random) }
    let text = Base64.encode(bytes)
    #expect(text == Data(bytes).base64EncodedString())
    #expect(Base64.decode(text) == bytes)
  }

  @Test(
    "Base64 refuses",
    arguments: ["A", "AA", "AAA", "AB==", "AAB=", "=AAA", "A===", "AA=A", "AAAA\n", "AA-_", "AA==AAAA"])
  func badBase64(text: String) {
    #expect(Base64.decode(text) == nil)
  }

  @Test("hexadecimal refuses", arguments: ["0", "0G", "AB", "0x", " 0"])
  func badHex(text: String) {
    #expect(Hex.decode(text) == nil)
  }

  @Test func `random bytes are as many as asked for and differ`() {
    #expect(RandomBytes.make(32).count == 32)
    #expect(RandomBytes.make(32) != RandomBytes.make(32))
  }

  @Test func `foreign text is shown without its tricks`() {
    #expect(Quoted("plain").description == "“plain”")
    #expect(Quoted("a\u{1b}[31m\n\u{202e}b").description == "“a\u{fffd}[31m\u{fffd}\u{fffd}b”")
    #expect(Quoted(String(repeating: "x", count: 500)).description.count == Quoted.maxLength + 3)
  }
}
