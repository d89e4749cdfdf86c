/// Puts pairs into rounds and rounds into blocks, and goes on with a block that a killed supervisor had begun.
struct BlockAccount {
  /// The medians of the running block are taken anew after so many rounds: each time would cost more than it tells.
  private static let medianEvery = 15

  private var closed: [CanaryBlock]
  private var builder: BlockBuilder?
  private var latest: CanaryBlock?
  private var values: [CanaryArm: [CanaryMetric: Double]] = [:]
  private var session: Int
  private var roundsSinceMedians = 0
  private let length: Duration
  /// Whether both arms are the installed release at present; a block is one or the other.
  var isNoiseCheck = false {
    didSet { if let builder, builder.running.isNoiseCheck != isNoiseCheck { close() } }
  }

  init(blocks: [CanaryBlock], rounds: [PairedRound], length: Duration) {
    self.length = length
    closed = blocks
    session = max(blocks.map(\.session).max() ?? 0, rounds.map(\.session).max() ?? 0)
    if let last = closed.popLast() {
      builder = BlockBuilder(last, rounds: rounds)
      latest = last
    }
  }

  /// All blocks, the running one last.
  var blocks: [CanaryBlock] { closed + (latest.map { [$0] } ?? []) }
  /// The rounds of the running block.
  var rounds: [PairedRound] { builder?.rounds ?? [] }

  /// Begins another session of one of the arms.
  mutating func beginSession() { session += 1 }

  /// Counts what both arms were asked, and keeps the latencies of those that answered.
  mutating func add(_ results: [CanaryArm: ProbeResult], _ purpose: SessionPurpose) {
    // A long session starts once, and the first list of a fresh process is another matter than the hundredth.
    func isCompared(_ probe: ProbeKind) -> Bool { purpose == (probe == .start ? .coldStart : .soak) }
    for (arm, result) in results {
      if result.probe != .stop {
        openBuilder()
        builder?.count(arm, errors: result.retried || result.failure != nil ? 1 : 0)
      }
      guard result.failure == nil, isCompared(result.probe), let metric = result.probe.metric else { continue }
      values[arm, default: [:]][metric] = result.latency / .microseconds(1)
    }
  }

  /// Adds what an arm uses.
  mutating func add(_ metrics: [CanaryMetric: Double], _ arm: CanaryArm) {
    values[arm, default: [:]].merge(metrics) { _, new in new }
  }

  /// Ends one pair or one round.
  mutating func finishPair() {
    guard !values.isEmpty else { return }
    openBuilder()
    builder?.add(
      PairedRound(installed: values[.installed] ?? [:], candidate: values[.candidate] ?? [:], session: session))
    values = [:]
  }

  /// Ends a round at this observed time of the stage, and with it a block whose time is up.
  ///
  /// Blocks end where the time says it, not so long after the one before, so that they never drift from the looks.
  mutating func finishRound(observed: Duration, after before: Duration) {
    openBuilder()
    finishPair()
    builder?.observe(observed - before)
    roundsSinceMedians += 1
    guard let builder else { return }
    if Int(observed / length) > Int(before / length) {
      close()
      // There is always a running block, so that the one that has just ended does not count as running.
      openBuilder()
      latest = self.builder?.running
    } else if roundsSinceMedians >= Self.medianEvery || latest == nil {
      latest = builder.block
      roundsSinceMedians = 0
    } else if var block = latest {
      // Only the medians wait.
      block.observed = builder.running.observed
      block.installed.requests = builder.running.installed.requests
      block.installed.errors = builder.running.installed.errors
      block.candidate.requests = builder.running.candidate.requests
      block.candidate.errors = builder.running.candidate.errors
      latest = block
    }
  }

  /// Takes the medians of the running block now: somebody is about to judge.
  mutating func bringUpToDate() {
    guard let builder else { return }
    latest = builder.running.observed > .zero ? builder.block : nil
  }

  private mutating func openBuilder() {
    guard builder == nil, closed.count < CanaryBlock.most else { return }
    builder = BlockBuilder(CanaryBlock(number: closed.count, isNoiseCheck: isNoiseCheck))
  }

  private mutating func close() {
    if let builder, builder.running.observed > .zero { closed.append(builder.block) }
    (builder, latest, roundsSinceMedians) = (nil, nil, 0)
  }
}
