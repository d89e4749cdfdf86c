/// What the record of a session needs to know of one message, and no more.
package struct MessageFacts: Hashable, Sendable {
  /// The identifier as JSON text, so that a request and its answer can be matched; nil when there is none.
  package var id: String?
  /// The method of a request or a notification.
  package var method: String?
  /// What the parameters name: a tool or a prompt (`name`), else a resource (`uri`).
  package var name: String?
  /// Whether there is a result.
  package var hasResult = false
  /// Whether there is an error of the protocol.
  package var hasError = false
  /// Whether the result says of itself that the tool failed (`isError`).
  package var isToolError = false
  /// Whether the result asks for input and the answer is still to come (MCP 2026-07-28).
  package var wantsInput = false
  /// How many bytes the message has, its line feed not counted.
  package var bytes: Int64 = 0

  /// Nothing is known.
  package init() {}

  /// Whether this is a question that wants an answer.
  package var isRequest: Bool { method != nil && id != nil }
  /// Whether this answers a question.
  package var isAnswer: Bool { method == nil && id != nil && (hasResult || hasError) }
}
