/// What became of a call of a plugin.
package enum CallOutcome: String, Hashable, Sendable, CaseIterable {
  /// It was answered with a result.
  case ok
  /// It was answered with an error of the protocol.
  case error
  /// It was answered with a result that says that the tool failed.
  case toolError = "tool-error"
  /// Serin answered in the plugin's place: the tool may not be called, or the user did not want it.
  case refused
  /// It was answered with a question; the call comes again with the user's word (MCP 2026-07-28).
  case asked
  /// The session ended before an answer came.
  case noAnswer = "no-answer"
}
