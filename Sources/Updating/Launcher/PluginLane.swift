import MCP
import Platform
import StrictJSON
import Synchronization

/// What passes from the plugin to the client: as it comes, and looked at when it is gone.
///
/// Only while a tool list is awaited each line is kept until it is whole, for the guard.
final class PluginLane: StreamLane {
  private enum Mode {
    /// Between two lines.
    case between
    /// In a line that goes on as it comes.
    case streamed
    /// In a line that is kept until it is whole.
    case kept
    /// In a line of which the rest is thrown away.
    case dropped
  }

  private struct State {
    var mode = Mode.between
    var line: [UInt8] = []
    var skim = MessageSkim()
    /// Whether what was taken last goes on unseen, and is to be looked at when it is written.
    var isUnseen = false
    var facts: [MessageFacts] = []
  }

  private let desk: SessionDesk
  private let longest: Int
  private let state = Mutex(State())

  /// A lane; no line is kept that is longer than `longest` bytes.
  init(_ desk: SessionDesk, longest: Int = LiveToolGuard.longestLine) {
    self.desk = desk
    self.longest = longest
  }

  func take(_ buffer: [UInt8], _ count: Int) -> LaneOutput {
    let isAwaited = desk.awaitsToolList
    return state.withLock { state in
      state.isUnseen = !isAwaited && (state.mode == .between || state.mode == .streamed)
      if state.isUnseen { return LaneOutput(all: count) }
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

  func passed(_ buffer: [UInt8], _ count: Int) {
    let facts = state.withLock { state in
      if state.isUnseen { look(buffer, count, &state) }
      defer { if !state.facts.isEmpty { state.facts = [] } }
      return state.facts
    }
    for facts in facts { desk.answered(facts) }
  }

  func ended() -> LaneOutput {
    state.withLock { state in
      var output = LaneOutput()
      if state.mode == .kept { finish(state.line, range: nil, hasFeed: false, &state, &output) }
      state.line = []
      return output
    }
  }

  private func look(_ buffer: [UInt8], _ count: Int, _ state: inout State) {
    var start = 0
    while start < count {
      let feed = ByteSearch.first(UInt8(ascii: "\n"), in: buffer.span, start..<count)
      let end = feed ?? count
      state.skim.read(buffer.span, start..<end)
      if feed != nil { state.skim.endLine() }
      state.mode = feed == nil ? .streamed : .between
      start = end + 1
    }
    state.facts += state.skim.takeFacts()
  }

  private func take(
    _ buffer: [UInt8], _ range: Range<Int>, isWhole: Bool, _ state: inout State, _ output: inout LaneOutput
  ) {
    let withFeed = range.lowerBound..<range.upperBound + (isWhole ? 1 : 0)
    switch state.mode {
    case .between:
      if isWhole { return finish(Array(buffer[range]), range: withFeed, &state, &output) }
      state.line = Array(buffer[range])
      state.mode = .kept
    case .kept:
      state.line += buffer[range]
      let fits = state.line.count <= longest
      if isWhole {
        fits ? finish(state.line, range: nil, &state, &output) : giveUp(&state, &output)
        state.mode = .between
        state.line = []
      } else if !fits {
        state.mode = .dropped
        state.line = []
      }
    case .streamed: takeStreamed(buffer, range, withFeed: withFeed, isWhole: isWhole, &state, &output)
    case .dropped:
      guard isWhole else { return }
      giveUp(&state, &output)
      state.mode = .between
    }
  }

  /// A line is over that was too long to be kept.
  private func giveUp(_ state: inout State, _ output: inout LaneOutput) {
    follow(desk.steps { tools, _ in tools.overlongFromPlugin() }, line: nil, range: nil, &state, &output)
  }

  /// A line that had begun before a tool list was asked for cannot be its answer, and must not become it at its end.
  private func takeStreamed(
    _ buffer: [UInt8], _ range: Range<Int>, withFeed: Range<Int>, isWhole: Bool, _ state: inout State,
    _ output: inout LaneOutput
  ) {
    state.skim.read(buffer.span, range)
    guard isWhole else { return output.pass(range) }
    state.skim.endLine()
    state.mode = .between
    let facts = state.skim.takeFacts()
    if facts.contains(where: { $0.isAnswer && !desk.awaits($0) }) {
      // Without its end it is no message.
      output.pass([UInt8(ascii: "\n")])
      desk.tell(
        RelayNote(
          .unreadable, "the plugin answered a question before it was asked; the end of that line was not passed on"))
      return
    }
    output.pass(withFeed)
    state.facts += facts
  }

  private func finish(
    _ line: [UInt8], range: Range<Int>?, hasFeed: Bool = true, _ state: inout State, _ output: inout LaneOutput
  ) {
    follow(
      desk.steps { tools, _ in tools.fromPlugin(line) }, line: line, range: range, hasFeed: hasFeed, &state, &output)
  }

  private func follow(
    _ steps: [RelayStep], line: [UInt8]?, range: Range<Int>?, hasFeed: Bool = true, _ state: inout State,
    _ output: inout LaneOutput
  ) {
    for step in steps {
      switch step {
      case .toClient(let bytes):
        if let range, bytes == line { output.pass(range) } else { output.pass(hasFeed ? bytes + [0x0A] : bytes) }
        state.facts += MessageSkim.facts(bytes)
      case .toPlugin(let bytes): output.answer(bytes + [UInt8(ascii: "\n")])
      case .note(let note): desk.tell(note)
      }
    }
  }
}
