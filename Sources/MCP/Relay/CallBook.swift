package import Releases
package import StrictJSON

/// What a session's client asked for, until it is answered: requests and answers are matched by their identifiers.
package struct CallBook: Sendable {
  /// How many requests are followed at the same time; the oldest is given up for a new one.
  package static let most = 4096
  /// The methods whose calls are recorded.
  package static let recorded: Set<String> = ["tools/call", "resources/read", "prompts/get"]

  /// A call, and what became of it.
  package struct Entry: Hashable, Sendable {
    /// `tools/call`, `resources/read` or `prompts/get`.
    package let method: String
    /// The tool, the resource or the prompt; foreign text.
    package let name: String?
    /// What became of it.
    package let outcome: CallOutcome
    /// From the request to the answer, or to the end of the session.
    package let duration: Duration
    /// The bytes of the request.
    package let bytesIn: Int64
    /// The bytes of the answer; 0 without one.
    package let bytesOut: Int64
    /// The arguments, where they are to be recorded.
    package let arguments: JSON?
  }

  private struct Call {
    let number: Int
    let method: String
    let name: String?
    let began: Duration
    let bytes: Int64
    let arguments: JSON?
  }

  private var open: [String: Call] = [:]
  private var count = 0
  /// How many calls that are recorded were made.
  package private(set) var calls = 0
  /// How many of them were answered with an error of the protocol, or not at all.
  package private(set) var failures = 0
  /// Whether the client asked for `initialize`.
  package private(set) var askedToInitialize = false
  /// Whether that was answered with a result.
  package private(set) var isInitialized = false

  /// A book without entries.
  package init() {}

  /// Notes what the client says; returns the calls that are given up for it.
  package mutating func ask(_ facts: MessageFacts, arguments: JSON? = nil, at now: Duration) -> [Entry] {
    guard let method = facts.method else { return [] }
    let isRecorded = Self.recorded.contains(method)
    if isRecorded { calls += 1 }
    count += 1
    let call = Call(
      number: count, method: method, name: facts.name, began: now, bytes: facts.bytes, arguments: arguments)
    guard let id = facts.id else { return isRecorded ? [close(call, .noAnswer, at: now)] : [] }
    if method == "initialize" { askedToInitialize = true }
    var given: [Entry] = []
    if let former = open.updateValue(call, forKey: id), Self.recorded.contains(former.method) {
      given.append(close(former, .noAnswer, at: now))
    }
    if open.count > Self.most, let oldest = open.min(by: { $0.value.number < $1.value.number }) {
      open[oldest.key] = nil
      if Self.recorded.contains(oldest.value.method) { given.append(close(oldest.value, .noAnswer, at: now)) }
    }
    return given
  }

  /// What an answer is an answer to; nil when nothing was asked under its name.
  package func method(of facts: MessageFacts) -> String? { facts.id.flatMap { open[$0]?.method } }

  /// Notes an answer; returns the call that it answers when calls of its kind are recorded.
  ///
  /// - Parameter bySerin: whether it was made here, and the plugin never saw the call.
  package mutating func answer(_ facts: MessageFacts, bySerin: Bool = false, at now: Duration) -> Entry? {
    guard facts.isAnswer, let id = facts.id, let call = open.removeValue(forKey: id) else { return nil }
    if call.method == "initialize", facts.hasResult, !facts.hasError { isInitialized = true }
    guard Self.recorded.contains(call.method) else { return nil }
    let outcome: CallOutcome =
      if facts.wantsInput {
        .asked
      } else if bySerin {
        .refused
      } else if facts.hasError {
        .error
      } else {
        facts.isToolError ? .toolError : .ok
      }
    return close(call, outcome, at: now, bytesOut: facts.bytes)
  }

  /// Ends the book: what was not answered never will be.
  package mutating func finish(at now: Duration) -> [Entry] {
    let rest = open.values.filter { Self.recorded.contains($0.method) }.sorted { $0.number < $1.number }
    open = [:]
    return rest.map { close($0, .noAnswer, at: now) }
  }

  private mutating func close(_ call: Call, _ outcome: CallOutcome, at now: Duration, bytesOut: Int64 = 0) -> Entry {
    if outcome == .error || outcome == .noAnswer { failures += 1 }
    return Entry(
      method: call.method, name: call.name, outcome: outcome, duration: now - call.began, bytesIn: call.bytes,
      bytesOut: bytesOut, arguments: call.arguments)
  }
}
