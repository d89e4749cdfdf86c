package import Platform
package import Releases
package import Signing
package import StrictJSON

/// One line of a plugin's audit log: a call, or something that happened to the log itself.
///
/// Every record holds the SHA-256 of the one before it, so that nothing can be changed, taken out or put in without
/// the next one saying so.
package struct AuditRecord: Hashable, Sendable {
  /// The longest line in bytes, its line feed not counted.
  static let lineLimit = 64 << 10
  /// The longest arguments that are kept, in bytes.
  package static let argumentLimit = 16 << 10

  /// What is recorded.
  package enum Content: Hashable, Sendable {
    /// A call of the plugin.
    case call(AuditCall)
    /// The chain begins, under this name.
    case chain(String)
    /// The chain goes on in a new file.
    case rotated
    /// An unfinished line of so many bytes was cut off: its writer or its machine was stopped in the middle.
    case cut(bytes: Int64)
    /// Records up to this number were there and are not any more.
    case gap(through: Int64)
    /// So many calls could not be recorded.
    case lost(Int)
  }

  /// The plugin.
  package let plugin: String
  /// Counts the records of a chain from 0.
  package let number: Int64
  /// The digest of the record before; of zeros for the first one.
  package let previous: SHA256Digest
  /// When it was written.
  package let time: Instant
  /// What is recorded.
  package let content: Content

  static let zeros = SHA256Digest(hex: String(repeating: "0", count: 64))

  /// The record as it stands in the log.
  package var json: JSON {
    var object: JSON.Object = [
      "n": .integer(number), "prev": .string(previous.hex), "time": .string(time.rfc3339),
      "plugin": .string(plugin),
    ]
    switch content {
    case .call(let call): call.write(to: &object)
    case .chain(let name): object["event"] = "chain"; object["chain"] = .string(name)
    case .rotated: object["event"] = "rotated"
    case .cut(let bytes): object["event"] = "cut"; object["bytes"] = .integer(bytes)
    case .gap(let through): object["event"] = "gap"; object["through"] = .integer(through)
    case .lost(let count): object["event"] = "lost"; object["count"] = .int(count)
    }
    return .object(object)
  }

  init(plugin: String, number: Int64, previous: SHA256Digest, time: Instant, content: Content) {
    self.plugin = plugin
    self.number = number
    self.previous = previous
    self.time = time
    self.content = content
  }

  init?(line: [UInt8]) {
    guard let json = try? JSON.parse(line), let plugin = json["plugin"]?.stringValue,
      let number = json["n"]?.int64Value, number >= 0,
      let previous = json["prev"]?.stringValue.flatMap({ SHA256Digest(hex: $0) }),
      let time = json["time"]?.stringValue.flatMap({ Instant(rfc3339: $0) }), let content = Content(json)
    else { return nil }
    self.init(plugin: plugin, number: number, previous: previous, time: time, content: content)
  }
}

/// A call as it is recorded.
package struct AuditCall: Hashable, Sendable {
  /// The session that made it.
  package var session: String
  /// The version of the plugin that answered.
  package var version: String
  /// `tools/call`, `resources/read` or `prompts/get`.
  package var method: String
  /// The tool, the prompt or the resource; foreign text.
  package var name: String?
  /// What became of it.
  package var outcome: CallOutcome
  /// How long it took.
  package var microseconds: Int64
  /// The bytes of the request.
  package var bytesIn: Int64
  /// The bytes of the answer.
  package var bytesOut: Int64
  /// The arguments, only where the user wants them recorded.
  package var arguments: JSON?

  /// Describes a call.
  package init(
    session: String, version: String, method: String, name: String?, outcome: CallOutcome, microseconds: Int64,
    bytesIn: Int64, bytesOut: Int64, arguments: JSON? = nil
  ) {
    (self.session, self.version, self.method, self.name) = (session, version, method, name)
    (self.outcome, self.microseconds, self.bytesIn, self.bytesOut) = (outcome, microseconds, bytesIn, bytesOut)
    self.arguments = arguments
  }

  fileprivate func write(to object: inout JSON.Object) {
    object["session"] = .string(session)
    object["version"] = .string(version)
    object["method"] = .string(method)
    object["name"] = name.map { .string($0) } ?? .null
    object["outcome"] = .string(outcome.rawValue)
    object["us"] = .integer(microseconds)
    object["in"] = .integer(bytesIn)
    object["out"] = .integer(bytesOut)
    guard let arguments else { return }
    let size = arguments.serialized().count
    object["arguments"] = size <= AuditRecord.argumentLimit ? arguments : ["omitted": .int(size)]
  }

  init?(_ json: JSON) {
    guard let session = json["session"]?.stringValue, let version = json["version"]?.stringValue,
      let method = json["method"]?.stringValue,
      let outcome = json["outcome"]?.stringValue.flatMap(CallOutcome.init(rawValue:)),
      let microseconds = json["us"]?.int64Value, let bytesIn = json["in"]?.int64Value,
      let bytesOut = json["out"]?.int64Value
    else { return nil }
    self.init(
      session: session, version: version, method: method, name: json["name"]?.stringValue, outcome: outcome,
      microseconds: microseconds, bytesIn: bytesIn, bytesOut: bytesOut, arguments: json["arguments"])
  }
}

extension AuditRecord.Content {
  init?(_ json: JSON) {
    switch json["event"]?.stringValue {
    case nil:
      guard let call = AuditCall(json) else { return nil }
      self = .call(call)
    case "chain":
      guard let name = json["chain"]?.stringValue else { return nil }
      self = .chain(name)
    case "rotated": self = .rotated
    case "cut":
      guard let bytes = json["bytes"]?.int64Value else { return nil }
      self = .cut(bytes: bytes)
    case "gap":
      guard let through = json["through"]?.int64Value else { return nil }
      self = .gap(through: through)
    case "lost":
      guard let count = json["count"]?.intValue else { return nil }
      self = .lost(count)
    default: return nil
    }
  }
}

/// The last record of an audit log at some time: whoever keeps it can tell later whether that part is still there.
package struct AuditHead: Hashable, Sendable {
  /// The number of the record.
  package let number: Int64
  /// The SHA-256 of its line.
  package let digest: SHA256Digest

  /// Names a record.
  package init(number: Int64, digest: SHA256Digest) {
    self.number = number
    self.digest = digest
  }

  init?(bytes: [UInt8]) {
    guard let json = try? JSON.parse(bytes), let number = json["n"]?.int64Value,
      let digest = json["digest"]?.stringValue.flatMap({ SHA256Digest(hex: $0) })
    else { return nil }
    self.init(number: number, digest: digest)
  }

  var bytes: [UInt8] {
    (["n": .integer(number), "digest": .string(digest.hex)] as JSON).serialized() + [UInt8(ascii: "\n")]
  }
}
