/// The name of a plugin as in the MCP registry: a reverse-DNS namespace, a slash, a name.
///
/// Both parts become folder names, so the rules are narrower than the registry's.
package struct PluginName: Hashable, Sendable, Comparable, CustomStringConvertible {
  /// The longest name in bytes, slash included.
  package static let maxBytes = 128
  private static let rule =
    "be NAMESPACE/NAME of letters, digits, '.', '-' (and '_' in the name), each part beginning and ending with a "
    + "letter or digit, without '..', of 3 to \(maxBytes) characters"

  /// The part before the slash: `io.github.acme`.
  package let namespace: String
  /// The part after the slash: `time`.
  package let name: String

  /// Reads `io.github.acme/time`; throws a `ReleaseError` that states the rule.
  package init(_ text: String) throws(ReleaseError) {
    let parts = text.utf8.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false)
    guard text.utf8.count <= PluginName.maxBytes, parts.count == 2,
      PluginName.isPart(parts[0], allowsUnderscore: false), PluginName.isPart(parts[1], allowsUnderscore: true),
      let namespace = String(parts[0]), let name = String(parts[1])
    else { throw ReleaseError("plugin", .invalid(offered: text, rule: PluginName.rule)) }
    self.namespace = namespace
    self.name = name
  }

  /// The name under which this very program is offered as a release.
  package static let ownProgram = PluginName(namespace: "io.github.serin", name: "serin")

  private init(namespace: String, name: String) {
    self.namespace = namespace
    self.name = name
  }

  /// The whole name: `io.github.acme/time`.
  package var text: String { namespace + "/" + name }

  /// The whole name.
  package var description: String { text }

  /// Whether one name comes before another in byte order of the whole.
  package static func < (left: PluginName, right: PluginName) -> Bool {
    left.text.utf8.lexicographicallyPrecedes(right.text.utf8)
  }

  private static func isPart(_ part: Substring.UTF8View, allowsUnderscore: Bool) -> Bool {
    guard let first = part.first, let last = part.last, Characters.isAlphanumeric(first),
      Characters.isAlphanumeric(last)
    else { return false }
    var previous: UInt8 = 0
    for byte in part {
      let isPlain =
        Characters.isAlphanumeric(byte) || byte == UInt8(ascii: ".") || byte == UInt8(ascii: "-")
        || allowsUnderscore && byte == UInt8(ascii: "_")
      if !isPlain || byte == UInt8(ascii: ".") && previous == byte { return false }
      previous = byte
    }
    return true
  }
}
