import StrictJSON

extension MCPTool {
  /// Texts of this tool that hide characters, each called out with its place.
  package func hidden() -> [ToolChange] { hidden(since: nil) }

  /// Texts of this tool that hide characters and that `older` did not have, each called out with its place.
  func hidden(since older: MCPTool?) -> [ToolChange] {
    let known = Set((older?.json.hidingTexts ?? []).map { ExactString($0.text) })
    return json.hidingTexts.filter { !known.contains(ExactString($0.text)) }.map { found in
      let place = found.path.isEmpty ? "itself" : PlainText.excerpt(found.path, limit: 120)
      let words = HiddenText.words(found.text) ?? "nothing"
      return ToolChange(
        tool: name, field: .hidden, kind: .approval,
        sentence: "\(PlainText.quoted(name)) hides characters in \(place): \(words)", after: found.text)
    }
  }
}

extension JSON {
  /// Most texts that are called out of one tool.
  private static let mostHiding = 32

  /// Every text that hides characters, names of members included, with its place.
  fileprivate var hidingTexts: [(path: String, text: String)] {
    var found: [(String, String)] = []
    collect("", &found)
    return found
  }

  private func collect(_ path: String, _ found: inout [(String, String)]) {
    guard found.count < Self.mostHiding else { return }
    switch self {
    case .string(let text):
      if HiddenText.words(text) != nil { found.append((path, text)) }
    case .array(let members):
      for (index, member) in members.enumerated() { member.collect("\(path)[\(index)]", &found) }
    case .object(let object):
      for member in object.members {
        let place = path.isEmpty ? member.key : "\(path).\(member.key)"
        if HiddenText.words(member.key) != nil { found.append(("the name of \(place)", member.key)) }
        member.value.collect(place, &found)
      }
    default: break
    }
  }

  /// The longest text in a value, names of members included; what is short everywhere can say little.
  var longestText: String {
    switch self {
    case .string(let text): text
    case .array(let members): Self.longest(members.map(\.longestText))
    case .object(let object): Self.longest(object.members.flatMap { [$0.key, $0.value.longestText] })
    default: ""
    }
  }

  private static func longest(_ texts: [String]) -> String {
    // A text that is no label counts for more than a longer one that is.
    texts.max { (SchemaParts.isLabel($0) ? 0 : 1, $0.count) < (SchemaParts.isLabel($1) ? 0 : 1, $1.count) } ?? ""
  }
}
