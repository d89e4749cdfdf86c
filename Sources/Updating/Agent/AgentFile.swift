package import Platform
import Storage
package import StrictJSON
import SystemPackage

/// What an agent says of itself in `agent.json`: for `serin status`, `serin doctor`, and the agent that comes after it.
package struct AgentReport: Equatable, Sendable {
  /// The largest file that is read, in bytes.
  static let maximumBytes = 8 << 20
  /// How many problems are named.
  static let namedProblems = 20

  /// The process.
  package var pid: Int32
  /// When it began.
  package var since: Instant
  /// When it looked last.
  package var looked: Instant
  /// When it will look again, unless something ends before.
  package var wakes: Instant
  /// How often it asked a repository since it began.
  package var checks = 0
  /// How often it compared all files since it began.
  package var scans = 0
  /// What stands in its way as a whole, in sentences: settings that cannot be read, a disk that is full.
  package var problems: [String] = []
  /// What it remembers.
  package var memory = AgentMemory()

  /// A report of an agent that begins.
  package init(pid: Int32, since: Instant) {
    self.pid = pid
    self.since = since
    looked = since
    wakes = since
  }

  init?(json: JSON) {
    guard json["format"]?.intValue == 1, let pid = json["pid"]?.int64Value.flatMap({ Int32(exactly: $0) }),
      let since = json["since"]?.instant, let looked = json["looked"]?.instant, let wakes = json["wakes"]?.instant,
      let memory = AgentMemory(json: json)
    else { return nil }
    (self.pid, self.since, self.looked, self.wakes, self.memory) = (pid, since, looked, wakes, memory)
    (checks, scans) = (json["checks"]?.intValue ?? 0, json["scans"]?.intValue ?? 0)
    problems = json["problems"]?.arrayValue?.compactMap(\.stringValue) ?? []
  }

  /// The report as JSON.
  package var json: JSON {
    var object: JSON.Object = [
      "format": 1, "pid": .integer(Int64(pid)), "since": .instant(since), "looked": .instant(looked),
      "wakes": .instant(wakes), "checks": .int(checks), "scans": .int(scans),
      "problems": .strings(problems.prefix(Self.namedProblems)),
    ]
    for member in memory.json.members { object[member.key] = member.value }
    return .object(object)
  }
}

extension PluginHost {
  var agentReportPath: FilePath { folder.root.appending("agent.json") }
  var agentLockPath: FilePath { folder.root.appending("agent.lock") }

  /// What the agent of this host, or the last one, said of itself; nil where there was none, or what it said cannot be
  /// read.
  package func agentReport() -> AgentReport? {
    guard let bytes = try? machine.files.readAll(agentReportPath, limit: AgentReport.maximumBytes),
      let json = try? JSON.parse(bytes, limits: .own)
    else { return nil }
    return AgentReport(json: json)
  }

  /// The process of the agent that looks after this host now; nil when none does.
  package func runningAgent() -> Int32? { machine.files.lockHolder(agentLockPath) }

  /// Makes this process the agent of this host, until the value goes.
  ///
  /// Throws ``UpdatingError/otherAgent(holder:)`` while another one is.
  package func becomeAgent() throws -> FileLock {
    do { return try machine.files.lock(agentLockPath) } catch {
      guard case .locked(_, let holder) = error else { throw error }
      throw UpdatingError.otherAgent(holder: holder)
    }
  }

  func keep(_ report: AgentReport) throws {
    try machine.files.replace(agentReportPath, with: report.json.serialized(pretty: true), mode: 0o600)
  }
}
