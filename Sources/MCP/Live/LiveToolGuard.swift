import StrictJSON

/// Keeps a live session to the tools that were observed and agreed to, and asks the user before a destructive call.
///
/// It reads no clock and moves no byte: the relay hands it lines and does what it answers. A line that is not under
/// guard comes back as it was. What counts as a tool list is decided by its shape, not by its identifier alone: clients
/// differ in which identifiers they take for the same (some turn texts into numbers).
package struct LiveToolGuard: Sendable {
  /// What becomes of a tool that differs from its pin.
  package enum ChangePolicy: String, Hashable, Sendable, CaseIterable {
    /// It is taken out of the list, and calls to it are refused.
    case refuse
    /// It passes, and the user is told.
    case report
  }

  /// What becomes of a call to a tool that may destroy something.
  package enum DestructivePolicy: String, Hashable, Sendable, CaseIterable {
    /// It passes.
    case allow
    /// The user is asked before calls of tools that say of themselves that they are destructive, and of those about
    /// which nothing is known.
    case ask
    /// The user is asked before every call of a tool that does not say of itself that it only reads.
    case askAll = "ask-all"
    /// Calls of tools that say of themselves that they are destructive, or about which nothing is known, are refused.
    case refuse
  }

  /// The longest line that is looked at as a whole, in bytes; a longer one, where it matters, is not passed on.
  package static let longestLine = 16 << 20
  /// How many tools of a session are remembered.
  static let mostTools = 4096
  /// How many tool lists may be awaited at the same time.
  static let mostLists = 256
  /// How many different things a session tells its user.
  static let mostNotes = 64

  /// Whether an answer to `tools/list` may come next from the plugin: its lines must be held and handed over whole.
  ///
  /// While this is false the plugin's lines may be streamed without being looked at. It changes only in `fromClient`,
  /// `fromPlugin` and `overlongFromPlugin`.
  package var awaitsToolList: Bool { !lists.isEmpty }

  /// Whether calls are looked at, so that a line of the client may not be streamed unseen.
  package var guardsCalls: Bool { destructive != .allow || pins != nil && changes == .refuse }

  /// What was learnt of a tool that this session has listed.
  struct ListedTool {
    var fit: LivePins.Fit
    var hints: ToolHints
  }

  /// The plugin's full name, for sentences.
  let plugin: String
  /// Its short name, for commands.
  let name: String
  let pins: LivePins?
  let changes: ChangePolicy
  let destructive: DestructivePolicy
  /// How long a person may think.
  let patience: Duration
  /// What no plugin knows: it begins the identifiers of this guard's own questions.
  let nonce: String

  /// The lists that are awaited.
  var lists: Set<LiveID> = []
  var listed: [ExactString: ListedTool] = [:]
  /// Whether the client said in `initialize` that it can ask its user.
  var canAsk = false
  var questions = LiveQuestions()
  private var told: Set<Told> = []

  private struct Told: Hashable {
    let kind: RelayNote.Kind
    let tool: ExactString?
  }

  /// Makes the guard of one session.
  ///
  /// - Parameters:
  ///   - plugin: its full name.
  ///   - name: the name by which commands know it.
  ///   - pins: what its tools are held to; nil for a release that was never observed, whose tools pass.
  ///   - patience: how long a person may think about a question.
  ///   - nonce: random text, new for each session and never told to the plugin.
  package init(
    plugin: String, name: String, pins: LivePins?, changes: ChangePolicy = .refuse,
    destructive: DestructivePolicy = .allow, patience: Duration = .seconds(120), nonce: String
  ) {
    self.plugin = plugin
    self.name = name
    self.pins = pins
    self.changes = changes
    self.destructive = destructive
    self.patience = patience
    self.nonce = "serin-" + nonce
  }

  /// When `elapsed(at:)` wants to be called next; nil for not at all.
  package var nextDeadline: Duration? { questions.nextDeadline }

  /// What a client wrote: one line without its line feed; each of them must be handed over.
  ///
  /// - Parameter now: a time that only grows, as `WallClock.uptime()`.
  package mutating func fromClient(_ line: [UInt8], at now: Duration) -> [RelayStep] {
    let head = MessageHead(line)
    switch head.kind {
    case .noise: return [.toPlugin(line)]
    case .broken:
      guard guardsCalls else { return [.toPlugin(line)] }
      return refuseUnreadable("a message of the client can be read in more than one way, or in none")
    case .batch: return fromClient(batch: line, at: now)
    case .object: return fromClient(head, line, at: now)
    }
  }

  /// What the plugin wrote: one line without its line feed.
  package mutating func fromPlugin(_ line: [UInt8]) -> [RelayStep] {
    guard awaitsToolList else { return [.toClient(line)] }
    // Some clients take a carriage return for the end of a line, so that they would see another message than we do.
    if line.dropLast().contains(0x0D) { return drop("a line of the plugin holds a bare carriage return") }
    let head = MessageHead(line)
    switch head.kind {
    case .noise: return [.toClient(line)]
    case .broken: return drop("an answer of the plugin can be read in more than one way, or in none")
    case .batch: return fromPlugin(batch: line)
    case .object: return fromPlugin(head, line)
    }
  }

  /// What becomes of a line of the client that is longer than ``longestLine`` and was not kept.
  package mutating func overlongFromClient() -> [RelayStep] {
    refuseUnreadable("a message of the client is longer than \(Self.longestLine >> 20) MiB")
  }

  /// What becomes of a line of the plugin that is longer than ``longestLine`` and came while a tool list was awaited.
  package mutating func overlongFromPlugin() -> [RelayStep] {
    let reason = "the plugin wrote a line longer than \(Self.longestLine >> 20) MiB instead of its tool list"
    let answers = lists.map { RelayStep.toClient(failure(to: $0.json, reason)) }
    lists = []
    return answers + note(.unreadable, reason)
  }

  /// Lets time pass: questions that nobody answered in time are settled.
  package mutating func elapsed(at now: Duration) -> [RelayStep] {
    questions.expired(at: now).flatMap { id, call in
      [
        .toClient(cancellation(of: id, "nobody answered")),
        .toClient(declined(call, "nobody answered within \(Int(patience.components.seconds)) s")),
      ] + note(.callDeclined, tool: call.tool, "nobody answered whether \(quoted(call.tool)) may run")
    }
  }

  // MARK: - Telling

  /// A note, if the session has not told the same before.
  mutating func note(_ kind: RelayNote.Kind, tool: String? = nil, _ sentence: String) -> [RelayStep] {
    guard told.count <= Self.mostNotes else { return [] }
    guard told.insert(Told(kind: kind, tool: tool.map(ExactString.init))).inserted else { return [] }
    guard told.count <= Self.mostNotes else {
      return [.note(RelayNote(.more, "more happened to the tools of \(plugin) than is told"))]
    }
    return [.note(RelayNote(kind, tool: tool, sentence))]
  }

  func quoted(_ tool: String) -> String { PlainText.quoted(tool) }

  mutating func drop(_ reason: String) -> [RelayStep] {
    note(.unreadable, "\(reason), while its tools were awaited; it was not passed on")
  }

  mutating func refuseUnreadable(_ reason: String) -> [RelayStep] {
    [.toClient(failure(to: .null, code: -32600, "serin: \(reason)"))]
      + note(.unreadable, "\(reason); it was not passed on")
  }

  // MARK: - Lines of its own

  /// A line that says why a request was refused.
  func failure(to id: JSON, code: Int64 = LiveToolGuard.refusal, _ message: String, data: JSON? = nil) -> [UInt8] {
    var error: JSON.Object = ["code": .integer(code), "message": .string(message)]
    if let data { error["data"] = data }
    return JSON.object(["jsonrpc": "2.0", "id": id, "error": .object(error)]).serialized(pretty: false)
  }

  /// The code of refusals, out of the range that JSON-RPC leaves to implementations and MCP does not use.
  package static let refusal: Int64 = -32010
}
