internal import Signing
package import StrictJSON
internal import Yams

/// Files that people edit: the part of YAML that has one meaning.
///
/// Only `true` and `false` are Booleans, only plain decimal digits are numbers, and there are no anchors, aliases or
/// tags, so that nothing grows when it is read.
package enum YAMLText {
  private static let maxDepth = 16
  private static let maxNodes = 20_000

  /// The content of a file as JSON; throws a `ReleaseError` with the reader's own sentence.
  package static func json(_ text: String, limit: Int, document: String) throws(ReleaseError) -> JSON {
    let count = text.utf8.count
    guard count <= limit else { throw ReleaseError(document, .tooLong(offered: count, limit: limit), blame: .user) }
    let parser: Parser
    let node: Node?
    do {
      parser = try Parser(yaml: text)
      node = try parser.singleRoot()
    } catch {
      throw ReleaseError(document, .unreadable(reason(error)), blame: .user)
    }
    guard let node else { throw ReleaseError(document, .unreadable("the file is empty"), blame: .user) }
    // Nodes know their anchors only as long as their parser lives.
    return try withExtendedLifetime(parser) { () throws(ReleaseError) in
      var remaining = maxNodes
      return try convert(node, document, depth: 0, &remaining)
    }
  }

  /// A list on one line, with quotation marks where they are needed.
  package static func list(_ texts: [String]) -> String {
    "[" + texts.map(scalar).joined(separator: ", ") + "]"
  }

  /// A text as a YAML scalar, quoted where it could be read as something else.
  package static func scalar(_ text: String) -> String {
    let isPlain = text.utf8.allSatisfy { Characters.isAlphanumeric($0) || "._/-".utf8.contains($0) }
    guard isPlain, let first = text.utf8.first, Characters.isLetter(first), !["true", "false", "null"].contains(text)
    else { return JSON.string(text).text() }
    return text
  }

  private static func convert(
    _ node: Node, _ field: String, depth: Int, _ remaining: inout Int
  ) throws(ReleaseError) -> JSON {
    func refused(_ reason: String) -> ReleaseError { ReleaseError(field, .unreadable(reason), blame: .user) }
    remaining -= 1
    guard remaining >= 0 else { throw refused("the file holds more than \(maxNodes) values") }
    guard depth <= maxDepth else { throw refused("the file nests deeper than \(maxDepth) levels") }
    guard node.anchor == nil else { throw refused("anchors are not allowed") }
    switch node {
    case .alias: throw refused("aliases are not allowed")
    case .scalar(let scalar): return value(scalar)
    case .sequence(let sequence):
      var members: [JSON] = []
      for (index, member) in sequence.enumerated() {
        members.append(try convert(member, "\(field)[\(index)]", depth: depth + 1, &remaining))
      }
      return .array(members)
    case .mapping(let mapping):
      var object = JSON.Object()
      for (key, member) in mapping {
        guard case .scalar(let name) = key else { throw refused("only texts can be keys") }
        guard object[name.string] == nil else { throw ReleaseError(field, .duplicate(name.string), blame: .user) }
        object.set(name.string, try convert(member, "\(field).\(name.string)", depth: depth + 1, &remaining))
      }
      return .object(object)
    }
  }

  private static func value(_ scalar: Node.Scalar) -> JSON {
    let text = scalar.string
    guard scalar.style == .plain || scalar.style == .any else { return .string(text) }
    switch text {
    case "true": return true
    case "false": return false
    case "", "~", "null": return nil
    default: break
    }
    let digits = text.hasPrefix("-") ? text.dropFirst() : text[...]
    let isNumber = !digits.isEmpty && digits.utf8.allSatisfy(Characters.isDigit)
    if isNumber, digits == "0" || !digits.hasPrefix("0"), let number = Int64(text) { return .integer(number) }
    return .string(text)
  }

  private static func reason(_ error: any Error) -> String {
    guard let error = error as? YamlError else { return "it is not YAML" }
    switch error {
    case .scanner(_, let problem, let mark, _), .parser(_, let problem, let mark, _),
      .composer(_, let problem, let mark, _):
      return "\(problem) in line \(mark.line)"
    case .duplicatedKeysInMapping: return "a key occurs twice"
    default: return "it is not YAML"
    }
  }
}
