import Bundles
package import Platform
package import Releases
import Sandbox
import Storage
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
    defer { withExtendedLifetime(mark) {} }
    let installed = InstalledRelease(home: home, tree: mark.tree, manifest: try home.outline(of: mark.tree))
    try await requireSound(installed)
    let desk = try desk(for: installed, mark)
    do {
      let (plan, report) = try await relay(installed, desk)
      end(desk, installed, Self.cause(of: report), status: report.status)
      for note in report.networkNotes { warn(note) }
      let notes = plan.notes + report.limits.filter { $0.enforced == .none }.map(\.sentence)
      return (report.status, notes)
    } catch {
      end(desk, installed, .notStarted("\(error)"), status: nil)
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
