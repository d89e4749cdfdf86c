package import Signing

/// Checks that belong to a whole tree: order, duplicates, collisions, and nothing below what is no folder.
struct TreeCheck {
  private static let slash = UInt8(ascii: "/")
  private let field: String
  private let entries: [TreeEntry]
  /// Each path and each folder above it, by a number drawn from its folded name.
  ///
  /// Numbers instead of names, so that a tree of very many files costs little more than its manifest; two names with
  /// one number are told apart by looking at them.
  private var seen: [Int: Place]

  /// A path of the tree, or the folder that its first bytes name.
  private struct Place {
    let index: Int32
    let length: Int32
    let isListed: Bool
  }

  private init(_ entries: [TreeEntry], field: String) {
    self.entries = entries
    self.field = field
    seen = Dictionary(minimumCapacity: entries.count * 5 / 4)
  }

  /// Checks all entries of a tree; throws the `ReleaseError` for the first that does not fit.
  static func run(_ entries: [TreeEntry], field: String) throws(ReleaseError) {
    var check = TreeCheck(entries, field: field)
    for index in entries.indices { try check.take(index) }
  }

  private mutating func take(_ index: Int) throws(ReleaseError) {
    let path = entries[index].path
    let length = path.utf8.count
    var end = try orderAndSharedFolders(index)
    while let slash = path.utf8.dropFirst(end).firstIndex(of: TreeCheck.slash) {
      end = path.utf8.distance(from: path.startIndex, to: slash)
      try enter(Place(index: Int32(clamping: index), length: Int32(clamping: end), isListed: false))
      end += 1
    }
    try enter(Place(index: Int32(clamping: index), length: Int32(clamping: length), isListed: true))
  }

  /// Checks the order, and finds where the folders end that the previous path went through as well.
  private func orderAndSharedFolders(_ index: Int) throws(ReleaseError) -> Int {
    guard index > 0 else { return 0 }
    let (previous, path) = (entries[index - 1].path, entries[index].path)
    guard previous.utf8.lexicographicallyPrecedes(path.utf8) else {
      throw ReleaseError(
        field, previous.utf8.elementsEqual(path.utf8) ? .duplicate(path) : .outOfOrder(path, after: previous))
    }
    return [TreeEntry].sharedFolders(previous, path)
  }

  private mutating func enter(_ place: Place) throws(ReleaseError) {
    let path = path(of: place)
    let folded = TreePath.folded(path)
    // The hash is seeded anew in each process: nobody can choose names whose numbers are equal.
    var number = folded.hashValue
    while let other = seen[number] {
      let known = self.path(of: other)
      guard TreePath.folded(known) == folded else {
        number &+= 1
        continue
      }
      if !known.utf8.elementsEqual(path.utf8) { throw ReleaseError(field, .collision(known, path)) }
      // Byte for byte equal and yet not a duplicate: one of the two is the folder of something else.
      if other.isListed || place.isListed { throw ReleaseError(field, .notAFolder(path)) }
      return
    }
    seen[number] = place
  }

  private func path(of place: Place) -> String {
    let path = entries[Int(place.index)].path
    return place.length == path.utf8.count ? path : String(decoding: path.utf8.prefix(Int(place.length)), as: UTF8.self)
  }
}

/// The digest of a tree: SHA-256 over the canonical JSON of the entries.
package struct TreeHasher {
  private var hasher = SHA256Hasher()
  private var buffer: [UInt8] = [UInt8(ascii: "[")]
  private var isFirst = true
  private static let flushSize = 65_536

  /// A hasher that has seen no entry.
  package init() {}

  /// The digest of entries in their order.
  package static func digest(of entries: some Sequence<TreeEntry>) -> SHA256Digest {
    var hasher = TreeHasher()
    for entry in entries { hasher.update(entry) }
    return hasher.finalize()
  }

  /// Takes the next entry in; entries come sorted by the bytes of their paths.
  package mutating func update(_ entry: TreeEntry) {
    if !isFirst { buffer.append(UInt8(ascii: ",")) }
    isFirst = false
    entry.append(to: &buffer)
    if buffer.count >= TreeHasher.flushSize {
      hasher.update(buffer)
      buffer.removeAll(keepingCapacity: true)
    }
  }

  /// The digest of the tree; nothing can be added after it.
  package consuming func finalize() -> SHA256Digest {
    buffer.append(UInt8(ascii: "]"))
    hasher.update(buffer)
    return hasher.finalize()
  }
}

extension TreeEntry {
  /// Writes the canonical JSON of the entry, which is at the same time ordinary JSON.
  ///
  /// Paths hold no backslash and no control character, so that only the quotation mark needs an escape.
  func append(to output: inout [UInt8]) {
    switch kind {
    case .file(let mode, let size, let digest):
      output += mode == TreeEntry.executableMode ? #"{"mode":"0755","path":""#.utf8 : #"{"mode":"0644","path":""#.utf8
      TreeEntry.append(text: path, to: &output)
      output += #"","sha256":""#.utf8
      digest.appendHex(to: &output)
      output += #"","size":"#.utf8
      output += String(size).utf8
      output += #","type":"file"}"#.utf8
    case .symlink(let target):
      output += #"{"path":""#.utf8
      TreeEntry.append(text: path, to: &output)
      output += #"","target":""#.utf8
      TreeEntry.append(text: target, to: &output)
      output += #"","type":"symlink"}"#.utf8
    case .directory:
      output += #"{"path":""#.utf8
      TreeEntry.append(text: path, to: &output)
      output += #"","type":"directory"}"#.utf8
    }
  }

  private static func append(text: String, to output: inout [UInt8]) {
    guard text.utf8.contains(UInt8(ascii: "\"")) else {
      output += text.utf8
      return
    }
    for byte in text.utf8 {
      if byte == UInt8(ascii: "\"") { output.append(UInt8(ascii: "\\")) }
      output.append(byte)
    }
  }
}
