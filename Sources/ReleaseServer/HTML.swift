/// A piece of HTML in which every foreign text is encoded.
///
/// Plain strings can only enter through ``init(text:)`` and interpolation, which encode; only literals of this
/// program are taken as they are.
struct HTML: ExpressibleByStringInterpolation, Sendable {
  /// The encoded markup.
  private(set) var markup: String

  init(stringLiteral value: StaticString) {
    markup = value.description
  }

  init(stringInterpolation: StringInterpolation) {
    markup = stringInterpolation.markup
  }

  /// Encodes foreign text.
  init(text: String) {
    markup = Self.encoded(text)
  }

  /// Joins pieces.
  init(_ pieces: some Sequence<HTML>) {
    markup = pieces.map(\.markup).joined()
  }

  struct StringInterpolation: StringInterpolationProtocol {
    fileprivate var markup = ""

    init(literalCapacity: Int, interpolationCount: Int) {
      markup.reserveCapacity(literalCapacity + interpolationCount * 16)
    }

    mutating func appendLiteral(_ literal: StaticString) {
      markup += literal.description
    }

    mutating func appendInterpolation(_ text: String) {
      markup += HTML.encoded(text)
    }

    mutating func appendInterpolation(_ number: some BinaryInteger) {
      markup += String(number)
    }

    mutating func appendInterpolation(_ html: HTML) {
      markup += html.markup
    }
  }

  /// Replaces what could end a text or an attribute, and shows control and direction characters as their code points: a
  /// name must not be able to look like another one.
  private static func encoded(_ text: String) -> String {
    var result = ""
    result.reserveCapacity(text.utf8.count)
    for scalar in text.unicodeScalars {
      switch scalar {
      case "&": result += "&amp;"
      case "<": result += "&lt;"
      case ">": result += "&gt;"
      case "\"": result += "&quot;"
      case "'": result += "&#39;"
      case "\n": result += "\n"
      default:
        if isInvisible(scalar) {
          result += "[U+\(String(scalar.value, radix: 16, uppercase: true))]"
        } else {
          result.unicodeScalars.append(scalar)
        }
      }
    }
    return result
  }

  private static func isInvisible(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar.properties.generalCategory {
    case .control, .format, .privateUse, .surrogate, .unassigned, .lineSeparator, .paragraphSeparator: true
    default: false
    }
  }
}
