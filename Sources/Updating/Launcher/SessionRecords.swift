import MCP
import Platform
import Releases
import Sandbox
import Storage
import StrictJSON
import SystemPackage

// What `serin run` writes down about a session, and the guard that it gives to it.
extension PluginHost {
  /// Prepares a session's guard and records; that they cannot be written is told, and is no reason not to run.
  func desk(for installed: InstalledRelease, _ mark: RunningMark) throws -> SessionDesk {
    let (home, version) = (installed.home, installed.manifest.version)
    let settings = try settings().plugin(home.name)
    let tools = try liveGuard(of: installed, policy: LivePolicy(settings))
    let sessions = SessionLog(home)
    do {
      _ = try sessions.begin(mark, version: version, pid: ownProcess)
    } catch {
      warn("this session cannot be noted: \(error)")
    }
    let records = SessionDesk.Records(
      session: mark.id, version: version.text, sessions: sessions, audit: AuditWriter(home),
      logsArguments: settings.logArguments, warn: warn)
    return SessionDesk(tools: tools, records: records, clock: machine.clock)
  }

  /// Ends a session's records.
  func end(_ desk: SessionDesk, _ installed: InstalledRelease, _ cause: SessionEnd.Cause, status: ProcessStatus?) {
    let time = machine.clock.now()
    let lost = desk.finish { wasAsked, calls, failures, clientLeft in
      SessionEnd(
        time: time, cause: cause == .plugin && clientLeft ? .client : cause, status: status, wasAsked: wasAsked,
        calls: calls, failures: failures)
    }
    do { try record(desk.notes, of: installed) } catch {
      warn("what this session told cannot be kept in the history: \(error)")
    }
    if lost > 0 { warn("\(lost) calls of this session could not be written to the audit log") }
  }

  /// Why a session ended, as far as its sandbox knows.
  static func cause(of report: SandboxReport) -> SessionEnd.Cause {
    if let limit = report.endedFor { return .limit(limit) }
    return report.outOfMemory ? .limit("memory") : .plugin
  }

  private var ownProcess: Int32 { (try? machine.files.readLink("/proc/self")).flatMap { Int32($0.string) } ?? 0 }
}
