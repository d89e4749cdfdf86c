import MCP
import Signing
import StrictJSON

/// Compares what both arms answer to the same call, without what no two answers have in common.
enum AnswerComparison {
  /// Most leaves of one answer that are compared.
  private static let mostLeaves = 4096

  /// In words, how the candidate's answer differs from the installed release's; nil when it does not, or when nothing
  /// can be said.
  ///
  /// A leaf that the installed release itself answers differently twice is volatile, and so are numbers within texts:
  /// times, durations, identifiers.
  static func difference(installed: [ToolResult], candidate: [ToolResult]) -> String? {
    guard installed.count == 2, let new = candidate.first else { return nil }
    let (first, second, other) = (leaves(installed[0]), leaves(installed[1]), leaves(new))
    for (path, value) in first.sorted(by: { $0.key < $1.key }) where second[path] == value {
      guard let now = other[path] else { return "\(Quoted(path)) is missing" }
      if now != value { return "\(Quoted(path)) is another" }
    }
    let added = other.keys.filter { first[$0] == nil && second[$0] == nil }.sorted().first
    return added.map { "\(Quoted($0)) is new" }
  }

  /// Every value that holds no other, by its path; digits of texts are masked.
  private static func leaves(_ result: ToolResult) -> [String: String] {
    var found: [String: String] = [:]
    for (index, block) in result.content.enumerated() { collect(block, "content[\(index)]", &found) }
    if let structured = result.structured { collect(structured, "structuredContent", &found) }
    return found
  }

  private static func collect(_ json: JSON, _ path: String, _ found: inout [String: String]) {
    guard found.count < mostLeaves else { return }
    switch json {
    case .object(let object): for member in object.members { collect(member.value, path + "." + member.key, &found) }
    case .array(let values): for (index, value) in values.enumerated() { collect(value, "\(path)[\(index)]", &found) }
    case .string(let text): found[path] = masked(text)
    case .null, .bool, .integer, .number: found[path] = json.text()
    }
  }

  /// The text with each run of hexadecimal digits, dashes, colons and dots that holds a digit as one sign.
  private static func masked(_ text: String) -> String {
    var masked = ""
    for word in text.split(omittingEmptySubsequences: false, whereSeparator: { " \t\n,;\"'()[]{}=".contains($0) }) {
      masked += word.contains(where: \.isNumber) ? "#" : String(word)
      masked += " "
    }
    return masked
  }
}
