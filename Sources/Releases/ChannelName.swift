/// The name of a channel: `canary`, `beta`, `stable` or one of the workspace's own.
package struct ChannelName: Hashable, Sendable, Comparable, CustomStringConvertible {
  /// The longest name in bytes.
  package static let maxBytes = 32
  /// Roles that TUF and the repository already have under that name.
  private static let reserved: Set<String> = ["root", "targets", "snapshot", "timestamp", "mirrors", "bundles"]

  /// New releases; nobody has judged them.
  package static let canary = ChannelName(known: "canary")
  /// Releases that passed a soak.
  package static let beta = ChannelName(known: "beta")
  /// Releases for everybody.
  package static let stable = ChannelName(known: "stable")

  /// The name.
  package let text: String

  private init(known: String) { text = known }

  /// Reads a name; throws a `ReleaseError` that states the rule.
  package init(_ text: String) throws(ReleaseError) {
    let bytes = Array(text.utf8)
    let isPlain = bytes.allSatisfy {
      Characters.isLower($0) || Characters.isDigit($0) || $0 == UInt8(ascii: "-")
    }
    guard let first = bytes.first, bytes.count <= ChannelName.maxBytes, isPlain, first != UInt8(ascii: "-"),
      !ChannelName.reserved.contains(text)
    else {
      let rule =
        "have 1 to \(ChannelName.maxBytes) of the characters a-z 0-9 -, not begin with '-', "
        + "and be no role of the repository"
      throw ReleaseError("channel", .invalid(offered: text, rule: rule))
    }
    self.text = text
  }

  /// The name.
  package var description: String { text }

  /// Whether one name comes before another in byte order.
  package static func < (left: ChannelName, right: ChannelName) -> Bool { left.text < right.text }
}
