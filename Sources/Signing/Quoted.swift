/// Foreign text made fit for a sentence: quoted, without control characters, and cut when it is long.
public struct Quoted: CustomStringConvertible, Sendable {
  /// The longest text that is shown whole, in characters.
  public static let maxLength = 120

  private let text: String

  /// Prepares a text of unknown origin for display.
  public init(_ text: String) { self.text = text }

  /// The text between quotation marks.
  public var description: String {
    var shown = ""
    var count = 0
    for scalar in text.unicodeScalars {
      guard count < Quoted.maxLength else { return "“\(shown)…”" }
      shown.unicodeScalars.append(Quoted.isShown(scalar) ? scalar : "\u{fffd}")
      count += 1
    }
    return "“\(shown)”"
  }

  /// Control, format and separator characters could forge a line or turn the reading direction.
  private static func isShown(_ scalar: Unicode.Scalar) -> Bool {
    if scalar.isASCII { return scalar.value >= 0x20 && scalar.value != 0x7f }
    switch scalar.properties.generalCategory {
    case .control, .format, .lineSeparator, .paragraphSeparator, .privateUse, .surrogate, .unassigned: return false
    default: return true
    }
  }
}
