import Platform
import Releases
import Storage
import StrictJSON
import SystemPackage
import TestSupport
import Testing

@testable import Updating

@Suite("Policies over updates")
struct PolicyFlowTests {
  /// A host on 1.1.0 that was on 1.0.0 before, each with a state of its own.
  private func updated(_ shop: Shop, _ yaml: String = "") async throws -> PluginHost {
    if !yaml.isEmpty { try shop.configure(yaml) }
    let host = try await shop.trustingHost()
    for (version, sequence) in [("1.0.0", Int64(1)), ("1.1.0", 2)] {
      try shop.release(version, sequence: sequence)
      try await shop.activate(on: host, event: sequence == 1 ? "install" : "update")
      try shop.scratch.write(version, to: "host/plugins/\(shop.plugin)/state/notes.txt")
    }
    return host
  }

  private func decision(_ host: PluginHost) async throws -> UpdateDecision? {
    try await host.check(host.ledger.installs()).first?.decision
  }

  private func runs(_ host: PluginHost, _ shop: Shop) throws -> String {
    try host.installed(shop.plugin).manifest.version.text
  }

  // MARK: - Age

  @Test func `a release is as old as this host can believe, and manifests of later do not make it younger`()
    async throws
  {
    let shop = try Shop()
    let host = try await updated(shop, "minimum-age: 3d\n")
    let bundle = try shop.bundle("1.2.0")
    let start = shop.clock.now()
    // The publisher says that it is a month old; but yesterday the channel still offered another one.
    try shop.offer(shop.manifest(bundle, "1.2.0", sequence: 3, published: start.advanced(by: .seconds(-2_592_000))))
    #expect(
      try await decision(host)
        == .tooYoung(age: DurationText(seconds: 259_200), until: start.advanced(by: .seconds(259_200)).rfc3339))
    shop.clock.advance(by: .seconds(2 * 86_400))
    try shop.offer(shop.manifest(bundle, "1.2.0", sequence: 4))
    #expect(try await decision(host)?.word == "too-young")
    shop.clock.advance(by: .seconds(86_400))
    #expect(try await decision(host) == .available)
  }

  @Test func `a time in the future counts from when it was first seen`() async throws {
    let shop = try Shop()
    let host = try await updated(shop, "minimum-age: 1d\n")
    let later = shop.clock.now().advanced(by: .seconds(300 * 86_400))
    try shop.offer(shop.manifest(try shop.bundle("1.2.0"), "1.2.0", sequence: 3, published: later))
    #expect(try await decision(host)?.word == "too-young")
    shop.clock.advance(by: .seconds(86_400))
    #expect(try await decision(host) == .available)
  }

  @Test func `a release that closes a hole comes at once where the settings say so`() async throws {
    let shop = try Shop()
    let host = try await updated(shop, "minimum-age: 3d\n")
    try shop.offer(shop.manifest(try shop.bundle("1.2.0"), "1.2.0", sequence: 3, security: true))
    #expect(try await decision(host)?.word == "too-young")
    try shop.configure("minimum-age: 3d\nsecurity-age: 0s\n")
    #expect(try await decision(host) == .available)
  }

  // MARK: - Marks

  @Test func `a pin keeps what runs from updates and its tree from pruning`() async throws {
    let shop = try Shop()
    let host = try await updated(shop)
    #expect(try host.pin(shop.plugin, to: ReleaseVersion("1.1.0"), reason: "it works").place == .runs)
    let home = try host.folder.plugin(shop.plugin)
    #expect(try home.marked(.pinned) == home.current())
    try shop.release("1.2.0", sequence: 3)
    #expect(try await decision(host) == .held(reason: "pinned to 1.1.0: it works", until: nil))
    #expect(try host.unpin(shop.plugin))
    #expect(try home.marked(.pinned) == nil)
    #expect(try await decision(host) == .available)
    #expect(try !host.unpin(shop.plugin))
    #expect(try host.ledger.history(of: shop.plugin).map(\.event).prefix(2) == ["unpin", "pin"])
  }

  @Test func `a pin on another version lets only that one come, and protects it then`() async throws {
    let shop = try Shop()
    let host = try await updated(shop)
    #expect(try host.pin(shop.plugin, to: ReleaseVersion("1.0.0"), reason: "").place == .kept)
    #expect(try host.pin(shop.plugin, to: ReleaseVersion("1.3.0"), reason: "").place == .absent)
    try shop.release("1.2.0", sequence: 3)
    #expect(try await decision(host)?.word == "held")
    try shop.release("1.3.0", sequence: 4)
    #expect(try await decision(host) == .available)
    #expect(try host.pin(shop.plugin, to: ReleaseVersion("1.3.0"), reason: "").place == .offered)
    let taken = try await shop.activate(on: host)
    #expect(try host.folder.plugin(shop.plugin).marked(.pinned) == taken.tree)
  }

  @Test func `what was withdrawn, or lies too low, cannot be pinned`() async throws {
    let shop = try Shop()
    let host = try await updated(shop)
    let yank = try YankedRelease(version: ReleaseVersion("1.0.0"), reason: "it eats data")
    let bundle = try shop.bundle("1.2.0")
    try shop.offer(shop.manifest(bundle, "1.2.0", sequence: 3, yanked: [yank]))
    _ = try await decision(host)
    #expect(throws: UpdatingError.yanked(plugin: shop.plugin.text, version: "1.0.0", reason: "it eats data")) {
      try host.pin(shop.plugin, to: ReleaseVersion("1.0.0"), reason: "")
    }
    try shop.offer(shop.manifest(bundle, "1.2.0", sequence: 4, minimumSequence: 2))
    _ = try await decision(host)
    let low = PolicyError.belowMinimum(plugin: shop.plugin.text, version: "1.0.0", sequence: 1, minimum: 2)
    #expect(throws: low) { try host.pin(shop.plugin, to: ReleaseVersion("1.0.0"), reason: "") }
    #expect(throws: low) { try host.rollBack(shop.plugin, keepState: false, reason: "") }
    #expect(try runs(host, shop) == "1.1.0" && host.holds(of: shop.plugin).isEmpty)
  }

  @Test func `a skipped version never comes, the next one does`() async throws {
    let shop = try Shop()
    let host = try await updated(shop)
    #expect(throws: PolicyError.self, "it runs") {
      try host.skip(shop.plugin, ReleaseVersion("1.1.0"), reason: "")
    }
    _ = try host.skip(shop.plugin, ReleaseVersion("1.2.0"), reason: "slow")
    try shop.release("1.2.0", sequence: 3)
    #expect(try await decision(host) == .skipped(reason: "slow"))
    #expect(try host.unskip(shop.plugin, ReleaseVersion("1.2.0")) == 1)
    #expect(try await decision(host) == .available)
    _ = try host.skip(shop.plugin, ReleaseVersion("1.2.0"), reason: "slow")
    try shop.release("1.3.0", sequence: 4)
    #expect(try await decision(host) == .available)
  }

  @Test func `a hold with an end ends by itself`() async throws {
    let shop = try Shop()
    let host = try await updated(shop)
    let hold = try host.hold(shop.plugin, for: DurationText("7d"), reason: "demo on Friday")
    try shop.release("1.2.0", sequence: 3)
    #expect(try await decision(host) == .held(reason: "demo on Friday", until: hold.until?.rfc3339))
    #expect(try host.ledger.history(of: shop.plugin).first?.reason.contains("until") == true)
    shop.clock.advance(by: .seconds(7 * 86_400 - 1))
    #expect(try await decision(host)?.word == "held")
    shop.clock.advance(by: .seconds(1))
    try shop.sign { _ in }
    #expect(try await decision(host) == .available)
  }

  // MARK: - Yanks

  private func yank(_ shop: Shop, _ versions: String..., minimum: Int64 = 0) async throws {
    let yanked = try versions.map { try YankedRelease(version: ReleaseVersion($0), reason: "it eats data") }
    try shop.offer(
      shop.manifest(try shop.bundle("1.1.0"), "1.1.0", sequence: 9, yanked: yanked, minimumSequence: minimum))
    let host = try shop.host()
    _ = try await host.check(host.ledger.installs())
  }

  @Test func `a withdrawn release that runs warns, or goes back where the settings say so`() async throws {
    let shop = try Shop()
    let host = try await updated(shop)
    guard case .notYanked = try host.answerYank(shop.plugin) else {
      Issue.record("nothing was withdrawn")
      return
    }
    try await yank(shop, "1.1.0")
    guard case .warned = try host.answerYank(shop.plugin) else {
      Issue.record("the default warns")
      return
    }
    #expect(try runs(host, shop) == "1.1.0")
    try shop.configure("on-yank: go-back\n")
    shop.transport.isDown = true
    guard case .wentBack(let result, _) = try host.answerYank(shop.plugin) else {
      Issue.record("it did not go back")
      return
    }
    #expect(result.to.text == "1.0.0" && result.isStateRestored)
    #expect(try shop.scratch.text("host/plugins/\(shop.plugin)/state/notes.txt") == "1.0.0")
    let entry = try host.ledger.history(of: shop.plugin).first
    #expect(entry?.event == "rollback" && entry?.reason.contains("it eats data") == true)
    guard case .notYanked = try host.answerYank(shop.plugin) else {
      Issue.record("it would go back again")
      return
    }
  }

  @Test func `nobody goes back to what is withdrawn as well, or too low, or against a pin or a hold`() async throws {
    func answer(_ shop: Shop) throws -> String? {
      let host = try shop.host()
      guard case .stayed(_, _, let because) = try host.answerYank(shop.plugin) else { return nil }
      #expect(try runs(host, shop) == "1.1.0")
      return because
    }
    let both = try Shop()
    _ = try await updated(both, "on-yank: go-back\n")
    try await yank(both, "1.1.0", "1.0.0")
    #expect(try answer(both) == "no kept release may be gone back to")

    let low = try Shop()
    let host = try await updated(low, "on-yank: go-back\n")
    try await yank(low, "1.1.0", minimum: 2)
    #expect(try answer(low) == "no kept release may be gone back to")
    _ = try host.hold(low.plugin, reason: "demo")
    #expect(try answer(low) == "held: demo")

    let pinned = try Shop()
    _ = try await updated(pinned, "on-yank: go-back\n").pin(pinned.plugin, to: ReleaseVersion("1.1.0"), reason: "mine")
    try await yank(pinned, "1.1.0")
    #expect(try answer(pinned) == "it is pinned: mine")
  }

  // MARK: - Configuration

  @Test func `a release that needs a value waits, stays here, and comes once the value is there`() async throws {
    let shop = try Shop()
    let host = try await updated(shop)
    let option = #"{ "zone": { "type": "string", "title": "Zone", "description": "Z", "required": true } }"#
    try shop.release("1.2.0", sequence: 3, userConfig: option)
    #expect(try await decision(host) == .available, "what it needs is known once it was fetched")
    let release = try await host.prepare(host.offer(of: "time", in: shop.channel))
    let missing = UpdatingError.missingConfiguration(plugin: shop.plugin.text, keys: ["zone"])
    await #expect(throws: missing) { try await host.update(release, soak: .standard, by: .agent) }
    #expect(try await decision(host) == .needsConfiguration(keys: ["zone"]))
    #expect(try host.folder.plugin(shop.plugin).marked(.candidate) == release.tree, "it is not fetched again and again")
    try await host.keep(["zone": .string("UTC")], of: release.manifest)
    #expect(try await decision(host) == .available)
  }

  @Test func `settings and state survive an update and a rollback`() async throws {
    let shop = try Shop()
    let host = try await shop.trustingHost()
    let option = #"{ "zone": { "type": "string", "title": "Zone", "description": "Z" } }"#
    try shop.release("1.0.0", sequence: 1, userConfig: option)
    let first = try await shop.activate(on: host, event: "install")
    try await host.keep(["zone": .string("UTC")], of: first.manifest)
    try shop.scratch.write("mine", to: "host/plugins/\(shop.plugin)/state/notes.txt")
    try shop.release("1.1.0", sequence: 2, userConfig: option)
    let second = try await shop.activate(on: host)
    #expect(try await host.configuration(for: second.manifest) == ["zone": .string("UTC")])
    #expect(try shop.scratch.text("host/plugins/\(shop.plugin)/state/notes.txt") == "mine")
    _ = try host.rollBack(shop.plugin, keepState: false, reason: "")
    #expect(try await host.configuration(for: first.manifest) == ["zone": .string("UTC")])
    #expect(try shop.scratch.text("host/plugins/\(shop.plugin)/state/notes.txt") == "mine")
  }

  // MARK: - Channels and modes

  @Test func `a section can move a plugin to another channel, and no variable can`() async throws {
    let shop = try Shop()
    let host = try await updated(shop)
    try shop.configure("plugins:\n  time:\n    channel: beta\n")
    #expect(try await decision(host) == .notOffered)
    #expect(try await host.check(host.ledger.installs()).first?.install.channel == .beta)
    try shop.configure("channel: beta\n")
    #expect(try await decision(host) == .nothingNew)
  }

  @Test func `what this host wants by itself in the mode ask needs a word, and a person's own wish does not`()
    async throws
  {
    let shop = try Shop()
    let host = try await updated(shop, "mode: ask\n")
    try shop.release("1.2.0", sequence: 3)
    let release = try await host.prepare(host.offer(of: "time", in: shop.channel))
    let pass = try #require(
      SoakResult(
        json: [
          "verdict": "pass", "findings": [], "toolChanges": [], "observedSeconds": 1, "probes": 1, "shortened": true,
        ]))
    #expect(try host.needs(release, soak: pass, by: .person).isEmpty)
    #expect(try host.needs(release, soak: pass, by: .agent).map(\.kind) == ["switch"])
    try host.ledger.approve(
      Approval(
        plugin: shop.plugin, tree: release.tree, kind: "switch", who: "anna", time: shop.clock.now(), reason: ""))
    #expect(try host.needs(release, soak: pass, by: .agent).isEmpty)
    try shop.configure("mode: automatic\n")
    #expect(try host.needs(release, soak: pass, by: .agent).isEmpty)
  }
}
