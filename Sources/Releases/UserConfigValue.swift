package import StrictJSON

/// A value that the user gave to an option of a plugin.
package enum UserConfigValue: Hashable, Sendable {
  /// A text, a folder or a file.
  case string(String)
  /// A number, as JSON writes it.
  case number(Double)
  /// Yes or no.
  case boolean(Bool)
  /// Several texts, of an option that takes many.
  case list([String])

  /// The value as one text; nil for a list.
  package var single: String? {
    switch self {
    case .string(let text): text
    case .number(let number): UserConfigValue.text(of: number)
    case .boolean(let answer): answer ? "true" : "false"
    case .list: nil
    }
  }

  /// The value as the texts that become arguments.
  package var texts: [String] {
    if case .list(let texts) = self { return texts }
    return single.map { [$0] } ?? []
  }

  /// The value as JSON.
  package var json: JSON {
    switch self {
    case .string(let text): .string(text)
    case .number(let number): UserConfigValue.json(of: number)
    case .boolean(let answer): .bool(answer)
    case .list(let texts): .strings(texts)
    }
  }

  /// Reads a JSON text, number, Boolean or list of texts; nil for anything else.
  package init?(json: JSON) {
    switch json {
    case .string(let text): self = .string(text)
    case .integer, .number:
      guard let number = json.doubleValue, number.isFinite else { return nil }
      self = .number(number)
    case .bool(let answer): self = .boolean(answer)
    case .array(let members):
      var texts: [String] = []
      for member in members {
        guard case .string(let text) = member else { return nil }
        texts.append(text)
      }
      self = .list(texts)
    case .null, .object: return nil
    }
  }

  /// A number as JavaScript prints it: whole numbers without a point.
  static func text(of number: Double) -> String {
    if let whole = Int64(exactly: number), whole.magnitude < 1 << 53 { return String(whole) }
    return number.description
  }

  static func json(of number: Double) -> JSON {
    if let whole = Int64(exactly: number), whole.magnitude < 1 << 53 { return .integer(whole) }
    return .number(number.description)
  }
}
