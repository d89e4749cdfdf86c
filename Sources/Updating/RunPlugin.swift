import Bundles
package import Platform
package import Releases
import Sandbox
import Storage
import SystemPackage

extension PluginHost {
  /// Starts an installed plugin in its sandbox on this process's own standard streams, and waits for its end.
  ///
  /// Returns how it ended and how its limits were kept. A switch that was interrupted is brought to its end first.
  /// Throws `SandboxError` where no sandbox can be had: a plugin never runs without one.
  package func run(_ plugin: PluginName) async throws -> (status: ProcessStatus?, notes: [String]) {
    let home = try folder.plugin(plugin)
    try recover(home)
    noteReturn(of: plugin)
    let installed = try installed(plugin)
    try await requireSound(installed)
    let runner = try sandbox()
    let plan = try runner.plan(liveRequest(installed))
    let report = try await runner.runAttached(plan)
    for note in report.networkNotes { warn(note) }
    let notes = plan.notes + report.limits.filter { $0.enforced == .none }.map(\.sentence)
    return (report.status, notes)
  }

  /// What is asked of the sandbox for an installed release in the user's own use: with live state and settings.
  func liveRequest(_ installed: InstalledRelease) throws -> SandboxRequest {
    let home = installed.home
    let cache = home.root.appending("cache")
    for folder in [home.state, cache] { try machine.files.makeDirectories(folder, mode: 0o700) }
    return try LaunchPlan(
      manifest: installed.manifest, tree: home.path(of: installed.tree), state: home.state, cache: cache,
      configuration: try configuration(for: installed.manifest), mode: .run, environment: environment
    ).request()
  }
}
