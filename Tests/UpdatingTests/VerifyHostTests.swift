import Platform
import Releases
import Signing
import Storage
import SystemPackage
import TestSupport
import Testing

@testable import Updating

@Suite("Reading a whole host again, and making anew what is damaged") struct VerifyHostTests {
  let files = LocalFileSystem()

  /// A host on 1.1.0, with 1.0.0 in a snapshot; both releases share their manifest's file but not their program.
  private func updated(_ shop: Shop) async throws -> PluginHost {
    let host = try await shop.trustingHost()
    try shop.release("1.0.0", sequence: 1)
    try await shop.activate(on: host, event: "install")
    try shop.release("1.1.0", sequence: 2)
    try await shop.activate(on: host)
    return host
  }

  private func tree(_ host: PluginHost, _ shop: Shop, _ version: String) throws -> TreeName {
    let home = try host.folder.plugin(shop.plugin)
    return try #require(try home.trees().first { try home.summary(of: $0).version.text == version })
  }

  /// Changes a file in place, and with it every further name of it.
  private func damage(_ path: FilePath) throws {
    let status = try #require(try files.status(path))
    try files.setMode(path, to: 0o644)
    try files.truncate(path, to: 0)
    let file = try files.openForAppending(path)
    try file.write([UInt8](repeating: 0x78, count: Int(status.size)))
    try file.close()
    try files.setMode(path, to: status.mode)
  }

  @Test func `a sound host is sound, and every object and tree was read`() async throws {
    let shop = try Shop()
    let host = try await updated(shop)
    shop.transport.isDown = true
    let found = try await host.verifyAll()
    #expect(found.isSound && found.trees.map(\.version?.text).sorted { $0 ?? "" < $1 ?? "" } == ["1.0.0", "1.1.0"])
    #expect(found.store.objects == 4 && found.trees.allSatisfy { $0.entries == 2 })
    #expect(found.trees.first { $0.isCurrent }?.version?.text == "1.1.0")
    // Nobody has started it yet, so that its first start is still owed.
    #expect(
      Set(found.trees.flatMap(\.reasons)) == ["current", "last-known-good", "snapshot 1", "unconfirmed"])
  }

  @Test func `a damaged object is named with the plugins that have it, and nothing is changed`() async throws {
    let shop = try Shop()
    let host = try await updated(shop)
    let path = try host.folder.plugin(shop.plugin).path(of: tree(host, shop, "1.1.0")).appending("main.py")
    try damage(path)
    let found = try await host.verifyAll()
    #expect(!found.isSound && found.quarantine.isEmpty)
    #expect(found.objects.map(\.uses) == [["\(shop.plugin) 1.1.0: main.py"]])
    let broken = found.trees.filter { !$0.differences.isEmpty }
    #expect(broken.map(\.version?.text) == ["1.1.0"] && broken.first?.repair == nil)
    #expect(broken.first?.differences.first?.hasPrefix("main.py has other content") == true)
  }

  @Test func `what no object has any more is fetched again, for releases of before, too`() async throws {
    let shop = try Shop()
    let host = try await updated(shop)
    let home = try host.folder.plugin(shop.plugin)
    for version in ["1.0.0", "1.1.0"] { try damage(home.path(of: tree(host, shop, version)).appending("main.py")) }
    let found = try await host.verifyAll(repairing: true)
    #expect(found.isSound && found.objects.allSatisfy { $0.isMended } && found.quarantine.count == 2)
    for tree in found.trees {
      guard case .fetched(let bytes) = tree.repair else {
        Issue.record("\(String(describing: tree.repair))")
        continue
      }
      #expect(bytes > 0)
    }
    #expect(try files.list(host.folder.downloads).isEmpty)
    let again = try await host.verifyAll()
    #expect(again.isSound && again.objects.isEmpty && again.quarantine.count == 2)
    #expect(try host.ledger.history(of: shop.plugin).prefix(2).map(\.event) == ["repair", "repair"])
    #expect(try await host.prune(dryRun: false).removable.allSatisfy { $0.waste == .quarantine })
    _ = try host.rollBack(shop.plugin, keepState: false, reason: "")
    #expect(try await host.verify(shop.plugin).differences.isEmpty)
  }

  @Test func `what the store still has is not fetched`() async throws {
    let shop = try Shop()
    let host = try await updated(shop)
    let root = try host.folder.plugin(shop.plugin).path(of: tree(host, shop, "1.1.0"))
    try files.setMode(root, to: 0o755)
    try files.remove(root.appending("main.py"))
    try files.write([1], creating: root.appending("extra"), mode: 0o444)
    shop.transport.isDown = true
    let found = try await host.verifyAll(repairing: true)
    #expect(found.isSound && found.trees.first { $0.isCurrent }?.repair == .rebuilt)
    #expect(found.trees.first { !$0.isCurrent }?.repair == nil)
    #expect(try await host.verifyAll().isSound)
  }

  @Test func `a running release that cannot be repaired says why, and stays as it is`() async throws {
    let shop = try Shop()
    let host = try await updated(shop)
    try damage(host.folder.plugin(shop.plugin).path(of: tree(host, shop, "1.1.0")).appending("main.py"))
    shop.transport.isDown = true
    let found = try await host.verifyAll(repairing: true)
    let current = try #require(found.trees.first { $0.isCurrent })
    guard case .failed(let why) = current.repair else {
      Issue.record("\(String(describing: current.repair))")
      return
    }
    #expect(!why.isEmpty && !found.isSound)
    #expect(try host.installed(shop.plugin).manifest.version.text == "1.1.0")
    shop.transport.isDown = false
    #expect(try await host.verifyAll(repairing: true).isSound)
  }

  @Test(arguments: ["json", "json.minisig"])
  func `a manifest that is not sound is replaced by the signed one`(part: String) async throws {
    let shop = try Shop()
    let host = try await updated(shop)
    let home = try host.folder.plugin(shop.plugin)
    let name = try tree(host, shop, "1.1.0")
    let path = part == "json" ? home.manifestPath(of: name) : home.signaturePath(of: name)
    let text = String(decoding: try files.readAll(path, limit: 1 << 20), as: UTF8.self)
    try files.write(Array(text.replacing("1.1.0", with: "9.1.0").utf8), atomicallyTo: path, mode: 0o600)
    let found = try await host.verifyAll()
    #expect(found.trees.filter { !$0.isSound }.map(\.isCurrent) == [true])
    let repaired = try await host.verifyAll(repairing: true)
    #expect(repaired.isSound)
    #expect(try home.current() == name && home.manifest(of: name).version.text == "1.1.0")
    #expect(try await host.verify(shop.plugin).differences.isEmpty)
  }

  @Test func `a bundle that unpacks to another tree repairs nothing`() async throws {
    let shop = try Shop()
    let host = try await updated(shop)
    let name = try tree(host, shop, "1.1.0")
    try damage(host.folder.plugin(shop.plugin).path(of: name).appending("main.py"))
    // The publisher's key signs another bundle under the same version.
    let other = try shop.bundle("1.1.0", text: "other")
    #expect(other.tree != name.tree)
    let found = try await host.verifyAll(repairing: true)
    guard case .failed(let why)? = found.trees.first(where: \.isCurrent)?.repair else {
      Issue.record("\(found.trees)")
      return
    }
    #expect(why.contains("asked for") && why.contains(String(name.tree.lastSix)))
    #expect(try host.folder.plugin(shop.plugin).trees().count == 2)
  }

  @Test func `snapshots and a current link that cannot be read are named`() async throws {
    let shop = try Shop()
    let host = try await updated(shop)
    let own = "host/plugins/\(shop.plugin)/"
    try shop.scratch.write("{", to: own + "snapshots/1/snapshot.json")
    let found = try await host.verifyAll()
    #expect(found.others.count == 1 && found.others[0].contains("snapshot 1") && !found.isSound)
    try files.remove(shop.scratch / (own + "current"))
    try files.symlink(to: "/etc", at: shop.scratch / (own + "current"))
    #expect(try await host.verifyAll().others.count == 2)
    let pruned = try await host.prune(dryRun: true)
    #expect(pruned.skipped == [shop.plugin] && pruned.removable.isEmpty)
  }

  @Test func `verifying waits for nobody who stages`() async throws {
    let shop = try Shop()
    let host = try await updated(shop)
    let lock = try host.folder.lock()
    for work in [{ _ = try await host.verifyAll() }, { _ = try await host.prune(dryRun: true) }] {
      let error = await #expect(throws: StorageError.self) { try await work() }
      if case .locked? = error {} else { Issue.record("\(String(describing: error))") }
    }
    withExtendedLifetime(lock) {}
  }
}
