import Bundles
import MCP
package import Platform
package import Releases
import Sandbox
import Storage
import StrictJSON
import SystemPackage

extension PluginHost {
  /// Starts an installed plugin in its sandbox, lets this process's own standard streams pass to it and from it, and
  /// waits for its end.
  ///
  /// Returns how it ended and how its limits were kept. A switch that was interrupted is brought to its end first; one
  /// that comes later leaves this session on the tree that it began with.
  /// Throws `SandboxError` where no sandbox can be had: a plugin never runs without one.
  package func run(_ plugin: PluginName) async throws -> (status: ProcessStatus?, notes: [String]) {
    let home = try folder.plugin(plugin)
    try recover(home)
    noteReturn(of: plugin)
    guard try home.current() != nil else { throw UpdatingError.notInstalled(plugin: plugin.text) }
    let mark = try home.markRunning()
    let installed = InstalledRelease(home: home, tree: mark.tree, manifest: try home.outline(of: mark.tree))
    try await requireSound(installed)
    let desk = try desk(for: installed, mark)
    do {
      let (plan, report) = try await relay(installed, desk)
      end(desk, Self.cause(of: report), status: report.status)
      withExtendedLifetime(mark) {}
      for note in report.networkNotes { warn(note) }
      let notes = plan.notes + report.limits.filter { $0.enforced == .none }.map(\.sentence)
      return (report.status, notes)
    } catch {
      end(desk, .notStarted("\(error)"), status: nil)
      throw error
    }
  }

  private func relay(
    _ installed: InstalledRelease, _ desk: SessionDesk
  ) async throws -> (SandboxPlan, SandboxReport) {
    let runner = try sandbox()
    let plan = try runner.plan(await liveRequest(installed))
    let (leaves, leaving) = AsyncStream<Void>.makeStream()
    let relay = StreamRelay(toCommand: ClientLane(desk), fromCommand: PluginLane(desk)) { departure in
      desk.clientLeft()
      if departure == .gone { leaving.yield() }
    }
    return (plan, try await runner.runAttached(plan, relay: relay, leaves: leaves))
  }

  /// Prepares a session's records; that they cannot be written is told, and is no reason not to run.
  private func desk(for installed: InstalledRelease, _ mark: RunningMark) -> SessionDesk {
    let (home, version) = (installed.home, installed.manifest.version)
    let sessions = SessionLog(home)
    do {
      _ = try sessions.begin(mark, version: version, pid: ownProcess)
    } catch {
      warn("this session cannot be noted: \(error)")
    }
    let records = SessionDesk.Records(
      session: mark.id, version: version.text, sessions: sessions, audit: AuditWriter(home), logsArguments: false
    ) { note in
      warn(note.sentence)
      let entry = HistoryEntry(
        time: machine.clock.now(), plugin: home.name, event: "tools", fromVersion: version, toVersion: version,
        fromTree: installed.tree, toTree: installed.tree, reason: note.sentence,
        details: ["kind": .string(note.kind.rawValue), "tool": note.tool.map { .string($0) } ?? .null])
      // Whoever tells it moves bytes, and must not wait for the disk.
      Task { try? ledger.record(entry) }
    }
    let tools = LiveToolGuard(
      plugin: home.name.text, name: home.name.name, pins: nil, nonce: SecureRandom.hex(bytes: 8))
    return SessionDesk(tools: tools, records: records, clock: machine.clock)
  }

  private func end(_ desk: SessionDesk, _ cause: SessionEnd.Cause, status: ProcessStatus?) {
    let time = machine.clock.now()
    let lost = desk.finish { wasAsked, calls, failures, clientLeft in
      SessionEnd(
        time: time, cause: cause == .plugin && clientLeft ? .client : cause, status: status, wasAsked: wasAsked,
        calls: calls, failures: failures)
    }
    if lost > 0 { warn("\(lost) calls of this session could not be written to the audit log") }
  }

  private var ownProcess: Int32 { (try? machine.files.readLink("/proc/self")).flatMap { Int32($0.string) } ?? 0 }

  /// Why a session ended, as far as its sandbox knows.
  private static func cause(of report: SandboxReport) -> SessionEnd.Cause {
    if let limit = report.endedFor { return .limit(limit) }
    return report.outOfMemory ? .limit("memory") : .plugin
  }

  /// What is asked of the sandbox for an installed release in the user's own use: with live state and settings.
  func liveRequest(_ installed: InstalledRelease) async throws -> SandboxRequest {
    let home = installed.home
    let cache = home.root.appending("cache")
    for folder in [home.state, cache] { try machine.files.makeDirectories(folder, mode: 0o700) }
    return try LaunchPlan(
      manifest: installed.manifest, tree: home.path(of: installed.tree), state: home.state, cache: cache,
      configuration: try await configuration(for: installed.manifest), mode: .run, environment: environment,
      secrets: try await secretVariables(of: installed.manifest)
    ).request()
  }
}
