/// The patterns of a `.mcpbignore`, which are those of `.gitignore`: the last pattern that matches a path decides.
package struct IgnoreRules: Sendable {
  private struct Rule {
    let parts: [[UInt8]]
    let isNegated: Bool
    let onlyFolders: Bool
  }

  private let rules: [Rule]

  /// No patterns at all.
  package static let none = IgnoreRules("")

  /// Reads patterns, one a line; `#` begins a comment, `!` takes a path back in, a trailing `/` means folders only.
  package init(_ text: String) {
    rules = text.utf8.split(whereSeparator: { $0 == 10 || $0 == 13 }).compactMap { Self.rule(Array($0)) }
  }

  /// Whether a path of the tree is left out; what lies below a folder that is left out is not asked for.
  package func leavesOut(_ path: String, isFolder: Bool) -> Bool {
    let parts = path.utf8.split(separator: UInt8(ascii: "/")).map(Array.init)
    for rule in rules.reversed() where !rule.onlyFolders || isFolder {
      if Self.matches(rule.parts[...], parts[...]) { return !rule.isNegated }
    }
    return false
  }

  private static func rule(_ line: [UInt8]) -> Rule? {
    var text = line[...]
    while text.last == UInt8(ascii: " ") || text.last == 9 { text.removeLast() }
    if text.isEmpty || text.first == UInt8(ascii: "#") { return nil }
    let isNegated = text.first == UInt8(ascii: "!")
    if isNegated { text.removeFirst() }
    let onlyFolders = text.last == UInt8(ascii: "/")
    if onlyFolders { text.removeLast() }
    // A slash at the front or in the middle ties the pattern to the top; otherwise it holds at every depth.
    let isAnchored = text.contains(UInt8(ascii: "/"))
    var parts = text.split(separator: UInt8(ascii: "/")).map(Array.init)
    guard !parts.isEmpty else { return nil }
    if !isAnchored { parts.insert(anyDepth, at: 0) }
    return Rule(parts: parts, isNegated: isNegated, onlyFolders: onlyFolders)
  }

  private static let anyDepth = Array("**".utf8)

  private static func matches(_ pattern: ArraySlice<[UInt8]>, _ path: ArraySlice<[UInt8]>) -> Bool {
    guard let first = pattern.first else { return path.isEmpty }
    if first == anyDepth {
      let rest = pattern.dropFirst()
      // "a/**" holds for everything below a, not for a itself.
      if rest.isEmpty { return !path.isEmpty }
      return (0...path.count).contains { matches(rest, path.dropFirst($0)) }
    }
    guard let part = path.first else { return false }
    return matchesName(first, part) && matches(pattern.dropFirst(), path.dropFirst())
  }

  /// Matches `*` and `?` within one name, in linear memory and without backtracking over more than the last star.
  private static func matchesName(_ pattern: [UInt8], _ name: [UInt8]) -> Bool {
    var p = 0
    var n = 0
    var star: (pattern: Int, name: Int)?
    while n < name.count {
      if p < pattern.count, pattern[p] == UInt8(ascii: "*") {
        star = (p, n)
        p += 1
      } else if p < pattern.count, pattern[p] == UInt8(ascii: "?") || pattern[p] == name[n] {
        p += 1
        n += 1
      } else if let last = star {
        p = last.pattern + 1
        n = last.name + 1
        star = (last.pattern, n)
      } else {
        return false
      }
    }
    return pattern[p...].allSatisfy { $0 == UInt8(ascii: "*") }
  }
}
