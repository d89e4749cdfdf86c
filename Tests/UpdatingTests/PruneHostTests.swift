import Platform
import Releases
import Signing
import Storage
import SystemPackage
import TestSupport
import Testing

@testable import Updating

@Suite("Removing what a host no longer needs") struct PruneHostTests {
  let files = LocalFileSystem()

  @Test func `a download stays while it is offered or young, and a plugin that is being updated is left alone`()
    async throws
  {
    let shop = try Shop()
    let host = try await shop.trustingHost()
    try shop.release("1.0.0", sequence: 1)
    try await shop.activate(on: host, event: "install")
    // What a process that installs or updates holds is not touched.
    let staged = try shop.release("1.1.0", sequence: 2)
    _ = try await host.prepare(host.offer(of: "time", in: shop.channel))
    let lock = try host.updateLock(shop.plugin)
    #expect(try await host.prune(dryRun: false).skipped == [shop.plugin])
    withExtendedLifetime(lock) {}
    #expect(try host.folder.plugin(shop.plugin).trees().contains { $0.tree == staged.tree })
    try await shop.activate(on: host)

    let next = try shop.release("1.2.0", sequence: 3)
    _ = try await host.check(host.ledger.installs())
    let (offered, old) = (next.sha256.hex + ".part", SHA256Digest.of([7]).hex + ".part")
    for name in [offered, old] { try shop.scratch.write("x", to: "host/downloads/" + name) }
    // The files are of today, the shop's clock of some days before: they are young until it moves on.
    #expect(try await host.prune(dryRun: true).removable.isEmpty)
    shop.clock.advance(by: .seconds(36_500 * 86_400))
    let dry = try await host.prune(dryRun: true)
    #expect(dry.removable.map { $0.path.lastComponent?.string } == [old] && dry.bytes == 1)
    #expect(try await host.prune(dryRun: false) == dry)
    #expect(try files.list(host.folder.downloads).map(\.name) == [offered])
  }

  @Test func `a release that was fetched and never taken goes, what is needed stays`() async throws {
    let shop = try Shop()
    let host = try await shop.trustingHost()
    for (index, version) in ["1.0.0", "1.1.0", "1.2.0"].enumerated() {
      try shop.release(version, sequence: Int64(index + 1))
      try await shop.activate(on: host, event: index == 0 ? "install" : "update")
    }
    _ = try host.rollBack(shop.plugin, keepState: false, reason: "")
    try shop.release("1.3.0", sequence: 4)
    _ = try await host.prepare(host.offer(of: "time", in: shop.channel))
    let dry = try await host.prune(dryRun: true)
    #expect(dry.removableTrees.count == 1 && dry.unexplained.isEmpty)
    #expect(try await host.prune(dryRun: false) == dry)
    let home = try host.folder.plugin(shop.plugin)
    #expect(try home.trees().map { try home.summary(of: $0).version.text }.sorted() == ["1.0.0", "1.1.0", "1.2.0"])
    let rest = try await host.prune(dryRun: true)
    #expect(rest.removable.isEmpty && rest.unusedObjects == 0)
    _ = try host.undoRollback(shop.plugin, reason: "")
    #expect(try await host.verifyAll().isSound)
  }

  @Test(arguments: [FaultyFileSystem.Fault.kills, .fails(.noSpace)])
  func `whatever step of an update is cut, every path of the host is explained`(fault: FaultyFileSystem.Fault)
    async throws
  {
    let shop = try Shop()
    _ = try await shop.trustingHost()
    try shop.release("1.0.0", sequence: 1)
    try await shop.activate(on: shop.host(), event: "install")
    var sequence: Int64 = 1
    for step in stride(from: 0, to: 400, by: 29) {
      sequence += 1
      try shop.release("1.\(sequence).0", sequence: sequence)
      let files = FaultyFileSystem(failsAt: step, fault: fault)
      _ = try? await shop.activate(on: shop.host(files))
      let host = try shop.host()
      _ = try await host.prune(dryRun: false)
      let after = try host.takeInventory()
      #expect(after.unexplained.isEmpty && after.skipped.isEmpty, "step \(step)")
      #expect(after.removable.allSatisfy { $0.waste == .download || $0.waste == .leftover }, "step \(step)")
      #expect(try await host.verifyAll().isSound, "step \(step)")
      if files.steps <= step { return }
    }
    Issue.record("the update never came to its end")
  }

  @Test func `an interrupted switch is brought to its end, unless nothing is to change`() async throws {
    let shop = try Shop()
    let host = try await shop.trustingHost()
    for (index, version) in ["1.0.0", "1.1.0"].enumerated() {
      try shop.release(version, sequence: Int64(index + 1))
      try await shop.activate(on: host, event: index == 0 ? "install" : "update")
    }
    let faulty = try shop.host(FaultyFileSystem(failsAt: 12))
    _ = try? faulty.rollBack(shop.plugin, keepState: false, reason: "")
    let switching = SwitchTransaction(try host.folder.plugin(shop.plugin))
    try #require(try switching.needsRecovery())
    #expect(try await host.prune(dryRun: true).skipped == [shop.plugin])
    #expect(try switching.needsRecovery())
    let done = try await host.prune(dryRun: false)
    #expect(done.skipped.isEmpty && done.unexplained.isEmpty)
    #expect(try !switching.needsRecovery())
  }
}
