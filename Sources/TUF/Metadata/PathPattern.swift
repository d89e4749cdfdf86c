/// A pattern for target paths (TUF 4.5, `PATHPATTERN`): `*` and `?` match inside one part, never across `/`.
///
/// Implementations disagree about `[`, `{`, `\` and `!`, so patterns with them are refused rather than understood in
/// one of several ways. Matching is by bytes and so case-sensitive everywhere; `?` matches one character.
public struct PathPattern: Hashable, Sendable, CustomStringConvertible {
  /// The longest pattern in bytes.
  static let longest = 1_024

  /// The pattern as it stands in metadata.
  public let text: String
  private let parts: [[UInt8]]

  /// Makes a pattern; nil when it is empty, too long, or uses characters that implementations disagree about.
  public init?(_ text: String) {
    let bytes = Array(text.utf8)
    let refused = Array("[]{}\\!".utf8)
    guard !bytes.isEmpty, bytes.count <= Self.longest, !bytes.contains(where: { refused.contains($0) || $0 < 0x20 })
    else { return nil }
    self.text = text
    parts = Self.split(bytes)
  }

  /// The pattern as it stands in metadata.
  public var description: String { text }

  /// Compares by bytes.
  public static func == (left: PathPattern, right: PathPattern) -> Bool { left.parts == right.parts }

  /// Hashes the bytes.
  public func hash(into hasher: inout Hasher) { hasher.combine(parts) }

  /// Whether a target path matches the whole pattern, part by part.
  public func matches(_ path: String) -> Bool {
    matches(parts: Self.parts(of: path))
  }

  /// The same for a path that has been split already, so that many patterns can be asked.
  func matches(parts offered: [[UInt8]]) -> Bool {
    guard offered.count == parts.count else { return false }
    return zip(parts, offered).allSatisfy { Self.matches(pattern: $0, $1) }
  }

  /// The parts of a path.
  static func parts(of path: String) -> [[UInt8]] { split(Array(path.utf8)) }

  private static func split(_ bytes: [UInt8]) -> [[UInt8]] {
    bytes.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false).map(Array.init)
  }

  /// Matches one part: on a mismatch the last `*` takes one byte more, so that the work is bounded by the product of
  /// the lengths.
  private static func matches(pattern: [UInt8], _ text: [UInt8]) -> Bool {
    var atPattern = 0
    var atText = 0
    var star: (pattern: Int, text: Int)?
    while atText < text.count {
      if atPattern < pattern.count, pattern[atPattern] == UInt8(ascii: "*") {
        star = (atPattern, atText)
        atPattern += 1
      } else if atPattern < pattern.count, pattern[atPattern] == UInt8(ascii: "?") {
        atPattern += 1
        atText = endOfCharacter(at: atText, in: text)
      } else if atPattern < pattern.count, pattern[atPattern] == text[atText] {
        atPattern += 1
        atText += 1
      } else if let last = star {
        let next = endOfCharacter(at: last.text, in: text)
        star = (last.pattern, next)
        atPattern = last.pattern + 1
        atText = next
      } else {
        return false
      }
    }
    return pattern[atPattern...].allSatisfy { $0 == UInt8(ascii: "*") }
  }

  /// Steps over one UTF-8 sequence.
  private static func endOfCharacter(at start: Int, in text: [UInt8]) -> Int {
    var end = start + 1
    while end < text.count, text[end] & 0xC0 == 0x80 { end += 1 }
    return end
  }
}
