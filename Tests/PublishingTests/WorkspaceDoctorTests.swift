import Platform
import Releases
import Signing
import SystemPackage
import TUF
import TestSupport
import Testing

@testable import Publishing

@Suite("Examining a workspace")
struct WorkspaceDoctorTests {
  private let desk: Desk
  private static let day = 86_400

  init() throws {
    desk = try Desk.ready()
  }

  private func examine(own: Set<[UInt8]> = []) throws -> [HealthFinding] {
    var doctor = WorkspaceDoctor(desk.root, machine: desk.machine(), own: own)
    return try doctor.examine()
  }

  private func bad(own: Set<[UInt8]> = []) throws -> [HealthFinding] {
    try examine(own: own).filter { $0.level != .fine }
  }

  @Test func `finds nothing wrong with a new one`() throws {
    try desk.publish("1.0.0")
    #expect(try bad().isEmpty)
    #expect(try Set(examine().map(\.code)) == ["no-secrets", "roots", "roles", "settings", "offers"])
  }

  @Test func `warns at half of each lifetime, with the command that renews`() throws {
    let half = [
      "timestamp": 7, "snapshot": 30, "canary": 90, "stable": 90, "root": 365, "targets": 365, "bundles": 365,
    ]
    var day = 0.0
    for (role, lifetime) in half.sorted(by: { ($0.value, $0.key) < ($1.value, $1.key) }) {
      let due = Double(lifetime) / 2
      desk.clock.advance(by: .seconds((due - day) * Double(Self.day) - 1))
      // Both online roles are renewed together, so that the second is due only where nobody renews.
      if role != "timestamp" && role != "snapshot" { _ = try desk.publisher().renew(force: false) }
      #expect(try !bad().contains { $0.sentence.contains("role \(role) ") } || day == due, "\(role) a second before")
      desk.clock.advance(by: .seconds(1))
      let finding = try #require(try bad().first { $0.sentence.contains("role \(role) ") }, "\(role)")
      #expect(finding.level == .warning && finding.code == "role-half-over")
      let isOnline = role == "timestamp" || role == "snapshot"
      #expect(finding.command == (isOnline ? "serin renew" : "serin role renew \(role) --request \(role).request"))
      day = due
    }
  }

  @Test func `names the direct command where the keys are on this machine`() throws {
    let key = try #require(try desk.keys.signer(named: "stable")).publicKey.bytes
    desk.clock.advance(by: .seconds(46 * Self.day))
    _ = try desk.publisher().renew(force: false)
    let found = try bad(own: [key])
    #expect(found.first { $0.sentence.contains("role stable ") }?.command == "serin role renew stable")
    #expect(
      found.first { $0.sentence.contains("role canary ") }?.command
        == "serin role renew canary --request canary.request")
    // And what it names does it.
    _ = try desk.publisher().publish(.renew(["stable"]))
    #expect(try !bad(own: [key]).contains { $0.sentence.contains("role stable ") })
  }

  @Test func `calls the last 48 hours and the time after them a problem`() throws {
    desk.clock.advance(by: .seconds(5 * Self.day))
    #expect(try bad().map(\.code) == ["role-half-over"])
    desk.clock.advance(by: .seconds(1))
    #expect(try bad().map(\.code) == ["role-expires"])
    desk.clock.advance(by: .seconds(2 * Self.day))
    #expect(try bad().map(\.code) == ["role-expired"] && bad().allSatisfy { $0.level == .problem })
  }

  @Test func `finds secret keys by their content, wherever they lie`() throws {
    let key = try SecretKey.generate()
    let text = try KeyFile.encrypt(key, passphrase: nil, comment: "serin secret key lost")
    try desk.scratch.write(text, to: "workspace/keys/lost.pub.bak")
    try desk.scratch.write(text, to: "workspace/notes/deep/innocent.txt")
    let found = try bad().filter { $0.code == "secret-key-in-workspace" }
    #expect(found.count == 2 && found.allSatisfy { $0.level == .problem })
  }

  @Test func `finds settings that say something else than what is signed, and sync mends them`() throws {
    try desk.scratch.write(
      "follows: canary\nsigners: [stable, canary]\nthreshold: 2\nevidence: { signers: [ghost] }\n",
      to: "workspace/channels/stable.yaml")
    let found = try bad()
    #expect(found.map(\.code) == ["settings-differ", "evidence-signer"])
    #expect(found[0].command == "serin role sync" && found[0].sentence.contains("channels/stable.yaml"))
    #expect(throws: PublishingError.self) {
      try desk.attest(desk.publish("1.0.0"), edit: { _ in }); try desk.promote()
    }
    let written = try desk.publisher().sync()
    #expect(written == ["channels/stable.yaml"])
    #expect(try bad().map(\.code) == ["evidence-signer"])
    #expect(try desk.publisher().sync().isEmpty)
  }

  @Test func `finds a policy that nobody signed, and a key that cannot be read`() throws {
    try desk.scratch.write("follows: canary\nsigners: [stable]\n", to: "workspace/channels/edge.yaml")
    try desk.scratch.write("nonsense\n", to: "workspace/keys/odd.pub")
    #expect(try bad().map(\.code) == ["channel-not-signed", "key-unreadable"])
  }

  @Test func `finds a root that is missing, a bundle that is gone, and damage`() throws {
    let files = LocalFileSystem()
    let release = try desk.publish("1.0.0")
    for _ in 0..<2 { _ = try desk.publisher().publish(.renew(["root"])) }
    let target = NewTarget(
      path: release.bundles[0].path, length: release.bundles[0].length, sha256: release.bundles[0].sha256)
    try files.remove(desk.workspace().targets.appending(target.consistentPath))
    #expect(try bad().map(\.code) == ["target-missing"])
    try files.remove(desk.workspace().metadata.appending("2.root.json"))
    let gap = try bad()
    #expect(gap.first?.code == "root-missing" && gap.first?.sentence.contains("2.root.json") == true)
    try files.write([1, 2, 3], atomicallyTo: desk.workspace().metadata.appending("timestamp.json"), mode: 0o644)
    #expect(try bad().contains { $0.code == "repository-damaged" })
  }

  @Test func `says what is wrong with settings that cannot be read, and that a folder is no workspace`() throws {
    try desk.scratch.write("signers: [\n", to: "workspace/channels/stable.yaml")
    #expect(try bad().map(\.code) == ["settings-unreadable"])
    try desk.scratch.write("format: 9\n", to: "workspace/serin.yaml")
    #expect(try bad().map(\.code) == ["settings-unreadable"])
    var nowhere = WorkspaceDoctor(desk.scratch / "nowhere", machine: desk.machine())
    #expect(throws: (any Error).self) { try nowhere.examine() }
  }
}

@Suite("Roles that would soon expire")
struct ExpiringRoleTests {
  private static let day = 86_400

  @Test func `are renewed in the same publication where their keys are here`() async throws {
    let desk = try Desk.ready()
    desk.clock.advance(by: .seconds(89 * Self.day))
    // The channel canary is signed again because it is published to, stable because a day is left.
    let release = try desk.publish("1.0.0")
    #expect(release.expiring.isEmpty)
    let roles = try desk.publisher().roles()
    #expect(roles.filter { $0.version == 2 }.map(\.role.text).sorted().contains("stable"))
    #expect(roles.allSatisfy { $0.expires.seconds - desk.clock.now().seconds > ExpiringRole.shortest })
  }

  @Test func `are named where their keys are elsewhere`() throws {
    let desk = try Desk.ready()
    desk.clock.advance(by: .seconds(89 * Self.day))
    desk.keys.lose("stable")
    let release = try desk.publish("1.0.0")
    #expect(release.expiring.map(\.role.text) == ["stable"])
    #expect(release.expiring[0].command == "serin role renew stable")
  }

  @Test func `are left alone while there is time`() throws {
    let desk = try Desk.ready()
    desk.clock.advance(by: .seconds(87 * Self.day))
    #expect(try desk.publish("1.0.0").expiring.isEmpty)
    #expect(try desk.publisher().roles().first { $0.role.text == "stable" }?.version == 1)
  }
}
