internal import StrictJSON

/// What a plugin may use up.
package struct ResourceLimits: Hashable, Sendable {
  /// Memory.
  package var memory: ByteSize
  /// Processors; 1.0 is one whole processor.
  package var cpus: Double
  /// Processes and threads.
  package var pids: Int
  /// Open files.
  package var files: Int
  /// The size of the temporary folder.
  package var tmp: ByteSize
  /// Time to start and answer for the first time.
  package var start: DurationText
  /// Time to answer one call.
  package var call: DurationText

  /// What a plugin gets that asks for nothing.
  package static let standard = ResourceLimits(
    memory: ByteSize(bytes: 256 << 20), cpus: 1, pids: 32, files: 256, tmp: ByteSize(bytes: 16 << 20),
    start: DurationText(seconds: 30), call: DurationText(seconds: 60))

  private static let memoryRange: ClosedRange<Int64> = (4 << 20)...(256 << 30)
  private static let tmpRange: ClosedRange<Int64> = 0...(64 << 30)
  private static let cpuRange = 0.05...256.0
  private static let pidRange: ClosedRange<Int64> = 4...32_768
  private static let fileRange: ClosedRange<Int64> = 16...1_048_576
  private static let timeRange: ClosedRange<Int64> = 1...86_400

  private init(
    memory: ByteSize, cpus: Double, pids: Int, files: Int, tmp: ByteSize, start: DurationText, call: DurationText
  ) {
    self.memory = memory
    self.cpus = cpus
    self.pids = pids
    self.files = files
    self.tmp = tmp
    self.start = start
    self.call = call
  }

  var json: JSON {
    [
      "memory": .string(memory.text), "cpus": UserConfigValue.json(of: cpus), "pids": .int(pids),
      "files": .int(files), "tmp": .string(tmp.text), "start": .string(start.text), "call": .string(call.text),
    ]
  }

  /// Reads limits; what is not named keeps its standard value.
  init(_ fields: Fields) throws(ReleaseError) {
    self = .standard
    try fields.refuseUnknown(["memory", "cpus", "pids", "files", "tmp", "start", "call"])
    if fields.has("memory") { memory = try ResourceLimits.size(fields, "memory", ResourceLimits.memoryRange) }
    if fields.has("tmp") { tmp = try ResourceLimits.size(fields, "tmp", ResourceLimits.tmpRange) }
    if fields.has("pids") { pids = Int(try fields.integer("pids", in: ResourceLimits.pidRange)) }
    if fields.has("files") { files = Int(try fields.integer("files", in: ResourceLimits.fileRange)) }
    if fields.has("start") { start = try ResourceLimits.time(fields, "start") }
    if fields.has("call") { call = try ResourceLimits.time(fields, "call") }
    if fields.has("cpus") {
      let json = try fields.required("cpus")
      guard let number = json.doubleValue else { throw fields.wrongKind("cpus", json, needed: "a number") }
      guard ResourceLimits.cpuRange.contains(number) else {
        throw fields.error("cpus", .invalid(offered: json.text(), rule: "lie between 0.05 and 256"))
      }
      cpus = number
    }
  }

  private static func size(
    _ fields: Fields, _ key: String, _ range: ClosedRange<Int64>
  ) throws(ReleaseError) -> ByteSize {
    let size = try fields.parse(key, ByteSize.init)
    guard range.contains(size.bytes) else {
      throw fields.error(
        key, .outOfRange(offered: size.bytes, minimum: range.lowerBound, maximum: range.upperBound))
    }
    return size
  }

  private static func time(_ fields: Fields, _ key: String) throws(ReleaseError) -> DurationText {
    let time = try fields.parse(key, DurationText.init)
    guard timeRange.contains(time.seconds) else {
      throw fields.error(
        key, .outOfRange(offered: time.seconds, minimum: timeRange.lowerBound, maximum: timeRange.upperBound))
    }
    return time
  }

  /// Each limit with its amount for comparison and its text for people.
  var amounts: [(name: String, amount: Double, text: String)] {
    [
      ("memory", Double(memory.bytes), memory.text), ("processors", cpus, UserConfigValue.text(of: cpus)),
      ("processes", Double(pids), "\(pids)"), ("open files", Double(files), "\(files)"),
      ("temporary space", Double(tmp.bytes), tmp.text), ("time to start", Double(start.milliseconds), start.text),
      ("time for a call", Double(call.milliseconds), call.text),
    ]
  }
}
