package import Platform
package import Releases
package import Signing
package import SystemPackage

/// Reads a delta whose bytes were checked as a whole, and makes the new tree's content from it and the old tree.
///
/// Used by one thread, once, from front to end. Memory is bounded by ``DeltaLimits`` whatever the delta claims.
package final class DeltaReader {
  /// The manifest of the new tree, its signature checked.
  package let signed: SignedManifest

  private let description: DeltaDescription
  private let needs: DeltaNeeds
  private let old: TreeContents
  /// The large old files that were compared with their digests.
  private var checked: Set<Int> = []
  private var stream: BundleStream
  private var nextFrame = 0

  /// Opens a checked delta, and believes the manifest in it if one of the keys signed it.
  ///
  /// Throws a `BundleError`: what the file is instead of a delta for this tree, or why its signature is refused.
  package init(
    _ file: CheckedFile, from old: DeltaTree, keys: [PublicKey], files: any FileSystem
  ) throws(BundleError) {
    guard !keys.isEmpty else { throw .noKey(file.path) }
    var stream = try BundleStream.open(file, windowLog: DeltaLimits.windowLog)
    let description = try DeltaDescription(
      json: try stream.takeEntry(DeltaPart.description, limit: DeltaLimits.maxDescriptionBytes))
    let base = SHA256Digest.of(old.signed.json)
    guard description.from == base else { throw .wrongBase(offered: base, expected: description.from) }
    let size = description.manifestSize
    let frame = try stream.takeEntry(DeltaPart.manifest, limit: DeltaLimits.maxFrameBytes(Int64(size)))
    let json = try ZstdPatch.decompress(frame, prefix: old.signed.json, size: size)
    let signature = try stream.takeEntry(BundlePart.signatureName, limit: MinisignSignature.maxTextBytes)
    let signed = try SignedManifest(json: json, signature: signature, keys: keys)
    if case .signature(_, let comment) = file.proof {
      let expected = signed.manifest.trustedComment
      guard comment == expected else {
        throw .wrongTrustedComment(what: file.path.string, offered: comment, expected: expected)
      }
    }
    self.signed = signed
    self.description = description
    self.stream = stream
    self.old = TreeContents(old, files: files, isInstalled: true)
    needs = DeltaNeeds(from: self.old.entries, to: signed.manifest.entries)
    try DeltaCheck.run(description.frames, needs, old: self.old.entries, new: signed.manifest.entries)
  }

  /// The folder of the old tree.
  package var oldFolder: FilePath { old.folder }

  /// What the old tree holds.
  package var oldEntries: [TreeEntry] { old.entries }

  /// The file of the old tree with the content of this new entry, and whether it has the same mode; nil when the
  /// content comes with the delta, or there is none.
  package func kept(_ entry: TreeEntry) -> (path: FilePath, hasSameMode: Bool)? {
    guard let index = needs.keptEntry(for: entry) else { return nil }
    return (old.path(of: index), old.entries[index].isExecutable == entry.isExecutable)
  }

  /// Hands over each file whose content comes with the delta, with a function that gives it piece by piece.
  ///
  /// Of entries with the same content and mode only the first one comes. When it returns, the delta was complete and
  /// properly ended. Throws `BundleError`, and whatever the body throws.
  package func forEachFile(_ body: (TreeEntry, () throws -> [UInt8]?) throws -> Void) throws {
    while nextFrame < description.frames.count {
      let frame = description.frames[nextFrame]
      if frame.part == nil {
        try takeBatch(frame, body)
      } else {
        try takeLarge(entry(frame.files[0]), body)
      }
    }
    try stream.expect(TarHeader.end, "the end of the tar")
    try stream.expectEnd()
  }

  private func takeBatch(
    _ frame: DeltaFrame, _ body: (TreeEntry, () throws -> [UInt8]?) throws -> Void
  ) throws {
    let content = try takeFrame()
    var end = 0
    for file in frame.files {
      let entry = entry(file)
      var position = end
      end += Int(entry.size)
      let last = end
      try body(entry) {
        guard position < last else { return nil }
        // One piece as long as that is no burden, so that nobody has to put it together again.
        let upTo = last - position <= 4 * BundleLimits.chunkBytes ? last : position + BundleLimits.chunkBytes
        defer { position = upTo }
        return Array(content[position..<upTo])
      }
    }
  }

  private func takeLarge(
    _ entry: TreeEntry, _ body: (TreeEntry, () throws -> [UInt8]?) throws -> Void
  ) throws {
    var content: [UInt8] = []
    var position = 0
    var rest = entry.size
    let next: () throws -> [UInt8]? = { [self] in
      if position == content.count {
        guard rest > 0 else { return nil }
        content = []
        content = try takeFrame()
        position = 0
        rest -= Int64(content.count)
      }
      let upTo = min(content.count, position + BundleLimits.chunkBytes)
      defer { position = upTo }
      return Array(content[position..<upTo])
    }
    try body(entry, next)
    // Whoever has seen enough of a file still gets the next one in its place.
    while try next() != nil {}
  }

  /// The content of the next frame.
  private func takeFrame() throws(BundleError) -> [UInt8] {
    let frame = description.frames[nextFrame]
    let size = frame.part.map { $0.upperBound - $0.lowerBound } ?? frame.files.reduce(0) { $0 + entry($1).size }
    let compressed = try stream.takeEntry(
      DeltaPart.frame(nextFrame, frame), limit: DeltaLimits.maxFrameBytes(size))
    let prefix = try prefix(frame.sources)
    nextFrame += 1
    return try ZstdPatch.decompress(compressed, prefix: prefix, size: Int(size))
  }

  private func prefix(_ sources: [DeltaFrame.Source]) throws(BundleError) -> [UInt8] {
    for source in sources where source.part != nil && !checked.contains(source.entry) {
      try old.check(source.entry)
      checked.insert(source.entry)
    }
    return try old.prefix(sources)
  }

  private func entry(_ file: Int) -> TreeEntry { signed.manifest.entries[needs.entries[file]] }
}
