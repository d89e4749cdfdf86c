/// The rules for paths inside a tree.
package enum TreePath {
  /// The longest path in bytes.
  package static let maxBytes = 1024
  /// The longest part of a path in bytes, as on most file systems.
  package static let maxPartBytes = 255
  /// How many parts a path may have.
  package static let maxDepth = 64

  /// Checks a path; throws a `ReleaseError` for the field when it is absolute, leaves the tree, or cannot be a file
  /// name everywhere.
  package static func check(_ path: String, field: String) throws(ReleaseError) {
    try checkText(path, field: field)
    var depth = 0
    for part in path.utf8.split(separator: slash, omittingEmptySubsequences: false) {
      depth += 1
      try checkPart(part, of: path, field: field)
      if isParent(part) { throw invalid(path, field, "hold no part '..'") }
    }
    guard depth <= maxDepth else { throw ReleaseError(field, .tooMany(offered: depth, limit: maxDepth)) }
  }

  /// Checks where a symbolic link at `path` points to.
  ///
  /// Only the first parts may be `..`: once a target has gone down through another link, `..` could lead anywhere.
  package static func check(target: String, of path: String, field: String) throws(ReleaseError) {
    try checkText(target, field: field)
    let depth = path.utf8.reduce(0) { $1 == slash ? $0 + 1 : $0 }
    var parents = 0
    var isBelow = false
    for part in target.utf8.split(separator: slash, omittingEmptySubsequences: false) {
      try checkPart(part, of: target, field: field)
      if !isParent(part) {
        isBelow = true
      } else if isBelow {
        throw invalid(target, field, "hold '..' in its first parts only")
      } else {
        parents += 1
      }
    }
    guard parents <= depth else { throw invalid(target, field, "stay inside the tree") }
  }

  /// A path without its case; compare with `==`, which for texts ignores Unicode form as well.
  package static func folded(_ path: String) -> String {
    var needsLowering = false
    for byte in path.utf8 {
      if byte >= 0x80 { return path.uppercased().lowercased() }
      if byte >= 0x41 && byte <= 0x5a { needsLowering = true }
    }
    guard needsLowering else { return path }
    return String(decoding: path.utf8.map { $0 >= 0x41 && $0 <= 0x5a ? $0 | 0x20 : $0 }, as: UTF8.self)
  }

  private static let slash = UInt8(ascii: "/")

  private static func isParent(_ part: Substring.UTF8View) -> Bool {
    part.count == 2 && part.allSatisfy { $0 == UInt8(ascii: ".") }
  }

  private static func invalid(_ path: String, _ field: String, _ rule: String) -> ReleaseError {
    ReleaseError(field, .invalid(offered: path, rule: rule))
  }

  private static func checkText(_ path: String, field: String) throws(ReleaseError) {
    let count = path.utf8.count
    guard count > 0 else { throw invalid(path, field, "not be empty") }
    guard count <= maxBytes else { throw ReleaseError(field, .tooLong(offered: count, limit: maxBytes)) }
    var isPlain = true
    for byte in path.utf8 {
      if byte < 0x20 || byte == 0x7f { throw invalid(path, field, "hold no control characters") }
      if byte == UInt8(ascii: "\\") { throw invalid(path, field, "hold no backslash") }
      if byte >= 0x80 { isPlain = false }
    }
    if !isPlain && !Characters.isOneLine(path) { throw invalid(path, field, "hold no control characters") }
    guard path.utf8.first != slash else { throw invalid(path, field, "be relative") }
  }

  private static func checkPart(_ part: Substring.UTF8View, of path: String, field: String) throws(ReleaseError) {
    if part.isEmpty { throw invalid(path, field, "hold no empty part") }
    if part.count == 1 && part.first == UInt8(ascii: ".") { throw invalid(path, field, "hold no part '.'") }
    if part.count > maxPartBytes { throw ReleaseError(field, .tooLong(offered: part.count, limit: maxPartBytes)) }
  }
}
