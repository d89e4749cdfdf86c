import Platform
import Releases
import Signing
import SystemPackage
import TUF
import TestSupport
import Testing

@testable import Publishing

@Suite("Changing who may sign")
struct RoleEditTests {
  private func named(_ name: String, _ desk: Desk) throws -> NamedKey {
    NamedKey(name: name, key: try #require(try desk.keys.signer(named: name)).publicKey)
  }

  private func overview(_ role: String, _ desk: Desk) throws -> RoleOverview {
    try #require(try desk.publisher().roles().first { $0.role.text == role })
  }

  @Test(arguments: ["root", "targets", "bundles", "snapshot", "timestamp", "canary", "stable"])
  func `any role's key can be replaced, and clients old and new follow`(role: String) async throws {
    let desk = try Desk.ready()
    try desk.release("1.0.0")
    let (reader, store) = (RepositoryReader(desk), MemoryStore())
    let now = desk.clock.now().seconds
    #expect(try await reader.offer(in: Desk.stable, at: now, keeping: store)?.version == "1.0.0")
    let old = try #require(try overview(role, desk).keys.first).name
    let edited = try desk.publisher().publish(
      .change(roles: [role], adding: [named("fresh", desk)], removing: [old], threshold: nil))
    #expect(edited.isPublished && edited.changes.count { $0.kind == .key } == 2)
    #expect(try await reader.offer(in: Desk.stable, at: now, keeping: store)?.version == "1.0.0")
    #expect(try await reader.offer(in: Desk.stable, at: now)?.version == "1.0.0")
    let keys = try overview(role, desk).keys.map(\.name)
    #expect(keys.contains("fresh") && !keys.contains(old))
    // The settings followed, so that the next release needs nothing else; the old key is not needed any more.
    #expect(try desk.publisher().sync().isEmpty)
    // The online key serves two roles here, and the offline keys root and targets.
    if ["bundles", "canary", "stable"].contains(role) { desk.keys.lose(old) }
    desk.clock.advance(by: .seconds(1))
    let evidence = role == "canary" ? "fresh" : "canary"
    try desk.attest(desk.publish("1.1.0"), by: evidence)
    if role == "canary" {
      // Whose verdicts count is the policy's business, not the metadata's: the owner is told.
      #expect(edited.warnings.contains { $0.contains("goes on counting verdicts by the key canary") })
      #expect(try desk.refusals() == ["evidence-signer"])
      return
    }
    try desk.promote("1.1.0")
    let later = desk.clock.now().seconds
    #expect(try await reader.offer(in: Desk.stable, at: later, keeping: store)?.version == "1.1.0")
    #expect(try await reader.offer(in: Desk.stable, at: later)?.version == "1.1.0")
  }

  @Test(arguments: ["root", "targets", "bundles", "snapshot", "timestamp", "canary", "stable"])
  func `a threshold is raised and lowered again`(role: String) async throws {
    let desk = try Desk.ready()
    let (reader, store) = (RepositoryReader(desk), MemoryStore())
    _ = try await reader.offer(in: Desk.canary, at: desk.clock.now().seconds, keeping: store)
    let before = try overview(role, desk).threshold
    _ = try desk.publisher().publish(
      .change(roles: [role], adding: [named("fresh", desk)], removing: [], threshold: before + 1))
    #expect(try overview(role, desk).threshold == before + 1)
    try desk.publish("1.0.0")
    #expect(
      try await reader.offer(in: Desk.canary, at: desk.clock.now().seconds, keeping: store)?.version == "1.0.0")
    _ = try desk.publisher().publish(.change(roles: [role], adding: [], removing: ["fresh"], threshold: before))
    #expect(try overview(role, desk).threshold == before)
    #expect(try await reader.offer(in: Desk.canary, at: desk.clock.now().seconds, keeping: store) != nil)
    #expect(try desk.publisher().sync().isEmpty)
  }

  @Test func `only what changed is signed again`() throws {
    let desk = try Desk.ready()
    let added = try named("fresh", desk)
    let root = try desk.publisher().publish(.change(roles: ["root"], adding: [added], removing: [], threshold: nil))
    #expect(root.roles == [.root])
    let online = try desk.publisher().publish(
      .change(roles: ["timestamp", "snapshot"], adding: [added], removing: ["online"], threshold: nil))
    #expect(online.roles == [.root, .snapshot, .timestamp])
    let channel = try desk.publisher().publish(
      .change(roles: ["stable"], adding: [added], removing: [], threshold: nil))
    #expect(channel.roles.map(\.text) == ["targets", "snapshot", "timestamp"])
    let nothing = try desk.publisher().publish(.change(roles: ["stable"], adding: [], removing: [], threshold: 1))
    #expect(nothing.roles.isEmpty)
  }

  @Test(arguments: ["root", "targets", "bundles", "canary", "timestamp"])
  func `any role can be renewed without another change`(role: String) throws {
    let desk = try Desk.ready()
    desk.clock.advance(by: .seconds(86_400))
    let before = try overview(role, desk)
    _ = try desk.publisher().publish(.renew([role]))
    let after = try overview(role, desk)
    #expect(after.version == before.version + 1 && after.expires > before.expires)
    #expect(after.keys == before.keys && after.threshold == before.threshold)
  }

  @Test func `a new channel gets a policy and can be used at once, and ends again`() async throws {
    let desk = try Desk.ready()
    let edge = NewDelegation(
      role: "edge", keys: [try named("edge", desk)], follows: try ChannelName(Desk.canary),
      soak: DurationText(seconds: 3600))
    let edited = try desk.publisher().publish(.delegate(edge))
    #expect(edited.changes.contains { $0.kind == .delegation && $0.sentence.contains("plugins/*/*/edge.json") })
    let policy = try #require(try desk.workspace().policies.first { $0.channel.text == "edge" }).policy
    #expect(policy.signers == ["edge"] && policy.follows?.text == Desk.canary)
    try desk.attest(desk.publish("1.0.0"))
    let publisher = try desk.publisher()
    _ = try publisher.promote(publisher.planPromotion(of: desk.plugin, version: nil, to: try ChannelName("edge")))
    let reader = RepositoryReader(desk)
    #expect(try await reader.offer(in: "edge", at: desk.clock.now().seconds)?.version == "1.0.0")
    _ = try desk.publisher().publish(.revoke(["edge"]))
    #expect(try await reader.offer(in: "edge", at: desk.clock.now().seconds) == nil)
    #expect(try desk.workspace().policies.map(\.channel.text) == ["canary", "stable"])
    #expect(try desk.publisher().sync().isEmpty)
  }

  @Test func `another author is asked before everybody else for his own paths`() throws {
    let desk = try Desk.ready()
    let acme = NewDelegation(role: "acme", paths: ["plugins/org.acme/*/*/*"], keys: [try named("acme", desk)])
    _ = try desk.publisher().publish(.delegate(acme))
    #expect(try desk.publisher().roles().map(\.role.text).firstIndex(of: "acme") == 4)
    #expect(try overview("acme", desk).paths == acme.paths)
    _ = try desk.publisher().publish(.revoke(["acme"]))
    #expect(throws: PublishingError.self) { try desk.publisher().plan(.renew(["acme"])) }
  }

  @Test func `edits that cannot be are refused in words`() throws {
    let desk = try Desk.ready()
    let publisher = try desk.publisher()
    let stranger = NamedKey(name: "online", key: try named("fresh", desk).key)
    func refused(_ edit: RoleEdit) -> String? {
      do {
        _ = try publisher.plan(edit)
        return nil
      } catch {
        return "\(error)"
      }
    }
    let change = { (role: String, add: [NamedKey], remove: [String], threshold: Int?) in
      RoleEdit.change(roles: [role], adding: add, removing: remove, threshold: threshold)
    }
    #expect(refused(change("nobody", [], [], 1))?.contains("there is no role nobody") == true)
    #expect(refused(change("stable", [], ["build"], nil))?.contains("build is none of its keys") == true)
    #expect(refused(change("stable", [], [], 2))?.contains("threshold 2") == true)
    #expect(refused(change("stable", [], [], 0))?.contains("threshold 0") == true)
    #expect(refused(change("stable", [], ["stable"], nil)) != nil)
    #expect(refused(change("stable", [stranger], [], nil))?.contains("another key already") == true)
    #expect(try refused(change("stable", [named("stable", desk)], [], nil))?.contains("already") == true)
    #expect(refused(.revoke(["bundles"])) != nil && refused(.revoke(["root"])) != nil)
    #expect(refused(.revoke(["canary"]))?.contains("stable takes its releases from it") == true)
    let keys = [try named("fresh", desk)]
    #expect(refused(.delegate(NewDelegation(role: "canary", paths: ["x/*"], keys: keys)))?.contains("exists") == true)
    #expect(refused(.delegate(NewDelegation(role: "root", paths: ["x/*"], keys: keys))) != nil)
    #expect(refused(.delegate(NewDelegation(role: "x", paths: [], keys: keys))) != nil)
    #expect(refused(.delegate(NewDelegation(role: "x", paths: ["../*"], keys: keys))) != nil)
    #expect(refused(.delegate(NewDelegation(role: "x", paths: ["a/[b]"], keys: keys))) != nil)
  }

  @Test func `removing a build key names the bundles that hosts would refuse`() throws {
    let desk = try Desk.ready()
    try desk.release("1.0.0")
    let plan = try desk.publisher().plan(
      .change(roles: ["bundles"], adding: [named("build-2", desk)], removing: ["build"], threshold: nil))
    #expect(plan.warnings.count == 2)
    #expect(plan.warnings.allSatisfy { $0.contains("hosts will refuse io.github.acme/time 1.0.0") })
    #expect(!plan.isPublished)
    let both = try desk.publisher().plan(
      .change(roles: ["bundles"], adding: [named("build-2", desk)], removing: [], threshold: nil))
    #expect(both.warnings.isEmpty)
  }

  @Test func `what is confirmed does not depend on the moment, but on everything else`() throws {
    let desk = try Desk.ready()
    let edit = RoleEdit.change(roles: ["stable"], adding: [try named("fresh", desk)], removing: [], threshold: nil)
    let first = try desk.publisher().plan(edit).confirm
    desk.clock.advance(by: .seconds(10))
    #expect(try desk.publisher().plan(edit).confirm == first)
    let other = RoleEdit.change(roles: ["stable"], adding: [try named("fresh", desk)], removing: [], threshold: 2)
    #expect(try desk.publisher().plan(other).confirm != first)
    try desk.publish("1.0.0")
    #expect(try desk.publisher().plan(edit).confirm == first, "another role's new version does not matter")
  }

  @Test func `what was confirmed before somebody else published is not signed after it`() throws {
    let desk = try Desk.ready()
    let edit = RoleEdit.change(roles: ["stable"], adding: [try named("fresh", desk)], removing: [], threshold: nil)
    let publisher = try desk.publisher()
    let confirmed = try publisher.plan(edit).confirm
    _ = try desk.publisher().publish(
      .change(roles: ["canary"], adding: [named("other", desk)], removing: [], threshold: nil))
    #expect(throws: PublishingError.changedMeanwhile) { try publisher.publish(edit, confirmed: confirmed) }
    #expect(try overview("stable", desk).keys.map(\.name) == ["stable"])
    _ = try publisher.publish(edit, confirmed: publisher.plan(edit).confirm)
  }

  @Test func `comments in a policy stay when its signers change`() throws {
    let desk = try Desk.ready()
    let path = desk.root.appending("channels/stable.yaml")
    let files = LocalFileSystem()
    let text = "# ours\n" + String(decoding: try files.readAll(path, limit: 65_536), as: UTF8.self) + "# the end\n"
    try files.write(Array(text.utf8), atomicallyTo: path, mode: 0o644)
    _ = try desk.publisher().publish(
      .change(roles: ["stable"], adding: [named("fresh", desk)], removing: [], threshold: 2))
    let after = String(decoding: try files.readAll(path, limit: 65_536), as: UTF8.self)
    #expect(
      after == text.replacing("[stable]", with: "[stable, fresh]").replacing("threshold: 1", with: "threshold: 2"))
  }
}
