import Clients
import Foundation
import Platform
import Releases
import Storage
import StrictJSON
import SystemPackage
import TestSupport
import Testing

@testable import Updating

@Suite("Taking a plugin off a host")
struct RemovalTests {
  /// A host on 1.1.0 that was on 1.0.0 before, with state and a setting.
  private func installed(_ shop: Shop, state: String? = nil) async throws -> PluginHost {
    let host = try await shop.trustingHost()
    for (version, sequence) in [("1.0.0", Int64(1)), ("1.1.0", 2)] {
      try shop.release(version, sequence: sequence, state: state)
      try await shop.activate(on: host, event: sequence == 1 ? "install" : "update")
    }
    try shop.scratch.write("mine", to: "host/plugins/\(shop.plugin)/state/notes.txt")
    try host.ledger.setUserConfig(
      [UserConfigRecord(key: "zone", value: "UTC", isSensitive: false)], of: shop.plugin)
    return host
  }

  private func remove(_ host: PluginHost, purging: Bool, force: Bool = false) async throws {
    let plan = try host.planRemoval(of: "time", purging: purging)
    _ = try await host.remove(plan, disconnecting: false, force: force, by: "anna")
  }

  private func notes(_ shop: Shop, in host: String = "host") -> String? {
    try? shop.scratch.text("\(host)/plugins/\(shop.plugin)/state/notes.txt")
  }

  /// Nothing of the plugin is here but what was to stay, and every path is explained.
  private func expectGone(_ host: PluginHost, _ shop: Shop, purged: Bool, in name: String = "host") throws {
    #expect(try host.ledger.installs().isEmpty && host.ledger.removals().isEmpty)
    let home = try host.folder.plugin(shop.plugin)
    #expect(try home.current() == nil && home.trees().isEmpty && home.snapshots().isEmpty)
    #expect(notes(shop, in: name) == (purged ? nil : "mine"))
    #expect(try host.ledger.userConfig(of: shop.plugin).isEmpty == purged)
    let inventory = try host.takeInventory()
    #expect(inventory.unexplained.isEmpty && inventory.removable.allSatisfy { $0.waste != .plugin })
    let last = try host.ledger.history(of: shop.plugin).first
    #expect(last?.event == "remove" && last?.fromVersion?.text == "1.1.0")
    #expect(last?.reason == "removed by anna, " + (purged ? "with its data" : "its data stay"))
    #expect(try host.pluginWithHistory(named: "time") == shop.plugin)
  }

  @Test func `its data stay for whoever installs it again`() async throws {
    let shop = try Shop()
    let host = try await installed(shop)
    try await remove(host, purging: false)
    try expectGone(host, shop, purged: false)
    #expect(throws: UpdatingError.notInstalled(plugin: "time")) { try host.plugin(named: "time") }
    try await shop.activate(on: host, event: "install")
    #expect(notes(shop) == "mine")
    #expect(try host.installed(shop.plugin).manifest.version.text == "1.1.0")
  }

  @Test func `a purge leaves nothing, also after the data were left here first`() async throws {
    let shop = try Shop()
    let host = try await installed(shop)
    let plan = try host.planRemoval(of: "time", purging: true)
    let kept = try host.planRemoval(of: "time", purging: false)
    #expect(plan.isDestructive && !kept.isDestructive && plan.digest != kept.digest)
    try await remove(host, purging: false)
    let rest = try host.planRemoval(of: "time", purging: true)
    #expect(rest.version == nil && rest.isDestructive)
    _ = try await host.remove(rest, disconnecting: false, force: false, by: "anna")
    #expect(notes(shop) == nil)
    #expect(throws: UpdatingError.notInstalled(plugin: "time")) { try host.planRemoval(of: "time", purging: true) }
    #expect(try host.ledger.userConfig(of: shop.plugin).isEmpty)
  }

  @Test(arguments: [false, true])
  func `killed at any step it is either installed as before, or finished by the next one`(_ purges: Bool) async throws {
    let shop = try Shop()
    _ = try await installed(shop)
    let origin = shop.scratch / "host"
    func copy(_ name: String) throws {
      try FileManager.default.copyItem(atPath: origin.string, toPath: (shop.scratch / name).string)
    }
    try copy("counted")
    let counting = FaultyFileSystem()
    try await remove(shop.host(counting, named: "counted"), purging: purges)
    var outcomes: Set<Bool> = []
    for step in stride(from: 0, to: counting.steps, by: 2) {
      let name = "host-\(step)"
      try copy(name)
      let files = FaultyFileSystem(failsAt: step, fault: step.isMultiple(of: 4) ? .kills : .cutsPower)
      if let host = try? shop.host(files, named: name) { try? await remove(host, purging: purges) }
      let after = try shop.host(named: name)
      let isInstalled = try after.ledger.install(of: shop.plugin) != nil
      outcomes.insert(isInstalled)
      if !purges || isInstalled { #expect(notes(shop, in: name) == "mine", "step \(step)") }
      if isInstalled {
        #expect(try after.installed(shop.plugin).manifest.version.text == "1.1.0", "step \(step)")
      } else {
        if step.isMultiple(of: 8) { _ = try await after.prune(dryRun: false) } else { try after.finishRemovals() }
        try expectGone(after, shop, purged: purges, in: name)
      }
    }
    #expect(outcomes.contains(false) && counting.steps > 20)
  }

  @Test func `while a session runs it, only an explicit word removes it`() async throws {
    let shop = try Shop()
    let host = try await installed(shop)
    let mark = try host.folder.plugin(shop.plugin).markRunning()
    await #expect(throws: PolicyError.running(plugin: shop.plugin.text, sessions: 1)) {
      try await remove(host, purging: false)
    }
    #expect(try host.ledger.install(of: shop.plugin) != nil)
    try await remove(host, purging: false, force: true)
    withExtendedLifetime(mark) {}
    try expectGone(host, shop, purged: false)
  }

  @Test func `while somebody updates it nothing is removed`() async throws {
    let shop = try Shop()
    let host = try await installed(shop)
    let lock = try host.updateLock(shop.plugin)
    await #expect(throws: LockError.self) { try await remove(host, purging: false) }
    withExtendedLifetime(lock) {}
    #expect(try host.ledger.install(of: shop.plugin) != nil)
  }

  @Test func `data that an older release cannot read keep it from being installed again`() async throws {
    let shop = try Shop()
    let host = try await installed(shop, state: #"{ "epoch": 2, "reads": [2] }"#)
    try await remove(host, purging: false)
    try shop.release("1.2.0", sequence: 3)
    let release = try await host.prepare(host.offer(of: "time", in: shop.channel))
    let refusal = PolicyError.leftStateUnreadable(
      plugin: shop.plugin.text, version: "1.2.0", reads: [0], present: 2)
    await #expect(throws: refusal) { try await host.install(release, setting: [], decidedBy: "anna") }
    try await remove(host, purging: true)
    #expect(throws: Never.self) { try host.requireReadableLeftovers(release.manifest) }
  }

  // MARK: - Clients

  private func connected(_ shop: Shop, _ host: PluginHost) async throws -> String {
    let program = try shop.scratch.write("#!/bin/sh\n", to: "bin/serin", mode: 0o755)
    let original = "{\n  // mine\n  \"theme\": \"x\"\n}\n"
    try shop.scratch.write(original, to: "home/.cursor/mcp.json")
    for key in ["time", "clock"] {
      let desk = host.clientDesk(project: "/")
      let request = ConnectionRequest(
        client: .cursor, scope: .user, key: key, plugin: shop.plugin.text, replaces: false, editsFile: true)
      _ = try await host.connect(
        desk.planConnecting(request, host.clientEntry(for: shop.plugin, program: program)), at: desk)
    }
    let project = host.clientDesk(project: shop.scratch / "project")
    let request = ConnectionRequest(
      client: .vscode, scope: .project, key: "time", plugin: shop.plugin.text, replaces: false, editsFile: true)
    _ = try await host.connect(
      project.planConnecting(request, host.clientEntry(for: shop.plugin, program: program)), at: project)
    return original
  }

  @Test func `nothing that clients start is broken silently`() async throws {
    let shop = try Shop()
    let host = try await installed(shop)
    _ = try await connected(shop, host)
    let plan = try host.planRemoval(of: "time", purging: false)
    #expect(plan.entries.count == 3)
    await #expect(throws: PolicyError.stillConnected(plugin: shop.plugin.text, entries: plan.entryNames)) {
      try await host.remove(plan, disconnecting: false, force: false, by: "anna")
    }
    #expect(try host.installed(shop.plugin).manifest.version.text == "1.1.0")
    _ = try await host.remove(plan, disconnecting: false, force: true, by: "anna")
    try expectGone(host, shop, purged: false)
    #expect(try shop.scratch.text("home/.cursor/mcp.json").contains("io.github.acme/time"))
  }

  @Test func `entries of clients go first where that was asked for, several in one file, too`() async throws {
    let shop = try Shop()
    let host = try await installed(shop)
    let original = try await connected(shop, host)
    let plan = try host.planRemoval(of: "time", purging: false)
    _ = try await host.remove(plan, disconnecting: true, force: false, by: "anna")
    try expectGone(host, shop, purged: false)
    #expect(try shop.scratch.text("home/.cursor/mcp.json") == original)
    #expect(try host.ledger.connections().isEmpty)
    #expect(try !LocalFileSystem().exists(shop.scratch / "project/.vscode/mcp.json"), "it was made for the entry")
    #expect(try host.planRemoval(of: "time", purging: true).entries.isEmpty)
  }
}
