package import Releases
package import Signing
internal import SystemPackage

/// Reads a bundle from front to end, once, on one thread, with its signature checked before anything else is believed.
///
/// There is exactly one form that a bundle may have, so the reader does not interpret the tar: it computes each header
/// from the signed manifest and compares. Content is handed out as it comes; **its digests are the caller's to check**,
/// on whatever thread it likes, which is why the reader does not hash.
///
/// ```swift
/// let reader = try BundleReader(checked, keys: keys)
/// try reader.read { part in queue.append(part) }
/// ```
package final class BundleReader {
  /// The manifest, whose signature fits.
  package let signed: SignedManifest
  /// The manifest, whose signature fits.
  package var manifest: BundleManifest { signed.manifest }

  private let entries: [TreeEntry]
  private var stream: BundleStream
  private var next = 0
  private var rest: Int64 = 0
  private var size: Int64 = 0

  /// Opens a checked file, reads `bundle.json` and believes it if one of the keys signed it.
  ///
  /// Throws a `BundleError`: what the file is instead of a bundle, or why its signature is refused.
  package init(_ file: CheckedFile, keys: [PublicKey]) throws(BundleError) {
    guard !keys.isEmpty else { throw .noKey(file.path) }
    var stream = try BundleStream.open(file)
    let json = try stream.takeEntry(BundlePart.manifestName, limit: BundleManifest.maxManifestBytes)
    let signature = try stream.takeEntry(BundlePart.signatureName, limit: MinisignSignature.maxTextBytes)
    let signed = try SignedManifest(json: json, signature: signature, keys: keys)
    if case .signature(_, let comment) = file.proof {
      let expected = signed.manifest.trustedComment
      guard comment == expected else {
        throw .wrongTrustedComment(what: file.path.string, offered: comment, expected: expected)
      }
    }
    self.signed = signed
    self.entries = signed.manifest.entries
    self.stream = stream
  }

  /// Goes on to the next entry, past content that was not taken; nil when the bundle has properly ended.
  ///
  /// Throws `BundleError.unexpectedEntry`, `.truncated`, `.trailingData`, `.compression` or `.file`.
  package func nextEntry() throws(BundleError) -> TreeEntry? {
    while try nextChunk() != nil {}
    guard next < entries.count else {
      try stream.expect(TarHeader.end, "the end of the tar")
      try stream.expectEnd()
      return nil
    }
    let entry = entries[next]
    let header = TarHeader.bytes(path: BundlePart.treePrefix + entry.path, kind: entry.tarKind)
    try stream.expect(header, "the entry “\(entry.path)”")
    next += 1
    size = entry.size
    rest = size
    return entry
  }

  /// The next content of the current entry, at most `BundleLimits.chunkBytes`; nil at its end.
  package func nextChunk() throws(BundleError) -> [UInt8]? {
    guard rest > 0 else { return nil }
    let path = entries[next - 1].path
    let chunk = try stream.take(Int(min(rest, Int64(BundleLimits.chunkBytes))), for: "the end of “\(path)”")
    rest -= Int64(chunk.count)
    if rest == 0 { try stream.expectPadding(after: size, path) }
    return chunk
  }

  /// Hands all that is left to the visitor in manifest order.
  ///
  /// When it returns, the bundle was complete and properly ended. Throws what `nextEntry` throws, and whatever the
  /// visitor throws.
  package func read(into visitor: (BundlePart) throws -> Void) throws {
    while try nextEntry() != nil {
      let index = next - 1
      var isFirst = true
      repeat {
        let bytes = try nextChunk() ?? []
        try visitor(BundlePart(index: index, bytes: bytes, isFirst: isFirst, isLast: rest == 0))
        isFirst = false
      } while rest > 0
    }
  }

  /// Hands each entry to the body together with a function that gives its content piece by piece.
  ///
  /// Throws what `nextEntry` throws, and whatever the body throws.
  package func forEachEntry(_ body: (TreeEntry, () throws -> [UInt8]?) throws -> Void) throws {
    while let entry = try nextEntry() { try body(entry, nextChunk) }
  }
}

extension TreeEntry {
  /// How the entry stands in a tar.
  var tarKind: TarHeader.Kind {
    switch kind {
    case .file(let mode, let size, _): .file(mode: mode, size: size)
    case .symlink(let target): .symlink(target: target)
    case .directory: .directory
    }
  }
}
