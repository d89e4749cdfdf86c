/// A piece of HTML in which every foreign text is encoded.
///
/// Plain strings can only enter through ``init(text:)`` and interpolation, which encode; only literals of this
/// program are taken as they are.
package struct HTML: ExpressibleByStringInterpolation, Sendable {
  /// The encoded markup.
  package private(set) var markup: String

  /// Takes a literal of this program as it is.
  package init(stringLiteral value: StaticString) {
    markup = value.description
  }

  /// Puts literals and encoded texts together.
  package init(stringInterpolation: StringInterpolation) {
    markup = stringInterpolation.markup
  }

  /// Encodes foreign text.
  package init(text: String) {
    markup = Self.encoded(text)
  }

  /// Joins pieces.
  package init(_ pieces: some Sequence<HTML>) {
    markup = pieces.map(\.markup).joined()
  }

  /// Collects the pieces of an interpolated literal.
  package struct StringInterpolation: StringInterpolationProtocol {
    fileprivate var markup = ""

    /// Begins with room for what is to come.
    package init(literalCapacity: Int, interpolationCount: Int) {
      markup.reserveCapacity(literalCapacity + interpolationCount * 16)
    }

    /// Takes a literal of this program as it is.
    package mutating func appendLiteral(_ literal: StaticString) {
      markup += literal.description
    }

    /// Encodes foreign text.
    package mutating func appendInterpolation(_ text: String) {
      markup += HTML.encoded(text)
    }

    /// Writes a number.
    package mutating func appendInterpolation(_ number: some BinaryInteger) {
      markup += String(number)
    }

    /// Takes encoded markup as it is.
    package mutating func appendInterpolation(_ html: HTML) {
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
