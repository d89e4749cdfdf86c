package import StrictJSON

extension CanaryBlock {
  /// Most blocks that are kept of one soak: a day in hours, twice over, and the noise check.
  package static let most = 64

  /// The block as JSON, for progress files, ledgers and reports.
  package var json: JSON {
    var object = JSON.Object([
      ("number", .integer(Int64(number))), ("noiseCheck", .bool(isNoiseCheck)),
      ("observed", .integer(observed.nanoseconds)), ("session", .integer(Int64(session))),
      ("installed", installed.json), ("candidate", candidate.json),
    ])
    let members = pairs.sorted { $0.key.rawValue < $1.key.rawValue }.compactMap { metric, summary in
      JSON(finite: summary.medianLogRatio).map {
        (metric.rawValue, JSON.array([.integer(Int64(summary.pairs)), $0]))
      }
    }
    object.set("pairs", .object(JSON.Object(members)))
    return .object(object)
  }

  /// Reads what ``json`` wrote; nil for anything else.
  package init?(json: JSON) {
    guard let number = json["number"]?.intValue, number >= 0, let isNoiseCheck = json["noiseCheck"]?.boolValue,
      let observed = json["observed"]?.int64Value, observed >= 0, let session = json["session"]?.intValue,
      let installed = json["installed"].flatMap(ArmBlock.init),
      let candidate = json["candidate"].flatMap(ArmBlock.init),
      let pairs = json["pairs"]?.objectValue
    else { return nil }
    self.init(number: number, isNoiseCheck: isNoiseCheck, observed: .nanoseconds(observed))
    self.session = session
    self.installed = installed
    self.candidate = candidate
    for member in pairs.members {
      guard let metric = CanaryMetric(rawValue: member.key), let parts = member.value.arrayValue, parts.count == 2,
        let count = parts[0].intValue, count >= 0, let ratio = parts[1].doubleValue, ratio.isFinite
      else { return nil }
      self.pairs[metric] = PairSummary(pairs: count, medianLogRatio: ratio)
    }
  }
}

extension ArmBlock {
  fileprivate var json: JSON {
    let members = medians.sorted { $0.key.rawValue < $1.key.rawValue }.compactMap { metric, value in
      JSON(finite: value).map { (metric.rawValue, $0) }
    }
    return [
      "requests": .integer(Int64(requests)), "errors": .integer(Int64(errors)),
      "medians": .object(JSON.Object(members)),
    ]
  }

  fileprivate init?(json: JSON) {
    self.init()
    guard let requests = json["requests"]?.intValue, requests >= 0, let errors = json["errors"]?.intValue, errors >= 0,
      let medians = json["medians"]?.objectValue
    else { return nil }
    self.requests = requests
    self.errors = errors
    for member in medians.members {
      guard let metric = CanaryMetric(rawValue: member.key), let value = member.value.doubleValue, value.isFinite else {
        return nil
      }
      self.medians[metric] = value
    }
  }
}

extension PairedRound {
  /// The round as JSON: for each metric what both arms took, null for what was not measured.
  var json: JSON {
    let metrics = Set(installed.keys).union(candidate.keys).sorted { $0.rawValue < $1.rawValue }
    let members = metrics.map { metric in
      (metric.rawValue, JSON.array([installed, candidate].map { $0[metric].flatMap(JSON.init(finite:)) ?? .null }))
    }
    return ["session": .integer(Int64(session)), "metrics": .object(JSON.Object(members))]
  }

  /// Reads what ``json`` wrote; nil for anything else.
  init?(json: JSON) {
    guard let session = json["session"]?.intValue, let metrics = json["metrics"]?.objectValue else { return nil }
    self.init(installed: [:], candidate: [:], session: session)
    for member in metrics.members {
      guard let metric = CanaryMetric(rawValue: member.key), let both = member.value.arrayValue, both.count == 2 else {
        return nil
      }
      installed[metric] = both[0].doubleValue
      candidate[metric] = both[1].doubleValue
    }
  }
}

extension CanaryEvent {
  /// The event as JSON.
  package var json: JSON {
    ["kind": .string(kind.rawValue), "subject": .string(subject), "count": .integer(Int64(count))]
  }

  /// Reads what ``json`` wrote; nil for anything else.
  package init?(json: JSON) {
    guard let kind = json["kind"]?.stringValue.flatMap(Kind.init(rawValue:)),
      let subject = json["subject"]?.stringValue, let count = json["count"]?.intValue, count > 0
    else { return nil }
    self.init(kind, subject, count: count)
  }
}

extension JSON {
  /// A number as JSON can say it; nil for what it cannot (no number, infinite).
  fileprivate init?(finite value: Double) {
    guard value.isFinite else { return nil }
    self = .number("\(value)")
  }
}
