import Platform
import Releases
import Signing
import TestSupport
import Testing

@testable import Storage
@testable import Updating

@Suite("The watch over first sessions") struct WatchWindowTests {
  private let since = Instant(seconds: 1_795_410_000)
  private let window = WatchWindow.standard

  private func sessions(_ courses: String, every minutes: Int64 = 60) -> [WatchedSession] {
    courses.enumerated().map { index, letter in
      let course: WatchedSession.Course =
        switch letter {
        case "w": .well
        case "b": .badly("it ended by itself")
        default: .open
        }
      return WatchedSession(started: since.advanced(by: .seconds(60 * minutes * Int64(index + 1))), course: course)
    }
  }

  private func verdict(_ courses: String, every minutes: Int64 = 60, after days: Int64 = 1) -> String {
    let now = since.advanced(by: .seconds(86_400 * days))
    return switch window.verdict(on: sessions(courses, every: minutes), since: since, now: now) {
    case .watching(let well, let badly): "watching \(well) \(badly)"
    case .proved: "proved"
    case .broken: "broken"
    }
  }

  @Test func `ten sessions that went well prove a release, three that went badly break it`() {
    #expect(verdict("") == "watching 0 0")
    #expect(verdict("wwwww") == "watching 5 0")
    #expect(verdict("wwwwwwwwww") == "proved")
    #expect(verdict("wbwbwwwwww") == "proved")
    #expect(verdict("wbwbwb") == "broken")
    #expect(verdict("bbb") == "broken")
    #expect(verdict("bb") == "watching 0 2")
  }

  @Test func `three failures within ten minutes break it after the tenth session as well`() {
    #expect(verdict("wwwwwwwwbbb", every: 1) == "broken")
    #expect(verdict("wwwwwwwwbbb", every: 20) == "proved")
  }

  @Test func `what is open, lost or of before counts for nothing`() {
    #expect(verdict("ooobob") == "watching 0 2")
    let before = WatchedSession(started: since.advanced(by: .seconds(-1)), course: .badly("of before"))
    let now = since.advanced(by: .seconds(60))
    #expect(
      window.verdict(on: [before, before, before], since: since, now: now) == .watching(well: 0, badly: 0))
  }

  @Test func `after three days fewer sessions are enough, if most went well, and none proves nothing`() {
    #expect(verdict("www", after: 2) == "watching 3 0")
    #expect(verdict("wwb", after: 3) == "proved")
    #expect(verdict("wb", after: 3) == "watching 1 1")
    #expect(verdict("", after: 400) == "watching 0 0")
  }

  @Test func `a clock that went back proves nothing`() {
    #expect(verdict("ww", after: -10) == "watching 2 0")
  }

  // MARK: - What a record means

  private func course(
    _ cause: SessionEnd.Cause, answered: Bool, asked: Bool = true, after seconds: Int64 = 5,
    status: ProcessStatus? = nil
  ) throws -> WatchedSession.Course {
    var record = SessionRecord(
      id: "0123456789abcdef", started: since, tree: TreeName(.of([1])), version: try ReleaseVersion("1.0.0"), pid: 1)
    let end = since.advanced(by: .seconds(seconds))
    if answered { record.answered = end }
    record.end = SessionEnd(time: end, cause: cause, status: status, wasAsked: asked)
    return WatchedSession(record).course
  }

  @Test func `a session that its client ends is none against the release, unless it waited for nothing`() throws {
    #expect(try course(.client, answered: true) == .well)
    #expect(try course(.client, answered: false) == .open)
    #expect(try course(.client, answered: false, asked: false, after: 500) == .open)
    #expect(try course(.client, answered: false, after: 30) == .badly("it did not answer within 30 s"))
  }

  @Test func `a plugin that ends by itself or exceeds a limit is, and what the machine does not start is not`() throws {
    #expect(
      try course(.plugin, answered: false, status: .exited(1))
        == .badly("it ended by itself before it answered, with code 1"))
    #expect(try course(.plugin, answered: true, status: .signalled(11)) == .badly("it ended by itself, by signal 11"))
    #expect(try course(.plugin, answered: true, status: .exited(0)) == .well)
    #expect(try course(.limit("memory"), answered: true) == .badly("it was ended for its limit of memory"))
    #expect(try course(.notStarted("no such file"), answered: false) == .open)
    #expect(try course(.lost, answered: false) == .open)
  }
}

/// Going back by itself, with a real host and recorded sessions.
@Suite("Going back after the switch") struct GoBackTests {
  private let shop: Shop
  private let host: PluginHost
  private var home: PluginFolder { get throws { try host.folder.plugin(shop.plugin) } }

  init() async throws {
    shop = try Shop()
    host = try await shop.trustingHost()
    try shop.release("1.0.0", sequence: 1)
    try await shop.activate(on: host, event: "install")
    try writeState("old")
    try await update("1.1.0", 2)
    try writeState("new")
  }

  private func writeState(_ text: String) throws {
    try shop.scratch.write(text, to: "host/plugins/\(shop.plugin)/state/notes.txt")
  }

  private func update(_ version: String, _ sequence: Int64) async throws {
    try shop.release(version, sequence: sequence)
    try await shop.activate(on: host)
  }

  /// Lets a client start the plugin so many times.
  private func use(_ count: Int, isGood: Bool) throws {
    for _ in 0..<count {
      shop.clock.advance(by: .seconds(3600))
      let mark = try home.markRunning()
      let log = SessionLog(try home)
      _ = try log.begin(mark, version: home.summary(of: mark.tree).version, pid: 1)
      if isGood { try log.noteAnswer(mark.id) }
      try log.noteEnd(
        mark.id,
        SessionEnd(
          time: shop.clock.now(), cause: isGood ? .client : .plugin, status: .exited(isGood ? 0 : 1), wasAsked: true))
    }
  }

  private var version: String { get throws { try host.installed(shop.plugin).manifest.version.text } }

  @Test func `an installed release is not watched, an update is until it has proved itself`() throws {
    #expect(try host.ledger.watch(of: shop.plugin)?.version.text == "1.1.0")
    #expect(try home.marked(.lastKnownGood) != home.current())
    try use(9, isGood: true)
    #expect(try host.goBackIfBroken(shop.plugin) == .nothing)
    try use(1, isGood: true)
    guard case .proved(let version, _) = try host.goBackIfBroken(shop.plugin) else {
      Issue.record("it did not prove itself")
      return
    }
    #expect(version.text == "1.1.0")
    #expect(try home.marked(.lastKnownGood) == home.current())
    #expect(try host.ledger.watch(of: shop.plugin) == nil)
    #expect(try host.ledger.history(of: shop.plugin).first?.event == "proved")
    #expect(try host.goBackIfBroken(shop.plugin) == .nothing)
  }

  @Test func `a crash loop brings the last known good release and its data back, with a hold, and is counted`() throws {
    try use(2, isGood: false)
    #expect(try host.goBackIfBroken(shop.plugin) == .nothing)
    try use(1, isGood: false)
    guard case .wentBack(let result, let reasons) = try host.goBackIfBroken(shop.plugin) else {
      Issue.record("it did not go back")
      return
    }
    #expect(result.from.text == "1.1.0" && result.to.text == "1.0.0" && result.isStateRestored)
    #expect(reasons.first == "3 of its first 3 sessions failed")
    #expect(try version == "1.0.0")
    #expect(try shop.scratch.text("host/plugins/\(shop.plugin)/state/notes.txt") == "old")
    #expect(try host.holds(of: shop.plugin).map(\.version?.text) == ["1.1.0"])
    let returns = try host.ledger.automaticReturns(of: shop.plugin)
    #expect(returns.map(\.version.text) == ["1.1.0"] && returns.allSatisfy { $0.isDone && $0.attempts == 1 })
    #expect(try host.goBackIfBroken(shop.plugin) == .nothing)
    let last = try host.ledger.history(of: shop.plugin).first
    #expect(last?.event == "automatic-return" && last?.reason.contains("sessions failed") == true)
  }

  @Test func `a third bad release within a week is not left by itself: a person is asked, once`() async throws {
    try use(3, isGood: false)
    _ = try host.goBackIfBroken(shop.plugin)
    try await update("1.2.0", 3)
    try use(3, isGood: false)
    _ = try host.goBackIfBroken(shop.plugin)
    #expect(try version == "1.0.0")
    try await update("1.3.0", 4)
    try use(3, isGood: false)
    guard case .asks(let left, _, let obstacle) = try host.goBackIfBroken(shop.plugin) else {
      Issue.record("nobody was asked")
      return
    }
    #expect(left.text == "1.3.0" && obstacle == "this host left 2 releases by itself within 7 days")
    #expect(try version == "1.3.0")
    _ = try host.goBackIfBroken(shop.plugin)
    #expect(try host.ledger.history(of: shop.plugin).count { $0.event == "hold" } == 1)
    #expect(try host.holds(of: shop.plugin).contains { $0.kind == .hold && $0.version == nil })
    shop.clock.advance(by: .seconds(8 * 86_400))
    guard case .asks = try host.goBackIfBroken(shop.plugin) else {
      Issue.record("what a person was asked about is left to that person")
      return
    }
    #expect(try version == "1.3.0")
  }

  @Test func `the same release is left by itself once only`() throws {
    try use(3, isGood: false)
    _ = try host.goBackIfBroken(shop.plugin)
    _ = try host.undoRollback(shop.plugin, reason: "it was not its fault")
    #expect(try version == "1.1.0")
    try use(5, isGood: false)
    #expect(try host.goBackIfBroken(shop.plugin) == .nothing, "what a person brought back is not watched")
    let tree = try #require(try home.current())
    try host.beginWatch(of: shop.plugin, version: ReleaseVersion("1.1.0"), tree: tree, at: shop.clock.now())
    try use(3, isGood: false)
    guard case .asks(_, _, let obstacle) = try host.goBackIfBroken(shop.plugin) else {
      Issue.record("it went back again")
      return
    }
    #expect(obstacle == "this host left 1.1.0 by itself once already")
  }

  @Test func `a return that is cut anywhere goes on, and is counted once`() throws {
    try use(3, isGood: false)
    for step in [2, 9, 17, 25] {
      _ = try? shop.host(FaultyFileSystem(failsAt: step)).goBackIfBroken(shop.plugin)
      _ = try SwitchTransaction(shop.host().folder.plugin(shop.plugin)).recover()
    }
    _ = try shop.host().goBackIfBroken(shop.plugin)
    #expect(try version == "1.0.0")
    let returns = try host.ledger.automaticReturns(of: shop.plugin)
    #expect(returns.count == 1 && returns.allSatisfy(\.isDone))
    #expect(try host.ledger.watch(of: shop.plugin) == nil)
  }

  @Test func `a doubted release does not become the last known good one`() async throws {
    let good = try home.marked(.lastKnownGood)
    try use(2, isGood: false)
    try await update("1.2.0", 3)
    #expect(try home.marked(.lastKnownGood) == good)
    try use(3, isGood: false)
    _ = try host.goBackIfBroken(shop.plugin)
    #expect(try version == "1.0.0")
  }
}
