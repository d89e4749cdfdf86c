/// Finds characters that a person does not see and a model reads, and writes them out.
///
/// Direction marks turn text around, zero-width characters hide between letters, and the tags block (U+E0000…) is
/// ASCII that no font draws.
package enum HiddenText {
  /// The text with every hidden character as `\u{…}`; line breaks and tabs stay.
  package static func revealed(_ text: String) -> String {
    guard text.unicodeScalars.contains(where: isHidden) else { return text }
    var shown = ""
    for scalar in text.unicodeScalars {
      if isHidden(scalar) {
        shown += "\\u{" + String(scalar.value, radix: 16, uppercase: true) + "}"
      } else {
        shown.unicodeScalars.append(scalar)
      }
    }
    return shown
  }

  /// What is hidden in a text, in words; nil when nothing is.
  package static func words(_ text: String) -> String? {
    var kinds: [(name: String, count: Int)] = []
    var tags = ""
    for scalar in text.unicodeScalars where isHidden(scalar) {
      let name = kind(scalar)
      if let index = kinds.firstIndex(where: { $0.name == name }) {
        kinds[index].count += 1
      } else {
        kinds.append((name, 1))
      }
      // Tag characters are ASCII moved up by 0xE0000.
      if (0xE0020...0xE007E).contains(scalar.value), let plain = Unicode.Scalar(scalar.value - 0xE0000) {
        tags.unicodeScalars.append(plain)
      }
    }
    guard !kinds.isEmpty else { return nil }
    let counted = kinds.map { "\($0.count) \($0.name)" }.joined(separator: ", ")
    return tags.isEmpty ? counted : counted + " that read \(PlainText.quoted(tags))"
  }

  /// Whether a character is drawn by nothing or changes the direction of others.
  package static func isHidden(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar.value {
    case 0x09, 0x0A, 0x0D: return false
    // Fillers that count as letters and are drawn as nothing; variation selectors, which can carry bytes (not those of
    // emoji).
    case 0x034F, 0x115F, 0x1160, 0x17B4, 0x17B5, 0x180B...0x180F, 0x3164, 0xFE00...0xFE0D, 0xFFA0,
      0xE0100...0xE01EF:
      return true
    default: break
    }
    switch scalar.properties.generalCategory {
    case .control, .format, .privateUse, .surrogate, .unassigned, .lineSeparator, .paragraphSeparator: return true
    default: return false
    }
  }

  private static func kind(_ scalar: Unicode.Scalar) -> String {
    switch scalar.value {
    case 0x061C, 0x200E, 0x200F, 0x202A...0x202E, 0x2066...0x2069: "direction characters"
    case 0x00AD, 0x034F, 0x115F, 0x1160, 0x180B...0x180F, 0x200B...0x200D, 0x2060...0x2064, 0x3164, 0xFEFF,
      0xFFA0:
      "zero-width characters"
    case 0xE0000...0xE007F: "tag characters"
    case 0xFE00...0xFE0D, 0xE0100...0xE01EF: "variation selectors"
    case 0..<0x20, 0x7F..<0xA0: "control characters"
    default: "invisible characters"
    }
  }
}
