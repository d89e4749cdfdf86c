internal import Signing
internal import Yams

/// Where something stands in a text file; both count from 1, columns in Unicode scalars.
package struct TextPlace: Hashable, Sendable {
  /// The line.
  package let line: Int
  /// The column.
  package let column: Int

  /// Makes a place from its parts.
  package init(line: Int, column: Int) {
    self.line = line
    self.column = column
  }
}

/// A YAML file whose values know where they stand, so that an error can point at one and an edit can find it.
///
/// The same part of YAML as in ``YAMLText``: no anchors, no aliases, no tags.
package struct MarkedYAML: Hashable, Sendable {
  /// One member of a mapping.
  package struct Member: Hashable, Sendable {
    /// The key.
    package let key: String
    /// Where the key stands.
    package let place: TextPlace
    /// The value.
    package let value: MarkedYAML
  }

  /// What a value is.
  package enum Content: Hashable, Sendable {
    /// A text, whatever it looks like.
    case scalar(String)
    /// Several values.
    case list([MarkedYAML])
    /// Values with names, in the order of the file.
    case mapping([Member])
    /// Nothing, as behind a key without a value.
    case nothing
  }

  /// What it is.
  package let content: Content
  /// Where it begins.
  package let place: TextPlace

  /// What a file says that is not of this part of YAML.
  package struct Problem: Error, Hashable, Sendable {
    /// What is wrong, as the end of "cannot be read: …".
    package let reason: String
    /// Where; nil where nobody knows.
    package let place: TextPlace?
  }

  private static let maxDepth = 8
  private static let maxNodes = 20_000

  /// Reads a file; nil where it holds nothing but comments.
  package static func read(_ text: String) throws(Problem) -> MarkedYAML? {
    let parser: Parser
    let node: Node?
    do {
      parser = try Parser(yaml: text)
      node = try parser.singleRoot()
    } catch {
      throw problem(error)
    }
    guard let node else { return nil }
    // Nodes know their anchors only as long as their parser lives.
    return try withExtendedLifetime(parser) { () throws(Problem) in
      var remaining = maxNodes
      return try convert(node, depth: 0, &remaining)
    }
  }

  /// The last line on which something of it stands; a text over several lines counts as the first of them.
  package var lastLine: Int {
    switch content {
    case .scalar, .nothing: place.line
    case .list(let members): members.map(\.lastLine).max() ?? place.line
    case .mapping(let members): members.map { max($0.place.line, $0.value.lastLine) }.max() ?? place.line
    }
  }

  /// The member of a mapping with this name; nil where there is none.
  package func member(_ key: String) -> Member? {
    guard case .mapping(let members) = content else { return nil }
    return members.first { $0.key == key }
  }

  private static func convert(_ node: Node, depth: Int, _ remaining: inout Int) throws(Problem) -> MarkedYAML {
    let place = node.mark.map { TextPlace(line: $0.line, column: $0.column) } ?? TextPlace(line: 1, column: 1)
    remaining -= 1
    guard remaining >= 0 else { throw Problem(reason: "it holds more than \(maxNodes) values", place: place) }
    guard depth <= maxDepth else { throw Problem(reason: "it nests deeper than \(maxDepth) levels", place: place) }
    guard node.anchor == nil else { throw Problem(reason: "anchors are not allowed", place: place) }
    switch node {
    case .alias: throw Problem(reason: "aliases are not allowed", place: place)
    case .scalar(let scalar):
      let isNothing = scalar.style == .plain && ["", "~", "null"].contains(scalar.string)
      return MarkedYAML(content: isNothing ? .nothing : .scalar(scalar.string), place: place)
    case .sequence(let sequence):
      var members: [MarkedYAML] = []
      for member in sequence { members.append(try convert(member, depth: depth + 1, &remaining)) }
      return MarkedYAML(content: .list(members), place: place)
    case .mapping(let mapping):
      var members: [Member] = []
      for (key, value) in mapping {
        guard case .scalar(let name) = key else { throw Problem(reason: "only texts can be keys", place: place) }
        let at = name.mark.map { TextPlace(line: $0.line, column: $0.column) } ?? place
        guard !members.contains(where: { $0.key == name.string }) else {
          throw Problem(reason: "\(Quoted(name.string)) stands there twice", place: at)
        }
        members.append(
          Member(key: name.string, place: at, value: try convert(value, depth: depth + 1, &remaining)))
      }
      return MarkedYAML(content: .mapping(members), place: place)
    }
  }

  private static func problem(_ error: any Error) -> Problem {
    guard let error = error as? YamlError else { return Problem(reason: "it is not YAML", place: nil) }
    switch error {
    case .scanner(_, let problem, let mark, _), .parser(_, let problem, let mark, _),
      .composer(_, let problem, let mark, _):
      return Problem(reason: problem, place: TextPlace(line: mark.line, column: mark.column))
    case .duplicatedKeysInMapping(let keys, let context):
      let place = TextPlace(line: context.mark.line, column: context.mark.column)
      return Problem(reason: "\(Quoted(keys.first ?? "")) stands there twice", place: place.line > 0 ? place : nil)
    default: return Problem(reason: "it is not YAML", place: nil)
    }
  }
}
