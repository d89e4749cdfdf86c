import MCP
import Platform
import Signing
package import StrictJSON

extension CanaryProgress {
  /// The version of the kept form; progress in another form is not gone on from.
  private static let format: Int64 = 2
  /// Largest kept form in bytes.
  package static let maxBytes = 1024 * 1024

  /// The progress as JSON, for keeping.
  package func encoded() -> [UInt8] {
    var members: [(String, JSON)] = [
      ("format", .integer(Self.format)), ("tree", .string(tree.hex)), ("observed", .integer(observed.nanoseconds)),
      ("noiseObserved", .integer(noiseObserved.nanoseconds)), ("samples", .integer(Int64(samples))),
      ("started", .string(started.rfc3339)), ("updated", .string(updated.rfc3339)), ("record", record.json),
      ("rounds", .array(rounds.map(\.json))),
    ]
    if let baseline { members.append(("baseline", .string(baseline.hex))) }
    return JSON.object(JSON.Object(members)).serialized(pretty: false)
  }

  /// Reads what `encoded()` wrote; nil for anything else, and the soak then begins anew.
  package init?(encoded bytes: [UInt8]) {
    var limits = JSONLimits.message
    limits.maxBytes = Self.maxBytes
    guard let json = try? JSON.parse(bytes, limits: limits), json["format"] == .integer(Self.format),
      let tree = json["tree"]?.stringValue.flatMap(SHA256Digest.init(hex:)),
      let observed = json["observed"]?.int64Value, observed >= 0,
      let noise = json["noiseObserved"]?.int64Value, noise >= 0,
      let samples = json["samples"]?.intValue, samples >= 0,
      let started = json["started"]?.stringValue.flatMap(Instant.init(rfc3339:)),
      let updated = json["updated"]?.stringValue.flatMap(Instant.init(rfc3339:)),
      let record = json["record"].flatMap(CanaryRecord.init), let rounds = json["rounds"]?.arrayValue,
      rounds.count <= BlockBuilder.mostRounds
    else { return nil }
    self.init(
      tree: tree, baseline: json["baseline"]?.stringValue.flatMap(SHA256Digest.init(hex:)), started: started)
    self.observed = .nanoseconds(observed)
    noiseObserved = .nanoseconds(noise)
    self.samples = samples
    self.updated = updated
    self.record = record
    self.rounds = rounds.compactMap(PairedRound.init)
  }
}

extension CanaryRecord {
  /// The facts as JSON, for progress files, ledgers and reports.
  package var json: JSON {
    let latencies = latencies.sorted { $0.key.rawValue < $1.key.rawValue }.map { kind, summary in
      (
        kind.rawValue,
        JSON.object(
          JSON.Object([
            ("count", .integer(Int64(summary.count))), ("total", .integer(summary.total.nanoseconds)),
            ("slowest", .integer(summary.slowest.nanoseconds)),
          ]))
      )
    }
    var members = Self.counters.map { ($0.0, JSON.integer(Int64(self[keyPath: $0.1]))) }
    members += Self.counts.map { ($0.0, JSON.array(self[keyPath: $0.1].map(\.json))) }
    members += [
      ("noiseExcerpts", .array(noiseExcerpts.map(JSON.string))),
      ("unkeptLimits", .array(unkeptLimits.map(JSON.string))), ("latencies", .object(JSON.Object(latencies))),
      ("blocks", .array(blocks.map(\.json))), ("events", .array(events.map(\.json))),
      ("installedEvents", .array(installedEvents.map(\.json))),
    ]
    if let peakMemory { members.append(("peakMemory", .integer(peakMemory))) }
    if let era { members.append(("era", .string(era.rawValue))) }
    if let protocolVersion { members.append(("protocolVersion", .string(protocolVersion))) }
    if let tools { members.append(("tools", .string(tools.hex))) }
    return .object(JSON.Object(members))
  }

  private static let counters: [(String, any WritableKeyPath<CanaryRecord, Int> & Sendable)] = [
    ("probes", \.probes), ("starts", \.starts), ("coldStarts", \.coldStarts), ("cleanStops", \.cleanStops),
    ("retries", \.retries), ("noiseLines", \.noiseLines), ("lateAnswers", \.lateAnswers),
    ("uncleanCodes", \.uncleanCodes), ("requests", \.requests), ("installedStarts", \.installedStarts),
    ("bursts", \.bursts), ("provocations", \.provocations), ("idleStretches", \.idleStretches),
    ("clockStretches", \.clockStretches), ("replays", \.replays), ("eventsNotKept", \.eventsNotKept),
  ]

  private static let counts: [(String, any WritableKeyPath<CanaryRecord, [FailureCount]> & Sendable)] = [
    ("failures", \.failures), ("installedFailures", \.installedFailures), ("sharedFailures", \.sharedFailures),
    ("remarks", \.remarks),
  ]

  /// Reads what ``json`` wrote; nil for anything else.
  package init?(json: JSON) {
    self.init()
    for (name, path) in Self.counters {
      guard let count = json[name]?.intValue, count >= 0 else { return nil }
      self[keyPath: path] = count
    }
    for (name, path) in Self.counts {
      guard let list = json[name]?.arrayValue, let counts = Self.all(list, FailureCount.init) else { return nil }
      self[keyPath: path] = counts
    }
    guard let latencies = json["latencies"]?.objectValue, let blocks = json["blocks"]?.arrayValue,
      let events = json["events"]?.arrayValue, let installedEvents = json["installedEvents"]?.arrayValue,
      let readBlocks = Self.all(blocks, CanaryBlock.init), let readEvents = Self.all(events, CanaryEvent.init),
      let readInstalled = Self.all(installedEvents, CanaryEvent.init)
    else { return nil }
    (self.blocks, self.events, self.installedEvents) = (readBlocks, readEvents, readInstalled)
    for member in latencies.members {
      guard let kind = ProbeKind(rawValue: member.key), let count = member.value["count"]?.intValue, count >= 0,
        let total = member.value["total"]?.int64Value, let slowest = member.value["slowest"]?.int64Value
      else { return nil }
      self.latencies[kind] = LatencySummary(
        count: count, total: .nanoseconds(total), slowest: .nanoseconds(slowest))
    }
    noiseExcerpts = (json["noiseExcerpts"]?.arrayValue ?? []).compactMap(\.stringValue)
    unkeptLimits = (json["unkeptLimits"]?.arrayValue ?? []).compactMap(\.stringValue)
    peakMemory = json["peakMemory"]?.int64Value
    era = json["era"]?.stringValue.flatMap(MCPEra.init(rawValue:))
    protocolVersion = json["protocolVersion"]?.stringValue
    tools = json["tools"]?.stringValue.flatMap(SHA256Digest.init(hex:))
  }

  /// All members of a list, or nil when one of them cannot be read.
  private static func all<Value>(_ list: [JSON], _ read: (JSON) -> Value?) -> [Value]? {
    let values = list.compactMap(read)
    return values.count == list.count ? values : nil
  }
}

extension FailureCount {
  fileprivate var json: JSON {
    ["code": .string(code), "sentence": .string(sentence), "count": .integer(Int64(count))]
  }

  fileprivate init?(json: JSON) {
    guard let code = json["code"]?.stringValue, let sentence = json["sentence"]?.stringValue,
      let count = json["count"]?.intValue, count > 0
    else { return nil }
    self.init(code: code, sentence: sentence, count: count)
  }
}

extension Duration {
  /// Nanoseconds, held at the ends of what 64 bits can say (292 years).
  var nanoseconds: Int64 {
    let (seconds, attoseconds) = components
    let (product, overflow) = seconds.multipliedReportingOverflow(by: 1_000_000_000)
    guard !overflow else { return seconds < 0 ? .min : .max }
    let (sum, carry) = product.addingReportingOverflow(attoseconds / 1_000_000_000)
    return carry ? (seconds < 0 ? .min : .max) : sum
  }
}
