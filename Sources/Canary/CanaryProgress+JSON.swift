import MCP
import Platform
import Signing
import StrictJSON

extension CanaryProgress {
  /// The version of the kept form; progress in another form is not gone on from.
  private static let format: Int64 = 1
  /// Largest kept form in bytes.
  package static let maxBytes = 256 * 1024

  /// The progress as JSON, for keeping.
  package func encoded() -> [UInt8] {
    let latencies = record.latencies.sorted { $0.key.rawValue < $1.key.rawValue }.map { kind, summary in
      (
        kind.rawValue,
        JSON.object(
          JSON.Object([
            ("count", .integer(Int64(summary.count))), ("total", .integer(summary.total.nanoseconds)),
            ("slowest", .integer(summary.slowest.nanoseconds)),
          ]))
      )
    }
    let failures = record.failures.map { failure in
      JSON.object(
        JSON.Object([
          ("code", .string(failure.code)), ("sentence", .string(failure.sentence)),
          ("count", .integer(Int64(failure.count))),
        ]))
    }
    var members: [(String, JSON)] = [
      ("format", .integer(Self.format)), ("tree", .string(tree.hex)), ("observed", .integer(observed.nanoseconds)),
      ("samples", .integer(Int64(samples))), ("started", .string(started.rfc3339)),
      ("updated", .string(updated.rfc3339)), ("failures", .array(failures)),
      ("noiseExcerpts", .array(record.noiseExcerpts.map(JSON.string))),
      ("unkeptLimits", .array(record.unkeptLimits.map(JSON.string))),
      ("latencies", .object(JSON.Object(latencies))),
    ]
    members += Self.counters.map { ($0.0, .integer(Int64(record[keyPath: $0.1]))) }
    if let peak = record.peakMemory { members.append(("peakMemory", .integer(peak))) }
    if let era = record.era { members.append(("era", .string(era.rawValue))) }
    if let version = record.protocolVersion { members.append(("protocolVersion", .string(version))) }
    if let tools = record.tools { members.append(("tools", .string(tools.hex))) }
    return JSON.object(JSON.Object(members)).serialized(pretty: false)
  }

  /// Reads what `encoded()` wrote; nil for anything else, and the soak then begins anew.
  package init?(encoded bytes: [UInt8]) {
    var limits = JSONLimits.message
    limits.maxBytes = Self.maxBytes
    guard let json = try? JSON.parse(bytes, limits: limits), json["format"] == .integer(Self.format),
      let tree = json["tree"]?.stringValue.flatMap(SHA256Digest.init(hex:)),
      let observed = json["observed"]?.int64Value, observed >= 0,
      let samples = json["samples"]?.intValue, samples >= 0,
      let started = json["started"]?.stringValue.flatMap(Instant.init(rfc3339:)),
      let updated = json["updated"]?.stringValue.flatMap(Instant.init(rfc3339:)),
      let record = Self.record(json)
    else { return nil }
    self.init(tree: tree, started: started)
    self.observed = .nanoseconds(observed)
    self.samples = samples
    self.updated = updated
    self.record = record
  }

  private static let counters: [(String, any WritableKeyPath<CanaryRecord, Int> & Sendable)] = [
    ("probes", \.probes), ("starts", \.starts), ("coldStarts", \.coldStarts), ("cleanStops", \.cleanStops),
    ("retries", \.retries), ("noiseLines", \.noiseLines), ("lateAnswers", \.lateAnswers),
    ("uncleanCodes", \.uncleanCodes),
  ]

  private static func record(_ json: JSON) -> CanaryRecord? {
    var record = CanaryRecord()
    for (name, path) in counters {
      guard let count = json[name]?.intValue, count >= 0 else { return nil }
      record[keyPath: path] = count
    }
    guard let failures = json["failures"]?.arrayValue, let latencies = json["latencies"]?.objectValue else {
      return nil
    }
    for failure in failures {
      guard let code = failure["code"]?.stringValue, let sentence = failure["sentence"]?.stringValue,
        let count = failure["count"]?.intValue, count > 0
      else { return nil }
      record.failures.append(FailureCount(code: code, sentence: sentence, count: count))
    }
    for member in latencies.members {
      guard let kind = ProbeKind(rawValue: member.key), let count = member.value["count"]?.intValue, count >= 0,
        let total = member.value["total"]?.int64Value, let slowest = member.value["slowest"]?.int64Value
      else { return nil }
      record.latencies[kind] = LatencySummary(
        count: count, total: .nanoseconds(total), slowest: .nanoseconds(slowest))
    }
    record.noiseExcerpts = (json["noiseExcerpts"]?.arrayValue ?? []).compactMap(\.stringValue)
    record.unkeptLimits = (json["unkeptLimits"]?.arrayValue ?? []).compactMap(\.stringValue)
    record.peakMemory = json["peakMemory"]?.int64Value
    record.era = json["era"]?.stringValue.flatMap(MCPEra.init(rawValue:))
    record.protocolVersion = json["protocolVersion"]?.stringValue
    record.tools = json["tools"]?.stringValue.flatMap(SHA256Digest.init(hex:))
    return record
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
