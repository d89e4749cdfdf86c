package import MCP
package import Releases

extension EvidenceFigures {
  /// The figures of a soak, cut to what a record may carry.
  ///
  /// - Parameters:
  ///   - tools: the candidate's tools, if they are known.
  ///   - errorTail: the end of what the candidate wrote to standard error.
  package init(_ record: CanaryRecord, gates: CanaryGates, tools: ToolList?, errorTail: [UInt8] = []) {
    self.init()
    self.gates = [
      Number("startMilliseconds", gates.start.milliseconds), Number("callMilliseconds", gates.call.milliseconds),
      Number("stopMilliseconds", gates.stop.milliseconds), Number("minimumProbes", Int64(gates.minimumProbes)),
    ]
    if let memory = gates.memory { self.gates.append(Number("memoryBytes", memory)) }
    self.gates.sort { $0.name < $1.name }
    counts = [
      ("cleanStops", record.cleanStops), ("coldStarts", record.coldStarts),
      ("failures", record.failures.reduce(0) { $0 + $1.count }), ("lateAnswers", record.lateAnswers),
      ("noiseLines", record.noiseLines), ("probes", record.probes), ("retries", record.retries),
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
    events = record.events.prefix(Self.maxEvents).map {
      Event(kind: $0.kind.rawValue, subject: PlainText.excerpt($0.subject, limit: 256), count: Int64($0.count))
    }
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
