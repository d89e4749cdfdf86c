package import Signing

/// Why a conversation with a plugin failed; the plugin is always to blame.
package enum MCPError: SerinError, Equatable {
  /// The plugin closed its output while an answer was awaited.
  case ended(method: String)
  /// The plugin no longer reads its input.
  case unwritable(method: String, reason: String)
  /// No answer came in time.
  case deadline(method: String, limit: Duration)
  /// The plugin answered with an error.
  case refused(method: String, code: Int64, message: String)
  /// The answer is not what the protocol prescribes.
  case malformed(method: String, reason: String)
  /// A line is longer than a message may be.
  case lineTooLong(limit: Int)
  /// Too many lines that are not messages came before the answer.
  case tooMuchNoise(method: String, limit: Int)
  /// Too many other messages came before the answer.
  case tooManyMessages(method: String, limit: Int)
  /// Plugin and client have no protocol version in common.
  case noCommonVersion(offered: [String], supported: [String])
  /// The tool list has more pages than allowed.
  case tooManyPages(limit: Int)
  /// The tool list leads back to a page that was already read.
  case pagingLoop(cursor: String)
  /// The tool list is larger than allowed.
  case toolListTooLarge(bytes: Int, limit: Int)
  /// The tool list holds more tools than allowed.
  case tooManyTools(count: Int, limit: Int)
  /// Two tools have the same name.
  case duplicateTool(name: String)
  /// A request was made before the handshake.
  case notReady(method: String)

  /// The plugin's, always.
  package var blame: Blame { .plugin }

  /// What to do next.
  package var help: String? {
    switch self {
    case .ended, .unwritable: "see what the plugin wrote to its standard error"
    case .deadline: "see whether the plugin hangs or the machine is overloaded"
    case .noCommonVersion: "ask the plugin's publisher for a release that speaks a published version of MCP"
    default: "report it to the plugin's publisher"
    }
  }

  /// True when only time was missing, so that a second try is fair.
  package var isDeadlineMiss: Bool {
    if case .deadline = self { true } else { false }
  }

  /// True when the plugin's process or one of its pipes is gone.
  package var isEnd: Bool {
    switch self {
    case .ended, .unwritable: true
    default: false
    }
  }

  /// One sentence: what failed and why.
  package var description: String {
    switch self {
    case .ended(let method): "the plugin ended while \(method) was waiting for its answer"
    case .unwritable(let method, let reason):
      "the plugin no longer reads its input, so \(method) could not be sent: \(reason)"
    case .deadline(let method, let limit): "the plugin did not answer \(method) within \(limit)"
    case .refused(let method, let code, let message):
      "the plugin refused \(method) with error \(code): \(PlainText.excerpt(message))"
    case .malformed(let method, let reason): "the plugin's answer to \(method) is malformed: \(reason)"
    case .lineTooLong(let limit): "the plugin wrote a line longer than \(limit) bytes"
    case .tooMuchNoise(let method, let limit):
      "the plugin wrote more than \(limit) lines that are no messages instead of answering \(method)"
    case .tooManyMessages(let method, let limit):
      "the plugin sent more than \(limit) other messages instead of answering \(method)"
    case .noCommonVersion(let offered, let supported):
      "the plugin speaks \(PlainText.list(supported)), we offered \(PlainText.list(offered))"
    case .tooManyPages(let limit): "the tool list has more than \(limit) pages"
    case .pagingLoop(let cursor): "the tool list repeats its page \(PlainText.quoted(cursor))"
    case .toolListTooLarge(let bytes, let limit): "the tool list has \(bytes) bytes, more than \(limit)"
    case .tooManyTools(let count, let limit): "the tool list holds \(count) tools, more than \(limit)"
    case .duplicateTool(let name): "the tool list names \(PlainText.quoted(name)) twice"
    case .notReady(let method): "\(method) was asked before the handshake"
    }
  }
}
