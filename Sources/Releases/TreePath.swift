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
    let shape = PathShape(path)
    try shape.check(path, field: field)
    guard shape.leadingParents == 0, !shape.hasLaterParent else {
      throw ReleaseError(field, .invalid(offered: path, rule: "hold no part '..'"))
    }
    guard shape.parts <= maxDepth else {
      throw ReleaseError(field, .tooMany(offered: shape.parts, limit: maxDepth))
    }
  }

  /// Checks where a symbolic link at `path` points to.
  ///
  /// Only the first parts may be `..`: once a target has gone down through another link, `..` could lead anywhere.
  package static func check(target: String, of path: String, field: String) throws(ReleaseError) {
    let shape = PathShape(target)
    try shape.check(target, field: field)
    guard !shape.hasLaterParent else {
      throw ReleaseError(field, .invalid(offered: target, rule: "hold '..' in its first parts only"))
    }
    guard shape.leadingParents < PathShape(path).parts else {
      throw ReleaseError(field, .invalid(offered: target, rule: "stay inside the tree"))
    }
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
}

/// What one look at the bytes of a path tells.
private struct PathShape {
  private(set) var parts = 0
  private(set) var leadingParents = 0
  private(set) var hasLaterParent = false
  private let count: Int
  private var longestPart = 0
  private var hasEmptyPart = false
  private var hasDotPart = false
  private var hasControl = false
  private var hasBackslash = false
  private var isAbsolute = false

  init(_ path: String) {
    let bytes = path.utf8Span.span
    count = bytes.count
    var length = 0
    var dots = 0
    var isASCII = true
    for index in bytes.indices {
      let byte = bytes[index]
      if byte == UInt8(ascii: "/") {
        if index == 0 { isAbsolute = true }
        endPart(length, dots)
        (length, dots) = (0, 0)
        continue
      }
      length += 1
      if byte == UInt8(ascii: ".") { dots += 1 }
      if byte < 0x20 || byte == 0x7f { hasControl = true }
      if byte == UInt8(ascii: "\\") { hasBackslash = true }
      if byte >= 0x80 { isASCII = false }
    }
    endPart(length, dots)
    if !isASCII && !Characters.isOneLine(path) { hasControl = true }
  }

  private mutating func endPart(_ length: Int, _ dots: Int) {
    parts += 1
    longestPart = max(longestPart, length)
    if length == 0 { hasEmptyPart = true }
    if length == 1 && dots == 1 { hasDotPart = true }
    guard length == 2 && dots == 2 else { return }
    if leadingParents == parts - 1 { leadingParents += 1 } else { hasLaterParent = true }
  }

  /// The rules that hold for paths and for targets of links.
  func check(_ path: String, field: String) throws(ReleaseError) {
    func refused(_ rule: String) -> ReleaseError { ReleaseError(field, .invalid(offered: path, rule: rule)) }
    guard count > 0 else { throw refused("not be empty") }
    guard count <= TreePath.maxBytes else {
      throw ReleaseError(field, .tooLong(offered: count, limit: TreePath.maxBytes))
    }
    if hasControl { throw refused("hold no control characters") }
    if hasBackslash { throw refused("hold no backslash") }
    if isAbsolute { throw refused("be relative") }
    if hasEmptyPart { throw refused("hold no empty part") }
    if hasDotPart { throw refused("hold no part '.'") }
    guard longestPart <= TreePath.maxPartBytes else {
      throw ReleaseError(field, .tooLong(offered: longestPart, limit: TreePath.maxPartBytes))
    }
  }
}
