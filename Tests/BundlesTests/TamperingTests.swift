import Bundles
import Platform
import Releases
import Signing
import SystemPackage
import TestSupport
import Testing

/// Bundles that were changed, cut or signed by somebody else.
@Suite struct TamperingTests {
  let bench: Workbench

  init() throws { bench = try Workbench() }

  @Test func `an honest bundle is believed`() throws {
    let bundle = try bench.packSample()
    let report = try BundleVerifier.verify(bundle.path, keys: [bench.key], files: bench.files)
    #expect(report.manifest == bundle.manifest)
    #expect(report.signer == bench.key && report.fileSigner == bench.key)
    #expect(report.bundleLength == bundle.length && report.isContentChecked)
    let glance = try BundleInspector.inspect(bundle.path, keys: [bench.key], files: bench.files)
    #expect(glance.manifest == bundle.manifest && !glance.isContentChecked)
  }

  @Test("any flipped bit is refused", arguments: 0..<64 as Range<UInt64>)
  func flipped(seed: UInt64) throws {
    var random = SplitMix64(seed: seed)
    let bundle = try bench.packSample()
    var bytes = try bench.files.readAll(bundle.path, limit: 1 << 20)
    let position = Int.random(in: 0..<bytes.count, using: &random)
    bytes[position] ^= 1 << UInt8.random(in: 0..<8, using: &random)
    // As it travels: the whole-file signature refuses it before anything is unpacked.
    let name = "out/" + (bundle.path.lastComponent?.string ?? "")
    try bench.scratch.write(bytes, to: name)
    guard case .signature(_, .badSignature) = try bench.verdict(bundle.path) else {
      Issue.record("byte \(position) was not noticed")
      return
    }
    // Even where somebody signed the damaged file as a whole, the inner checks refuse it.
    let forged = try bench.sign(forged: bytes, comment: bundle.manifest.trustedComment)
    #expect(try bench.verdict(forged) != nil, "byte \(position)")
  }

  @Test("a bundle that is cut anywhere is refused", arguments: 0..<32 as Range<UInt64>)
  func cut(seed: UInt64) throws {
    var random = SplitMix64(seed: seed)
    let bytes = try bench.files.readAll(try bench.packSample().path, limit: 1 << 20)
    let kept = seed == 0 ? bytes.count - 1 : Int.random(in: 0..<bytes.count, using: &random)
    let forged = try bench.sign(forged: Array(bytes.prefix(kept)))
    let error = try bench.verdict(forged)
    switch error {
    case .truncated, .compression: break
    default: Issue.record("cut to \(kept) bytes: \(String(describing: error))")
    }
  }

  @Test(arguments: [[UInt8(0)], Array("more".utf8), [0x28, 0xb5, 0x2f, 0xfd], [0x50, 0x2a, 0x4d, 0x18, 0, 0, 0, 0]])
  func `a bundle that goes on behind its end is refused`(extra: [UInt8]) throws {
    let bytes = try bench.files.readAll(try bench.packSample().path, limit: 1 << 20)
    #expect(try bench.verdict(try bench.sign(forged: bytes + extra)) == .trailingData)
    #expect(try bench.verdict(try bench.sign(forged: bytes + bytes)) == .trailingData)
  }

  @Test func `a bundle without a signature is refused`() throws {
    let bundle = try bench.packSample()
    try bench.files.remove(bundle.signaturePath)
    #expect(try bench.verdict(bundle.path) == .unsigned(bundle.path))
  }

  @Test func `nothing is looked at without a key`() throws {
    let bundle = try bench.packSample()
    #expect(try bench.verdict(bundle.path, keys: []) == .noKey(bundle.path))
    #expect(throws: BundleError.noKey(bundle.path)) {
      try BundleInspector.inspect(bundle.path, keys: [], files: bench.files)
    }
  }

  @Test func `another key is refused`() throws {
    let bundle = try bench.packSample()
    let other = try SecretKey.generate().publicKey
    let error = try bench.verdict(bundle.path, keys: [other])
    #expect(
      error
        == .signature(
          what: bundle.path.string, .unknownKey(offered: bench.key.keyNumberHex, trusted: [other.keyNumberHex])))
    #expect(try bench.verdict(bundle.path, keys: [other, bench.key]) == nil)
  }

  @Test func `another key under the same number is refused`() throws {
    let bundle = try bench.packSample()
    let twin = try PublicKey(keyNumber: bench.key.keyNumber, bytes: try SecretKey.generate().publicKey.bytes)
    #expect(
      try bench.verdict(bundle.path, keys: [twin])
        == .signature(what: bundle.path.string, .badSignature(key: bench.key.keyNumberHex)))
  }

  @Test func `an inner signature by another key is refused`() throws {
    let other = Signer(try SecretKey.generate())
    let bundle = try BundlePacker(files: bench.files).pack(try bench.source(), into: bench.output, by: other)
    let bytes = try bench.files.readAll(bundle.path, limit: 1 << 20)
    let forged = try bench.sign(forged: bytes)
    guard case .signature("bundle.json", .unknownKey) = try bench.verdict(forged) else {
      Issue.record("the inner signature was not checked")
      return
    }
  }

  @Test func `a signature that speaks of another release is refused`() throws {
    let bytes = try bench.files.readAll(try bench.packSample().path, limit: 1 << 20)
    let comment = "plugin:io.github.acme/time version:9.0.0 platform:any"
    let forged = try bench.sign(forged: bytes, comment: comment)
    #expect(
      try bench.verdict(forged)
        == .wrongTrustedComment(what: forged.string, offered: comment, expected: Workbench.comment))
  }

  @Test func `metadata decides on length and digest`() throws {
    let bundle = try bench.packSample()
    let checked = try CheckedFile.check(
      bundle.path, length: bundle.length, sha256: bundle.sha256, files: bench.files)
    #expect(try BundleVerifier.verify(checked, keys: [bench.key]).fileSigner == nil)
    #expect(throws: BundleError.wrongLength(bundle.path, offered: bundle.length, expected: bundle.length - 1)) {
      try CheckedFile.check(bundle.path, length: bundle.length - 1, sha256: bundle.sha256, files: bench.files)
    }
    let other = SHA256Digest.of([1])
    #expect(throws: BundleError.wrongDigest(bundle.path, offered: bundle.sha256, expected: other)) {
      try CheckedFile.check(bundle.path, length: bundle.length, sha256: other, files: bench.files)
    }
  }

  @Test func `a file that is put in the place of a checked one is not read`() throws {
    let bundle = try bench.packSample()
    let checked = try CheckedFile.check(bundle.path, keys: [bench.key], files: bench.files)
    try bench.files.write(Array("something else".utf8), atomicallyTo: bundle.path, mode: 0o644)
    #expect(try BundleVerifier.verify(checked, keys: [bench.key]).manifest == bundle.manifest)
  }
}
