import Bundles
import Platform
import Releases
import Signing
import SystemPackage
import TestSupport
import Testing

/// How a bundle is handed out.
@Suite struct ReadingTests {
  let bench: Workbench

  init() throws { bench = try Workbench() }

  private func reader(_ bundle: PackedBundle) throws -> BundleReader {
    let file = try CheckedFile.check(bundle.path, length: bundle.length, sha256: bundle.sha256, files: bench.files)
    return try BundleReader(file, keys: [bench.key])
  }

  /// A plugin with a file that spans many chunks, which do not fall on the borders of any buffer.
  private func packLarge() throws -> (PackedBundle, [UInt8]) {
    var random = SplitMix64(seed: 1)
    let large = (0..<1_000_003).map { _ in UInt8.random(in: 0...15, using: &random) }
    let source = try bench.source()
    try bench.scratch.write(large, to: "source/server/large.bin")
    return (try bench.pack(source), large)
  }

  @Test func `parts come in manifest order, bounded, with their ends marked`() throws {
    let (bundle, large) = try packLarge()
    let reader = try reader(bundle)
    var contents = [[UInt8]](repeating: [], count: reader.manifest.entries.count)
    var open: Int?
    var last = -1
    try reader.read { part in
      #expect(part.isFirst == (open == nil))
      #expect(part.index == open ?? last + 1)
      #expect(part.bytes.count <= BundleLimits.chunkBytes)
      contents[part.index] += part.bytes
      open = part.isLast ? nil : part.index
      last = part.index
    }
    #expect(open == nil && last == contents.count - 1)
    for (entry, content) in zip(reader.manifest.entries, contents) {
      if entry.path == "server/large.bin" { #expect(content == large) }
      if let digest = entry.sha256 { #expect(SHA256Digest.of(content) == digest, "\(entry.path)") }
    }
  }

  @Test func `content that nobody takes is passed over`() throws {
    let reader = try reader(try packLarge().0)
    var paths: [String] = []
    while let entry = try reader.nextEntry() {
      paths.append(entry.path)
      if entry.path == "server/large.bin" { #expect(try reader.nextChunk()?.count == BundleLimits.chunkBytes) }
    }
    #expect(paths == reader.manifest.entries.map(\.path))
    #expect(try reader.nextChunk() == nil)
  }

  @Test func `entries can be pulled one by one`() throws {
    let (bundle, _) = try packLarge()
    var total: Int64 = 0
    try reader(bundle).forEachEntry { entry, nextChunk in
      var size: Int64 = 0
      while let chunk = try nextChunk() { size += Int64(chunk.count) }
      #expect(size == entry.size)
      total += size
    }
    #expect(total == bundle.manifest.totalSize)
  }

  @Test func `the signed bytes of the manifest are handed on as they are`() throws {
    let signed = try reader(try bench.packSample()).signed
    let again = try SignedManifest(json: signed.json, signature: signed.signature, keys: [bench.key])
    #expect(again.manifest == signed.manifest && again.signer == bench.key)
    var changed = signed.json
    changed[changed.count / 2] ^= 1
    #expect(throws: BundleError.self) {
      try SignedManifest(json: changed, signature: signed.signature, keys: [bench.key])
    }
  }

  @Test func `an error of the visitor ends the reading`() throws {
    struct Enough: Error {}
    let reader = try reader(try bench.packSample())
    #expect(throws: Enough.self) { try reader.read { _ in throw Enough() } }
  }

  @Test func `the digest of a file is that of its bytes`() throws {
    var random = SplitMix64(seed: 2)
    for count in [0, 1, BundleLimits.chunkBytes, BundleLimits.chunkBytes + 1, 600_000] {
      let bytes = (0..<count).map { _ in UInt8.random(in: 0...255, using: &random) }
      let path = try bench.scratch.write(bytes, to: "file")
      let digest = try FileDigest.compute(path, files: bench.files)
      #expect(digest.length == Int64(count) && digest.sha256 == SHA256Digest.of(bytes))
    }
  }
}
