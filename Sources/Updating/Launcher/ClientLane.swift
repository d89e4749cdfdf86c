import MCP
import Platform
import StrictJSON
import Synchronization

/// What passes from the client to the plugin: each line is looked at as a whole before the plugin sees it.
///
/// A line that nobody guards against and that is long is let through in pieces.
final class ClientLane: StreamLane {
  /// How much of a line is kept before it is decided whether it may go on in pieces, in bytes.
  static let keptAtFirst = 256 << 10

  private enum Mode {
    /// The line is kept until it is whole.
    case kept
    /// The line goes on as it comes.
    case streamed
    /// The rest of the line is thrown away.
    case dropped
  }

  private struct State {
    var mode = Mode.kept
    var line: [UInt8] = []
    var skim = MessageSkim()
  }

  private let desk: SessionDesk
  private let longest: Int
  private let state = Mutex(State())

  /// A lane; no line is looked at that is longer than `longest` bytes.
  init(_ desk: SessionDesk, longest: Int = LiveToolGuard.longestLine) {
    self.desk = desk
    self.longest = longest
  }

  var patience: Duration? { desk.patience }

  func idle() -> LaneOutput {
    var output = LaneOutput()
    follow(desk.steps { tools, now in tools.elapsed(at: now) }, line: nil, range: nil, &output)
    return output
  }

  func take(_ buffer: [UInt8], _ count: Int) -> LaneOutput {
    state.withLock { state in
      var output = LaneOutput()
      var start = 0
      while start < count {
        let feed = ByteSearch.first(UInt8(ascii: "\n"), in: buffer.span, start..<count)
        let end = feed ?? count
        take(buffer, start..<end, isWhole: feed != nil, &state, &output)
        start = end + 1
      }
      return output
    }
  }

  func passed(_ buffer: [UInt8], _ count: Int) {}

  /// A last line without a line feed is one all the same.
  func ended() -> LaneOutput {
    state.withLock { state in
      var output = LaneOutput()
      if state.mode == .kept, !state.line.isEmpty { finish(state.line, range: nil, hasFeed: false, &output) }
      state.line = []
      return output
    }
  }

  private func take(
    _ buffer: [UInt8], _ range: Range<Int>, isWhole: Bool, _ state: inout State, _ output: inout LaneOutput
  ) {
    let withFeed = range.lowerBound..<range.upperBound + (isWhole ? 1 : 0)
    switch state.mode {
    case .kept:
      if isWhole, state.line.isEmpty { return finish(Array(buffer[range]), range: withFeed, &output) }
      state.line += buffer[range]
      if state.line.count > Self.keptAtFirst { decide(&state, &output) }
      guard isWhole else { return }
      switch state.mode {
      case .kept:
        finish(state.line, range: nil, &output)
        state.line = []
      case .streamed:
        endStreamed(&state)
        output.pass([UInt8(ascii: "\n")])
      case .dropped: endDropped(&state, &output)
      }
    case .streamed:
      state.skim.read(buffer.span, range)
      if isWhole { endStreamed(&state) }
      output.pass(withFeed)
    case .dropped:
      state.skim.read(buffer.span, range)
      if isWhole { endDropped(&state, &output) }
    }
  }

  /// A line has become long: what nobody guards goes on, what is longer than any that can be looked at does not.
  private func decide(_ state: inout State, _ output: inout LaneOutput) {
    let isGuarded = desk.guardsCalls
    guard !isGuarded || state.line.count > longest else { return }
    let line = state.line
    state.skim.read(line.span, line.indices)
    if !isGuarded { output.pass(line) }
    state.mode = isGuarded ? .dropped : .streamed
    state.line = []
  }

  /// The end of a line that went on in pieces: what it is must be known before the plugin has all of it.
  private func endStreamed(_ state: inout State) {
    state.skim.endLine()
    for facts in state.skim.takeFacts() {
      desk.asked(facts, line: nil)
      // The guard must know that a list comes, whatever the request held besides.
      if facts.method == "tools/list", let id = facts.id {
        _ = desk.steps { tools, now in
          tools.fromClient(Array(#"{"jsonrpc":"2.0","id":\#(id),"method":"tools/list"}"#.utf8), at: now)
        }
      }
    }
    state.mode = .kept
  }

  private func endDropped(_ state: inout State, _ output: inout LaneOutput) {
    state.skim.endLine()
    let facts = state.skim.takeFacts()
    for facts in facts { desk.asked(facts, line: nil) }
    for step in desk.steps({ tools, _ in tools.overlongFromClient() }) {
      switch step {
      case .toClient(let bytes):
        // Whoever asked learns it under the name of the question.
        guard let id = facts.first?.id, var object = (try? JSON.parse(bytes))?.objectValue,
          let own = try? JSON.parse(Array(id.utf8))
        else {
          output.answer(bytes + [UInt8(ascii: "\n")])
          continue
        }
        object["id"] = own
        answer(JSON.object(object).serialized(), &output)
      case .toPlugin(let bytes): output.pass(bytes + [UInt8(ascii: "\n")])
      case .note(let note): desk.tell(note)
      }
    }
    state.mode = .kept
  }

  private func finish(_ line: [UInt8], range: Range<Int>?, hasFeed: Bool = true, _ output: inout LaneOutput) {
    for facts in MessageSkim.facts(line) { desk.asked(facts, line: line) }
    let steps = desk.steps { tools, now in tools.fromClient(line, at: now) }
    follow(steps, line: line, range: range, hasFeed: hasFeed, &output)
  }

  private func follow(
    _ steps: [RelayStep], line: [UInt8]?, range: Range<Int>?, hasFeed: Bool = true, _ output: inout LaneOutput
  ) {
    for step in steps {
      switch step {
      case .toPlugin(let bytes):
        if let range, bytes == line { output.pass(range) } else { output.pass(hasFeed ? bytes + [0x0A] : bytes) }
      case .toClient(let bytes): answer(bytes, &output)
      case .note(let note): desk.tell(note)
      }
    }
  }

  /// Sends a line of Serin's own to the client; where it answers a call, the plugin will not.
  private func answer(_ bytes: [UInt8], _ output: inout LaneOutput) {
    for facts in MessageSkim.facts(bytes) { desk.answered(facts, bySerin: true) }
    output.answer(bytes + [UInt8(ascii: "\n")])
  }
}

extension MessageSkim {
  /// What a whole line holds.
  static func facts(_ line: [UInt8]) -> [MessageFacts] {
    var skim = MessageSkim()
    skim.read(line.span, line.indices)
    skim.endLine()
    return skim.takeFacts()
  }
}
