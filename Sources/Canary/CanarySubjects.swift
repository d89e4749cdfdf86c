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
  package func subject(
    _ manifest: BundleManifest, tree: FilePath, configuration: [String: UserConfigValue], runner: SandboxRunner
  ) -> SandboxSubject {
    SandboxSubject(runner: runner, clock: machine.clock) { [self] purpose in
      let home = root.appending("\(manifest.tree.hex.prefix(16))-\(purpose.rawValue)")
      if try machine.files.exists(home) { try machine.files.removeTree(home) }
      for folder in ["state", "cache"] { try machine.files.makeDirectories(home.appending(folder), mode: 0o700) }
      let launch = LaunchPlan(
        manifest: manifest, tree: tree, state: home.appending("state"), cache: home.appending("cache"),
        configuration: configuration, mode: .canary, environment: [:])
      return try runner.plan(launch.request())
    }
  }
}
