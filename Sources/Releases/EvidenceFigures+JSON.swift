internal import StrictJSON

extension EvidenceFigures {
  private static let maxCount = Int64(1) << 53
  private static let range = -maxCount...maxCount
  private static let counts = 0...maxCount

  init(_ fields: Fields) throws(ReleaseError) {
    try fields.checkFormat()
    gates = try Self.numbers(fields, "gates")
    counts = try Self.numbers(fields, "counts")
    for (index, member) in try fields.optionalArray("latencies", limit: Self.maxNumbers).enumerated() {
      let latency = try Fields(member, at: fields.path("latencies"), index: index)
      latencies.append(
        Latency(
          probe: try Self.name(latency, "probe"), count: try latency.integer("count", in: Self.counts),
          meanMicroseconds: try latency.integer("mean", in: Self.counts),
          slowestMicroseconds: try latency.integer("slowest", in: Self.counts)))
    }
    for (index, member) in try fields.optionalArray("blocks", limit: Self.maxBlocks).enumerated() {
      blocks.append(try Self.block(Fields(member, at: fields.path("blocks"), index: index)))
    }
    for (index, member) in try fields.optionalArray("judged", limit: Self.maxNumbers).enumerated() {
      let figure = try Fields(member, at: fields.path("judged"), index: index)
      judged.append(
        Judged(
          quantity: try Self.name(figure, "quantity"), outcome: try Self.name(figure, "outcome"),
          numbers: try Self.numbers(figure, "numbers")))
    }
    events = try Self.events(fields, "events")
    installedEvents = try Self.events(fields, "installedEvents")
    unkeptLimits = try fields.strings("unkeptLimits", limit: Self.maxNumbers, maxText: Finding.maxSentence)
    protocolVersion = try fields.optionalString("protocolVersion", limit: 64)
    errorTail = try fields.optionalString("errorTail", limit: Self.maxErrorTail) ?? ""
    environment = try fields.texts("environment", limit: Self.maxNumbers)
    tools = try fields.optionalFields("tools").map { pins throws(ReleaseError) in try ToolPins(pins) }
  }

  /// The figures as JSON, the same for the same figures.
  var json: JSON {
    var object = JSON.Object([
      ("format", 1), ("gates", Self.json(gates)), ("counts", Self.json(counts)),
      (
        "latencies",
        .array(
          latencies.map {
            [
              "probe": .string($0.probe), "count": .integer($0.count), "mean": .integer($0.meanMicroseconds),
              "slowest": .integer($0.slowestMicroseconds),
            ]
          })
      ), ("blocks", .array(blocks.map(Self.json))),
      (
        "judged",
        .array(
          judged.map {
            ["quantity": .string($0.quantity), "outcome": .string($0.outcome), "numbers": Self.json($0.numbers)]
          })
      ), ("events", Self.json(events)), ("installedEvents", Self.json(installedEvents)),
      ("unkeptLimits", .strings(unkeptLimits)), ("errorTail", .string(errorTail)),
      (
        "environment",
        .object(JSON.Object(environment.keys.sortedByBytes().map { ($0, .string(environment[$0, default: ""])) }))
      ),
    ])
    if let protocolVersion { object.set("protocolVersion", .string(protocolVersion)) }
    if let tools { object.set("tools", tools.json) }
    return .object(object)
  }

  private static func events(_ fields: Fields, _ key: String) throws(ReleaseError) -> [Event] {
    var events: [Event] = []
    for (index, member) in try fields.optionalArray(key, limit: maxEvents).enumerated() {
      let event = try Fields(member, at: fields.path(key), index: index)
      events.append(
        Event(
          kind: try name(event, "kind"), subject: try event.string("subject", limit: Finding.maxSentence),
          count: try event.integer("count", in: counts)))
    }
    return events
  }

  private static func json(_ events: [Event]) -> JSON {
    .array(events.map { ["kind": .string($0.kind), "subject": .string($0.subject), "count": .integer($0.count)] })
  }

  private static func block(_ fields: Fields) throws(ReleaseError) -> Block {
    var pairs: [Pair] = []
    for (index, member) in try fields.optionalArray("pairs", limit: maxNumbers).enumerated() {
      let pair = try Fields(member, at: fields.path("pairs"), index: index)
      pairs.append(
        Pair(
          metric: try name(pair, "metric"), pairs: try pair.integer("pairs", in: counts),
          logRatioMillionths: try pair.integer("logRatio", in: range)))
    }
    return Block(
      number: try fields.integer("number", in: counts), isNoiseCheck: try fields.bool("noiseCheck", default: false),
      observedSeconds: try fields.integer("observedSeconds", in: counts),
      installed: try arm(fields.fields("installed")), candidate: try arm(fields.fields("candidate")), pairs: pairs)
  }

  private static func json(_ block: Block) -> JSON {
    [
      "number": .integer(block.number), "noiseCheck": .bool(block.isNoiseCheck),
      "observedSeconds": .integer(block.observedSeconds), "installed": json(block.installed),
      "candidate": json(block.candidate),
      "pairs": .array(
        block.pairs.map {
          ["metric": .string($0.metric), "pairs": .integer($0.pairs), "logRatio": .integer($0.logRatioMillionths)]
        }),
    ]
  }

  private static func arm(_ fields: Fields) throws(ReleaseError) -> Arm {
    Arm(
      requests: try fields.integer("requests", in: counts), errors: try fields.integer("errors", in: counts),
      medians: try numbers(fields, "medians"))
  }

  private static func json(_ arm: Arm) -> JSON {
    ["requests": .integer(arm.requests), "errors": .integer(arm.errors), "medians": json(arm.medians)]
  }

  private static func numbers(_ fields: Fields, _ key: String) throws(ReleaseError) -> [Number] {
    guard let members = try fields.optionalFields(key) else { return [] }
    guard members.object.count <= maxNumbers else {
      throw fields.error(key, .tooMany(offered: members.object.count, limit: maxNumbers))
    }
    var numbers: [Number] = []
    for name in members.object.keys {
      try check(name, members, name)
      numbers.append(Number(name, try members.integer(name, in: range)))
    }
    return numbers.sorted { $0.name < $1.name }
  }

  private static func json(_ numbers: [Number]) -> JSON {
    .object(JSON.Object(numbers.sorted { $0.name < $1.name }.map { ($0.name, .integer($0.value)) }))
  }

  private static func name(_ fields: Fields, _ key: String) throws(ReleaseError) -> String {
    let text = try fields.string(key, limit: 64)
    try check(text, fields, key)
    return text
  }

  private static func check(_ text: String, _ fields: Fields, _ key: String) throws(ReleaseError) {
    guard (1...64).contains(text.utf8.count), text.utf8.allSatisfy(Characters.isLetter) else {
      throw fields.error(key, .invalid(offered: text, rule: "have 1 to 64 letters"))
    }
  }
}
