package import Platform
package import Releases
package import Sandbox
import Signing
package import SystemPackage

/// Makes subjects of releases: each session gets a state and a cache of its own that begin empty, never the live ones.
package struct CanarySubjects: Sendable {
  let machine: Machine
  let root: FilePath

  /// Subjects whose folders lie below `root`, a private folder.
  package init(machine: Machine, root: FilePath) {
    self.machine = machine
    self.root = root
  }

  /// Removes what the sessions left; called when none runs any more.
  package func clean() {
    // What cannot be removed now is removed before the next session begins.
    try? machine.files.removeTree(root)
  }

  /// A release as a canary starts it, from a tree on this machine.
  ///
  /// - Parameter name: what keeps the folders of subjects apart that run at the same time.
  package func subject(
    _ manifest: BundleManifest, tree: FilePath, configuration: [String: UserConfigValue], runner: SandboxRunner,
    name: String = "candidate"
  ) -> SandboxSubject {
    let shim = ClockShim(files: machine.files)
    return SandboxSubject(
      runner: runner, clock: machine.clock,
      obstacle: { purpose in purpose.clockShift != nil && shim == nil ? ClockShim.obstacle : nil },
      plan: { [self] purpose in
        let home = root.appending("\(name)-\(manifest.tree.hex.prefix(16))-\(purpose.rawValue)")
        if try machine.files.exists(home) { try machine.files.removeTree(home) }
        for folder in ["state", "cache"] { try machine.files.makeDirectories(home.appending(folder), mode: 0o700) }
        let launch = LaunchPlan(
          manifest: manifest, tree: tree, state: home.appending("state"), cache: home.appending("cache"),
          configuration: configuration, mode: .canary, environment: [:])
        var plan = try runner.plan(launch.request())
        // Python draws the order of sets anew at each start unless it is told not to: no difference of releases.
        if plan.environment["PYTHONHASHSEED"] == nil { plan.environment["PYTHONHASHSEED"] = "0" }
        if let shift = purpose.clockShift, let shim {
          plan.environment.merge(shim.variables(ahead: shift)) { _, new in new }
        }
        return plan
      })
  }

  /// An installed release, to run beside a candidate and beside itself.
  package func installed(
    _ manifest: BundleManifest, tree: FilePath, configuration: [String: UserConfigValue], runner: SandboxRunner
  ) -> InstalledTwin {
    func twin(_ name: String) -> SandboxSubject {
      subject(manifest, tree: tree, configuration: configuration, runner: runner, name: name)
    }
    return InstalledTwin(subject: twin("installed"), double: twin("double"))
  }
}
