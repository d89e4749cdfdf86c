/// What a plugin may make the protocol client hold or do, at most.
package struct MCPLimits: Equatable, Sendable {
  /// Longest line in bytes that is read as a message (4 MiB).
  package var lineBytes = 4 * 1024 * 1024
  /// Lines that are not messages and are skipped while one answer is awaited.
  package var noiseLines = 10_000
  /// Notifications, requests and stray answers that are skipped while one answer is awaited.
  package var foreignMessages = 10_000
  /// Pages of one tool list.
  package var pages = 64
  /// Bytes of all pages of one tool list together (8 MiB).
  package var toolListBytes = 8 * 1024 * 1024
  /// Tools in one list.
  package var tools = 2048
  /// Nesting of arrays and objects in one message.
  package var depth = 64

  /// The limits that Serin uses.
  package static let standard = MCPLimits()

  /// Creates the standard limits, to be narrowed.
  package init() {}
}
