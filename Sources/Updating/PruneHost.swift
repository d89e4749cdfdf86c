import Platform
import Releases
import Sandbox
import Signing
package import Storage
import SystemPackage

extension PluginHost {
  /// What is in somebody's hands for less than this stays, in seconds: a download that was broken off an hour ago may
  /// be gone on with, one of yesterday that nothing offers any more may not.
  private static let settling: Int64 = 86_400

  /// Removes what nothing needs, or only says what that is; see ``HostFolder/collectGarbage(holding:use:dryRun:)``.
  ///
  /// Never removed: what runs, the last known good release, what is pinned, candidate and baseline of a canary, the
  /// three newest snapshots and the newest one of each of those trees. An interrupted switch is brought to its end
  /// first, unless nothing is to change. Throws `locked` while another process stages.
  package func prune(dryRun: Bool) async throws -> HostInventory {
    if !dryRun { try finishRemovals() }
    let lock = try folder.lock()
    if !dryRun {
      for home in try folder.plugins() where try SwitchTransaction(home).needsRecovery() {
        _ = try? SwitchTransaction(home).recover()
      }
    }
    let sandboxes = try? sandbox()
    let use = try use(sandboxes)
    let inventory = try folder.collectGarbage(holding: lock, use: use, dryRun: dryRun)
    if !dryRun, !use.deadSandboxes.isEmpty { await sandboxes?.sweep() }
    return inventory
  }

  /// Looks at every path of this host without changing anything.
  func takeInventory() throws -> HostInventory {
    let lock = try folder.lock()
    return try folder.inventory(holding: lock, use: try use(try? sandbox()))
  }

  private func use(_ sandboxes: SandboxRunner?) throws -> HostUse {
    var use = HostUse()
    use.downloads = try neededDownloads()
    use.settledBefore = machine.clock.now().advanced(by: .seconds(-Self.settling))
    for home in try folder.plugins() where try isBusy(home) { use.busy.insert(home.name) }
    if let sandboxes { (use.liveSandboxes, use.deadSandboxes) = sandboxes.survey() }
    return use
  }

  /// Whether a process installs or updates a plugin now.
  private func isBusy(_ home: PluginFolder) throws -> Bool {
    guard try machine.files.exists(home.root.appending("update.lock")) else { return false }
    do { _ = try updateLock(home.name) } catch LockError.locked { return true }
    return false
  }

  /// The digests of everything that the kept channel manifests of installed plugins offer and that is not here yet.
  private func neededDownloads() throws -> Set<String> {
    var digests: Set<String> = []
    for install in try ledger.installs() {
      guard let bundle = try knownManifest(of: install.plugin)?.bundle(for: .current) else { continue }
      let trees = try folder.plugin(install.plugin).trees().map(\.tree)
      guard !trees.contains(bundle.tree) else { continue }
      digests.insert(bundle.sha256.hex)
      digests.formUnion(bundle.deltas.map(\.sha256.hex))
    }
    return digests
  }
}
