import MCP
import Platform
import Releases
import Storage
import StrictJSON
import Synchronization

/// What the two lanes of a running session share: the guard of its tools, the book of its calls, and its records.
final class SessionDesk: Sendable {
  private struct State {
    var tools: LiveToolGuard
    var book = CallBook()
    var isNoted = false
    var hasLeft = false
    /// What the user was told, for the history.
    var notes: [RelayNote] = []
  }

  /// What a session writes down, and to whom it talks.
  struct Records: Sendable {
    let session: String
    let version: String
    let sessions: SessionLog
    let audit: AuditWriter
    /// Whether the arguments of calls are recorded.
    let logsArguments: Bool
    /// Told what the user should know, in one sentence.
    let warn: @Sendable (String) -> Void
  }

  private let state: Mutex<State>
  private let records: Records
  private let clock: any WallClock

  init(tools: LiveToolGuard, records: Records, clock: any WallClock) {
    state = Mutex(State(tools: tools))
    self.records = records
    self.clock = clock
  }

  // MARK: - The guard

  /// Whether the plugin's lines must be handed over whole.
  var awaitsToolList: Bool { state.withLock { $0.tools.awaitsToolList } }

  /// Whether the client's lines must be handed over whole, however long.
  var guardsCalls: Bool { state.withLock { $0.tools.guardsCalls } }

  /// How long the guard can wait for the next line; nil for as long as it takes.
  var patience: Duration? {
    state.withLock { $0.tools.nextDeadline }.map { max(.zero, $0 - clock.uptime()) }
  }

  /// Asks the guard.
  func steps(_ body: (inout LiveToolGuard, Duration) -> [RelayStep]) -> [RelayStep] {
    let now = clock.uptime()
    return state.withLock { body(&$0.tools, now) }
  }

  /// How many notes are kept; the guard tells no more.
  private static let mostNotes = 128

  /// Tells the user something.
  func tell(_ note: RelayNote) {
    state.withLock { state in
      if state.notes.count < Self.mostNotes { state.notes.append(note) }
    }
    records.warn(note.sentence)
  }

  /// What the user was told.
  var notes: [RelayNote] { state.withLock { $0.notes } }

  // MARK: - The book

  /// Notes what the client says, before the plugin can know of it.
  func asked(_ facts: MessageFacts, line: [UInt8]?) {
    let arguments = arguments(of: facts, line)
    let entries = state.withLock { $0.book.ask(facts, arguments: arguments, at: clock.uptime()) }
    for entry in entries { record(entry) }
  }

  /// Whether an answer is to something that the client asked for, other than a tool list.
  func awaits(_ facts: MessageFacts) -> Bool {
    state.withLock { $0.book.method(of: facts).map { $0 != "tools/list" } ?? false }
  }

  /// Notes an answer.
  func answered(_ facts: MessageFacts, bySerin: Bool = false) {
    guard facts.isAnswer else { return }
    let (entry, isFirst) = state.withLock { state in
      let entry = state.book.answer(facts, bySerin: bySerin, at: clock.uptime())
      let isFirst = state.book.isInitialized && !state.isNoted
      state.isNoted = state.book.isInitialized
      return (entry, isFirst)
    }
    if isFirst { try? records.sessions.noteAnswer(records.session) }
    if let entry { record(entry) }
  }

  private func arguments(of facts: MessageFacts, _ line: [UInt8]?) -> JSON? {
    guard records.logsArguments, let method = facts.method, CallBook.recorded.contains(method) else { return nil }
    guard let line, line.count <= 4 * AuditRecord.argumentLimit,
      let message = try? JSON.parse(line, limits: .message)
    else { return ["omitted": .integer(facts.bytes)] }
    return message["params"]?["arguments"]
  }

  private func record(_ entry: CallBook.Entry) {
    let (seconds, attoseconds) = entry.duration.components
    let (whole, overflow) = seconds.multipliedReportingOverflow(by: 1_000_000)
    records.audit.append(
      AuditCall(
        session: records.session, version: records.version, method: entry.method, name: entry.name,
        outcome: entry.outcome, microseconds: overflow ? .max : whole &+ attoseconds / 1_000_000_000_000,
        bytesIn: entry.bytesIn, bytesOut: entry.bytesOut, arguments: entry.arguments))
  }

  // MARK: - The end

  /// The client does not want to go on.
  func clientLeft() { state.withLock { $0.hasLeft = true } }

  /// Ends the records of the session.
  func finish(_ end: (_ wasAsked: Bool, _ calls: Int, _ failures: Int, _ clientLeft: Bool) -> SessionEnd) -> Int {
    let (entries, final) = state.withLock { state in
      let entries = state.book.finish(at: clock.uptime())
      let book = state.book
      return (entries, end(book.askedToInitialize, book.calls, book.failures, state.hasLeft))
    }
    for entry in entries { record(entry) }
    try? records.sessions.noteEnd(records.session, final)
    return (try? records.audit.close()) ?? entries.count
  }
}
