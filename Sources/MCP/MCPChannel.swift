/// A line of a plugin's standard output, or why there is none.
package enum MCPLine: Equatable, Sendable {
  /// One line without its line feed.
  case line([UInt8])
  /// A line longer than the channel admits; its rest was thrown away.
  case tooLong(limit: Int)
  /// The plugin closed its standard output.
  case closed
  /// Nothing came within the time given.
  case timedOut
}

/// The two pipes to a plugin, as far as the protocol is concerned.
///
/// The protocol client is pure: whoever owns the process lends it this channel.
package protocol MCPChannel: Sendable {
  /// Writes bytes to the plugin's standard input.
  func send(_ bytes: [UInt8]) async throws

  /// Waits for the next line of the plugin's standard output, at most `limit` long.
  func nextLine(within limit: Duration) async -> MCPLine

  /// A time that only grows, from an unspecified start, and stands still while the machine sleeps.
  func uptime() -> Duration
}
