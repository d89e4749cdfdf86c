package import Platform
package import Releases
internal import StrictJSON

/// One run of a plugin by a client, from its start to its end.
package struct SessionRecord: Hashable, Sendable {
  /// The name of the session: 16 hexadecimal digits.
  package let id: String
  /// When it was started.
  package let started: Instant
  /// The tree that it runs, even when another one is switched on meanwhile.
  package let tree: TreeName
  /// The version of that tree.
  package let version: ReleaseVersion
  /// The process of the launcher.
  package let pid: Int32
  /// When the plugin answered `initialize` with a result; nil when it did not.
  package var answered: Instant?
  /// How it ended; nil while it runs.
  package var end: SessionEnd?
}

/// How a session ended, and what it did until then.
package struct SessionEnd: Hashable, Sendable {
  /// Who or what ended it.
  package enum Cause: Hashable, Sendable {
    /// The client: it closed its end, left, or sent a signal.
    case client
    /// The plugin, by itself, while its client was still there.
    case plugin
    /// Serin, for a limit that it keeps: "memory", "disk".
    case limit(String)
    /// It never began: the sandbox could not be had or could not start the plugin.
    case notStarted(String)
    /// The launcher is gone and has left no word: it was killed, or the machine stopped.
    case lost
  }

  /// When it ended; for a lost session, when that was noticed.
  package var time: Instant
  /// Who or what ended it.
  package var cause: Cause
  /// How the plugin's first process ended; nil when nobody knows.
  package var status: ProcessStatus?
  /// Whether the client asked for `initialize` at all: without that, silence is no fault of the plugin.
  package var wasAsked: Bool
  /// How many tools were called, resources read and prompts asked for.
  package var calls: Int
  /// How many of those were answered with an error of the protocol, or not at all.
  package var failures: Int

  /// Makes the end of a session.
  package init(
    time: Instant, cause: Cause, status: ProcessStatus? = nil, wasAsked: Bool = false, calls: Int = 0, failures: Int = 0
  ) {
    self.time = time
    self.cause = cause
    self.status = status
    self.wasAsked = wasAsked
    self.calls = calls
    self.failures = failures
  }
}

/// One line of a session log.
enum SessionEvent {
  case begin(SessionRecord)
  case answered(id: String, Instant)
  case end(id: String, SessionEnd)

  var json: JSON {
    switch self {
    case .begin(let record):
      [
        "event": "begin", "session": .string(record.id), "time": .string(record.started.rfc3339),
        "tree": .string(record.tree.text), "version": .string(record.version.text), "pid": .integer(Int64(record.pid)),
      ]
    case .answered(let id, let time):
      ["event": "answered", "session": .string(id), "time": .string(time.rfc3339)]
    case .end(let id, let end):
      [
        "event": "end", "session": .string(id), "time": .string(end.time.rfc3339),
        "cause": .string(end.cause.word), "detail": .string(String(end.cause.detail.prefix(400))),
        "asked": .bool(end.wasAsked), "calls": .int(end.calls), "failures": .int(end.failures),
        "status": end.status.map(Self.json) ?? .null,
      ]
    }
  }

  init?(json: JSON) {
    guard let id = json["session"]?.stringValue, let time = json["time"]?.stringValue.flatMap({ Instant(rfc3339: $0) })
    else { return nil }
    switch json["event"]?.stringValue {
    case "begin":
      guard let tree = json["tree"]?.stringValue.flatMap({ TreeName($0) }),
        let version = json["version"]?.stringValue.flatMap({ try? ReleaseVersion($0) }),
        let pid = json["pid"]?.int64Value.flatMap({ Int32(exactly: $0) })
      else { return nil }
      self = .begin(SessionRecord(id: id, started: time, tree: tree, version: version, pid: pid))
    case "answered": self = .answered(id: id, time)
    case "end":
      guard let word = json["cause"]?.stringValue,
        let cause = SessionEnd.Cause(word: word, detail: json["detail"]?.stringValue ?? "")
      else { return nil }
      let end = SessionEnd(
        time: time, cause: cause, status: json["status"].flatMap(Self.status),
        wasAsked: json["asked"]?.boolValue ?? false, calls: json["calls"]?.intValue ?? 0,
        failures: json["failures"]?.intValue ?? 0)
      self = .end(id: id, end)
    default: return nil
    }
  }

  private static func json(_ status: ProcessStatus) -> JSON {
    switch status {
    case .exited(let code): ["exit": .int(code)]
    case .signalled(let number): ["signal": .int(number)]
    }
  }

  private static func status(_ json: JSON) -> ProcessStatus? {
    if let code = json["exit"]?.intValue { return .exited(code) }
    return json["signal"]?.intValue.map { .signalled($0) }
  }
}

extension SessionEnd.Cause {
  /// One word for a record or a table.
  package var word: String {
    switch self {
    case .client: "client"
    case .plugin: "plugin"
    case .limit: "limit"
    case .notStarted: "not-started"
    case .lost: "lost"
    }
  }

  /// What belongs to the word: which limit, or why it did not start.
  package var detail: String {
    switch self {
    case .limit(let text), .notStarted(let text): text
    case .client, .plugin, .lost: ""
    }
  }

  init?(word: String, detail: String) {
    switch word {
    case "client": self = .client
    case "plugin": self = .plugin
    case "limit": self = .limit(detail)
    case "not-started": self = .notStarted(detail)
    case "lost": self = .lost
    default: return nil
    }
  }
}
