package import MCP
package import Releases

extension EvidenceFigures {
  /// The figures of a soak, cut to what a record may carry.
  ///
  /// - Parameters:
  ///   - tools: the candidate's tools, if they are known.
  ///   - errorTail: the end of what the candidate wrote to standard error.
  package init(
    _ record: CanaryRecord, gates: CanaryGates, judged: [CanaryFigure] = [], tools: ToolList?, errorTail: [UInt8] = []
  ) {
    self.init()
    self.gates = [
      Number("startMilliseconds", gates.start.milliseconds), Number("callMilliseconds", gates.call.milliseconds),
      Number("stopMilliseconds", gates.stop.milliseconds), Number("minimumProbes", Int64(gates.minimumProbes)),
    ]
    if let memory = gates.memory { self.gates.append(Number("memoryBytes", memory)) }
    self.gates.sort { $0.name < $1.name }
    counts = [
      ("bursts", record.bursts), ("cleanStops", record.cleanStops), ("clockStretches", record.clockStretches),
      ("coldStarts", record.coldStarts), ("eventsNotKept", record.eventsNotKept),
      ("failures", record.failures.reduce(0) { $0 + $1.count }),
      ("idleStretches", record.idleStretches),
      ("installedFailures", record.installedFailures.reduce(0) { $0 + $1.count }),
      ("installedStarts", record.installedStarts), ("lateAnswers", record.lateAnswers),
      ("noiseLines", record.noiseLines), ("probes", record.probes), ("provocations", record.provocations),
      ("replays", record.replays), ("requests", record.requests), ("retries", record.retries),
      ("starts", record.starts), ("uncleanCodes", record.uncleanCodes),
    ].map { Number($0.0, Int64($0.1)) }
    if let peak = record.peakMemory { counts.append(Number("peakMemoryBytes", peak)) }
    counts.sort { $0.name < $1.name }
    latencies = record.latencies.sorted { $0.key.rawValue < $1.key.rawValue }.map { kind, summary in
      Latency(
        probe: kind.rawValue, count: Int64(summary.count),
        meanMicroseconds: max(0, summary.mean.nanoseconds / 1000),
        slowestMicroseconds: max(0, summary.slowest.nanoseconds / 1000))
    }
    blocks = record.blocks.suffix(Self.maxBlocks).map(Block.init)
    self.judged = judged.prefix(Self.maxNumbers).map(Judged.init)
    events = record.events.prefix(Self.maxEvents).map(Event.init)
    installedEvents = record.installedEvents.prefix(Self.maxEvents / 2).map(Event.init)
    unkeptLimits = record.unkeptLimits.prefix(Self.maxNumbers).map { PlainText.excerpt($0, limit: 400) }
    protocolVersion = record.protocolVersion.map { PlainText.excerpt($0, limit: 20) }
    self.errorTail = Self.plainLines(errorTail)
    if let tools, tools.tools.count <= Self.maxPinnedTools { self.tools = try? tools.pins() }
  }

  /// The last whole lines of foreign output, each made harmless, within the bound of a record.
  package static func plainLines(_ bytes: [UInt8]) -> String {
    var lines: [String] = []
    var size = 0
    for line in bytes.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: true).reversed() {
      let text = PlainText.excerpt(Array(line))
      size += text.utf8.count + 1
      guard size <= maxErrorTail else { break }
      lines.append(text)
    }
    return lines.reversed().joined(separator: "\n")
  }
}

extension EvidenceFigures.Event {
  init(_ event: CanaryEvent) {
    self.init(
      kind: event.kind.rawValue, subject: PlainText.excerpt(event.subject, limit: 256), count: Int64(event.count))
  }
}

extension EvidenceFigures.Judged {
  init(_ figure: CanaryFigure) {
    let scaled: [(String, Double, Double)] = [
      ("allowed", figure.allowed, 1e6), ("candidate", figure.candidate, 1e6), ("effect", figure.effect, 1e6),
      ("high", figure.interval.upperBound, 1e6), ("installed", figure.installed, 1e6),
      ("level", figure.level, 1e9), ("low", figure.interval.lowerBound, 1e6), ("probability", figure.probability, 1e9),
    ]
    var numbers = scaled.compactMap { name, value, scale in
      Int64(exactlyRounding: value * scale).map { EvidenceFigures.Number(name, $0) }
    }
    numbers += [.init("blocks", Int64(figure.blocks)), .init("worseBlocks", Int64(figure.worseBlocks))]
    self.init(
      quantity: figure.quantity.rawValue, outcome: figure.outcome.rawValue,
      numbers: numbers.sorted { $0.name < $1.name })
  }
}

extension EvidenceFigures.Block {
  /// A block of observations as a record carries it.
  init(_ block: CanaryBlock) {
    self.init(
      number: Int64(block.number), isNoiseCheck: block.isNoiseCheck,
      observedSeconds: max(0, block.observed.components.seconds), installed: EvidenceFigures.Arm(block.installed),
      candidate: EvidenceFigures.Arm(block.candidate),
      pairs: block.pairs.sorted { $0.key.rawValue < $1.key.rawValue }.compactMap { metric, pair in
        guard let ratio = Int64(exactlyRounding: pair.medianLogRatio * 1e6) else { return nil }
        return EvidenceFigures.Pair(metric: metric.rawValue, pairs: Int64(pair.pairs), logRatioMillionths: ratio)
      })
  }
}

extension EvidenceFigures.Arm {
  init(_ arm: ArmBlock) {
    self.init(
      requests: Int64(arm.requests), errors: Int64(arm.errors),
      medians: arm.medians.sorted { $0.key.rawValue < $1.key.rawValue }.compactMap { metric, median in
        Int64(exactlyRounding: median).map { EvidenceFigures.Number(metric.rawValue, $0) }
      })
  }
}

extension Int64 {
  /// The nearest whole number; nil for what is none, or beyond what every JSON reader can hold.
  fileprivate init?(exactlyRounding value: Double) {
    guard value.isFinite, abs(value) < 9e15 else { return nil }
    self = Int64(value.rounded())
  }
}

extension Duration {
  /// Whole milliseconds, held at the ends of what every JSON reader can hold.
  fileprivate var milliseconds: Int64 { Swift.min(Swift.max(0, nanoseconds / 1_000_000), 1 << 53) }
}
