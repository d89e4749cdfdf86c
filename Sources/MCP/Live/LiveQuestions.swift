import Signing
import StrictJSON

/// A call that waits for its user's word.
struct LiveCall {
  /// The tool.
  let tool: String
  /// The identifier of the call; nil for a call that wants no answer.
  let id: LiveID?
  /// The line, to be passed on unchanged.
  let line: [UInt8]
  /// What is called with what: a consent is good for this and nothing else.
  let digest: SHA256Digest
  /// The arguments as they were written.
  let arguments: [UInt8]
  /// Whether the call is one of MCP 2026-07-28 or later, whose servers ask by a result and not by a request.
  let isModern: Bool
  /// Whether the client says with this call that it can ask its user.
  let canAsk: Bool
  /// The state of an exchange of several rounds that the call carries.
  let state: String?
  /// Where answers of the user stand in the line.
  let responses: JSON?

  init(tool: String, head: MessageHead, params: [String: Range<Int>], line: [UInt8]) {
    self.tool = tool
    id = head.id
    self.line = line
    arguments = head.bytes(params["arguments"])
    let canonical = head.json(params["arguments"])?.toolBytes ?? arguments
    digest = SHA256Digest.of(Array(tool.utf8) + [0] + canonical)
    let meta = head.json(params["_meta"])
    isModern = meta?["io.modelcontextprotocol/protocolVersion"]?.stringValue != nil
    canAsk = LiveToolGuard.canAsk(meta?["io.modelcontextprotocol/clientCapabilities"]?["elicitation"])
    state = head.text(params["requestState"])
    responses = head.json(params["inputResponses"])
  }

  /// Whether the call goes on with an exchange that began before.
  var isContinuation: Bool { state != nil || responses != nil }
}

/// The questions of one session that wait for their user, and the consents that still count.
struct LiveQuestions {
  /// How many questions may wait at the same time.
  static let most = 16
  /// How many bytes the calls may have together that wait.
  static let mostBytes = LiveToolGuard.longestLine

  private struct Question {
    let call: LiveCall
    let deadline: Duration
  }

  private var count: UInt64 = 0
  /// Calls that are held until their question is answered, by its identifier.
  private var held: [String: Question] = [:]
  /// Calls that the client will make again with the answer, by the state that it will show.
  private var returning: [String: Question] = [:]
  /// Calls that were agreed to and that may take further rounds.
  private var agreed: [SHA256Digest] = []

  /// Whether there is room for one more call.
  func hasRoom(for call: LiveCall) -> Bool {
    let questions = Array(held.values) + Array(returning.values)
    return questions.count < Self.most
      && questions.reduce(call.line.count) { $0 + $1.call.line.count } <= Self.mostBytes
  }

  /// When the next question is not worth waiting for any more.
  var nextDeadline: Duration? { held.values.map(\.deadline).min() }

  /// Keeps a call until its question is answered; returns the question's name.
  mutating func hold(_ call: LiveCall, nonce: String, until deadline: Duration) -> String {
    count += 1
    let name = "\(nonce)-\(count)"
    if call.isModern {
      returning[name] = Question(call: call, deadline: deadline)
    } else {
      held[name] = Question(call: call, deadline: deadline)
    }
    return name
  }

  /// The call that a question was about.
  mutating func take(_ name: String) -> LiveCall? { held.removeValue(forKey: name)?.call }

  /// The question about a call that its client gave up.
  mutating func take(call id: LiveID) -> String? {
    guard let name = held.first(where: { $0.value.call.id == id })?.key else { return nil }
    held[name] = nil
    return name
  }

  /// The call that comes back with this state.
  mutating func takeReturning(_ state: String, at now: Duration) -> LiveCall? {
    forgetReturning(at: now)
    return returning.removeValue(forKey: state)?.call
  }

  /// Takes out the held calls whose time is up.
  mutating func expired(at now: Duration) -> [(String, LiveCall)] {
    forgetReturning(at: now)
    let late = held.filter { $0.value.deadline <= now }.sorted { $0.key < $1.key }
    for (name, _) in late { held[name] = nil }
    return late.map { ($0.key, $0.value.call) }
  }

  mutating func agree(_ call: LiveCall) {
    agreed.removeAll { $0 == call.digest }
    agreed.append(call.digest)
    if agreed.count > Self.most { agreed.removeFirst() }
  }

  func isAgreed(_ call: LiveCall) -> Bool { agreed.contains(call.digest) }

  private mutating func forgetReturning(at now: Duration) {
    returning = returning.filter { $0.value.deadline > now }
  }
}
