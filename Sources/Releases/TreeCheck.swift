package import Signing

/// Checks that belong to a whole tree: order, duplicates, collisions, and nothing below what is no folder.
struct TreeCheck {
  private static let slash = UInt8(ascii: "/")
  private let field: String
  /// Each path and each folder above it under its folded name, with whether it is listed itself.
  private var seen: [String: Place]
  private var previous: String?

  private struct Place {
    let path: String
    let isListed: Bool
  }

  init(field: String, capacity: Int) {
    self.field = field
    seen = Dictionary(minimumCapacity: capacity * 5 / 4)
  }

  /// Takes the next entry in.
  mutating func take(_ entry: TreeEntry) throws(ReleaseError) {
    let path = entry.path
    try takeFolders(of: path, from: try orderAndSharedFolders(path))
    if let other = seen.updateValue(Place(path: path, isListed: true), forKey: TreePath.folded(path)) {
      throw clash(other, path)
    }
    previous = path
  }

  /// Checks the order, and finds where the folders end that the previous path went through as well.
  private func orderAndSharedFolders(_ path: String) throws(ReleaseError) -> Int {
    guard let previous else { return 0 }
    let (one, other) = (previous.utf8Span.span, path.utf8Span.span)
    let count = min(one.count, other.count)
    var shared = 0
    for index in 0..<count {
      let (left, right) = (one[index], other[index])
      if left != right {
        guard left < right else { throw ReleaseError(field, .outOfOrder(path, after: previous)) }
        return shared
      }
      if left == TreeCheck.slash { shared = index + 1 }
    }
    if one.count == other.count { throw ReleaseError(field, .duplicate(path)) }
    guard one.count < other.count else { throw ReleaseError(field, .outOfOrder(path, after: previous)) }
    return shared
  }

  private mutating func takeFolders(of path: String, from shared: Int) throws(ReleaseError) {
    var index = path.utf8.index(path.startIndex, offsetBy: shared)
    while let slash = path.utf8[index...].firstIndex(of: TreeCheck.slash) {
      let folder = String(path[..<slash])
      index = path.utf8.index(after: slash)
      let folded = TreePath.folded(folder)
      if let other = seen[folded] {
        if other.isListed || !other.path.utf8.elementsEqual(folder.utf8) { throw clash(other, folder) }
      } else {
        seen[folded] = Place(path: folder, isListed: false)
      }
    }
  }

  private func clash(_ other: Place, _ path: String) -> ReleaseError {
    // Byte for byte equal and yet not a duplicate: one of the two is the folder of something else.
    other.path.utf8.elementsEqual(path.utf8)
      ? ReleaseError(field, .notAFolder(path)) : ReleaseError(field, .collision(other.path, path))
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
