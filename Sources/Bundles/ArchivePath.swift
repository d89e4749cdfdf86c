internal import Releases

/// The rules of `Releases.TreePath` for bytes from an archive or a folder, with each refusal under its own name.
enum ArchivePath {
  /// Reads a path as an archive writes it: "./" in front and "/" at the end of a folder are let through.
  ///
  /// - Returns: the path in its one form, or nil for the top of the tree itself.
  static func read(_ bytes: [UInt8], isFolder: Bool) throws(ArchiveError) -> String? {
    let shown = String(decoding: bytes, as: UTF8.self)
    guard !bytes.isEmpty else { throw .noPath }
    guard let text = String(validating: bytes, as: UTF8.self) else { throw .notUTF8(shown) }
    guard bytes[0] != slash else { throw .absolutePath(text) }
    var parts = bytes.split(separator: slash, omittingEmptySubsequences: false).map(Array.init)
    if parts.first == [dot], parts.count > 1 || isFolder { parts.removeFirst() }
    if isFolder, parts.last?.isEmpty == true { parts.removeLast() }
    if parts.isEmpty { return nil }
    try check(parts, shown: text)
    return String(decoding: Array(parts.joined(separator: [slash])), as: UTF8.self)
  }

  private static func check(_ parts: [[UInt8]], shown text: String) throws(ArchiveError) {
    var total = parts.count - 1
    for part in parts {
      if part == [dot, dot] { throw .parentPath(text) }
      if part.isEmpty || part == [dot] { throw .emptyPart(text) }
      if hasControl(part) { throw .controlCharacter(text) }
      if part.contains(UInt8(ascii: "\\")) { throw .backslash(text) }
      guard part.count <= TreePath.maxPartBytes else {
        throw .pathTooLong(text, bytes: part.count, limit: TreePath.maxPartBytes)
      }
      total += part.count
    }
    guard total <= TreePath.maxBytes else {
      throw .pathTooLong(text, bytes: total, limit: TreePath.maxBytes)
    }
    guard parts.count <= TreePath.maxDepth else {
      throw .pathTooDeep(text, depth: parts.count, limit: TreePath.maxDepth)
    }
  }

  /// Reads where a symbolic link points to, and checks that it stays inside the tree whatever the other links are.
  ///
  /// ".." may stand only at the front of the target. The folders above a link are real folders, so the front climbs
  /// exactly as it reads; behind it every step goes down, through links that obey the same rule. Empty parts and "."
  /// change nothing and are left out of the result.
  static func readLink(_ path: String, target: [UInt8]) throws(ArchiveError) -> String {
    let shown = String(decoding: target, as: UTF8.self)
    guard let text = String(validating: target, as: UTF8.self) else { throw .notUTF8(shown) }
    guard !target.isEmpty, target[0] != slash else { throw .linkOutside(path, target: text) }
    guard target.count <= TreePath.maxBytes else {
      throw .pathTooLong(path, bytes: target.count, limit: TreePath.maxBytes)
    }
    if hasControl(target) { throw .controlCharacter(path) }
    if target.contains(UInt8(ascii: "\\")) { throw .backslash(path) }
    let depth = path.utf8.lazy.filter { $0 == slash }.count
    var climbed = 0
    var kept: [[UInt8]] = []
    for part in target.split(separator: slash, omittingEmptySubsequences: false).map(Array.init) {
      if part == [dot, dot] {
        guard climbed == kept.count else { throw .unclearLink(path, target: text) }
        climbed += 1
      } else if part.isEmpty || part == [dot] {
        continue
      }
      kept.append(part)
    }
    guard climbed <= depth else { throw .linkOutside(path, target: text) }
    guard !kept.isEmpty else { throw .emptyLink(path) }
    return String(decoding: Array(kept.joined(separator: [slash])), as: UTF8.self)
  }

  private static func hasControl(_ bytes: [UInt8]) -> Bool { bytes.contains { $0 < 0x20 || $0 == 0x7f } }

  private static let slash = UInt8(ascii: "/")
  private static let dot = UInt8(ascii: ".")
}
