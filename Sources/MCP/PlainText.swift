import Signing

/// Makes foreign text fit for a sentence: one line, bounded, without control characters.
package enum PlainText {
  /// Longest foreign text that a sentence carries, in characters.
  package static let longest = 200

  /// The text on one line, cut at `limit` characters; control and direction characters become "·".
  package static func excerpt(_ text: String, limit: Int = longest) -> String {
    var scalars = String.UnicodeScalarView()
    var count = 0
    for scalar in text.unicodeScalars {
      guard count < limit else {
        scalars.append("…")
        break
      }
      scalars.append(isHarmless(scalar) ? scalar : "·")
      count += 1
    }
    return String(scalars)
  }

  /// The excerpt of bytes that should be UTF-8.
  package static func excerpt(_ bytes: [UInt8], limit: Int = longest) -> String {
    excerpt(String(decoding: bytes.prefix(4 * limit + 4), as: UTF8.self), limit: limit)
  }

  /// The text between quotation marks, made fit for a sentence.
  package static func quoted(_ text: String) -> String { Quoted(text).description }

  /// A few names as a list in a sentence.
  package static func list(_ names: [String]) -> String {
    guard !names.isEmpty else { return "nothing" }
    let shown = names.prefix(8).map { excerpt($0, limit: 40) }.joined(separator: ", ")
    return names.count > 8 ? "\(shown) and \(names.count - 8) more" : shown
  }

  /// Control, format (which includes right-to-left overrides), surrogate and separator characters can forge lines.
  private static func isHarmless(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar.properties.generalCategory {
    case .control, .format, .surrogate, .privateUse, .unassigned, .lineSeparator, .paragraphSeparator: false
    default: true
    }
  }
}
