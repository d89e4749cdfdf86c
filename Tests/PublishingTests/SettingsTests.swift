import Platform
import Releases
import SystemPackage
import TestSupport
import Testing

@testable import Publishing

@Suite("The settings of a workspace")
struct SettingsTests {
  private func settings() -> WorkspaceSettings {
    WorkspaceSettings(name: "Acme", rootKeys: ["a", "b"], rootThreshold: 2, buildKey: "build", onlineKey: "online")
  }

  private func refusedField(_ yaml: String) -> String? {
    do {
      _ = try WorkspaceSettings(yaml: yaml)
      return nil
    } catch {
      guard case .badSettings(let field, let reason) = error else { return "\(error)" }
      #expect(!reason.isEmpty)
      return field
    }
  }

  @Test func `come back as they were written`() throws {
    #expect(try WorkspaceSettings(yaml: settings().yaml()) == settings())
  }

  @Test(arguments: [
    (0, [], "1d", "root.keys"), (1, ["a", "a"], "1d", "root.keys"), (0, ["a"], "1d", "root.threshold"),
    (2, ["a"], "1d", "root.threshold"), (1, ["../../home/me/key"], "1d", "root.keys[0]"),
    (1, ["a", ".hidden"], "1d", "root.keys[1]"), (1, ["a"], "soon", "root.lifetime"),
    (1, ["a"], "0s", "root.lifetime"),
  ])
  func `that cannot be are refused by field`(threshold: Int, keys: [String], lifetime: String, field: String) throws {
    var bad = settings()
    bad.root = WorkspaceSettings.Role(keys: keys, threshold: threshold, lifetime: lifetime)
    #expect(refusedField(try bad.yaml()) == field)
  }

  @Test func `of another format, too long, or no YAML are refused`() throws {
    var newer = settings()
    newer.format = 2
    #expect(refusedField(try newer.yaml()) == "format")
    #expect(refusedField("name: [") == "serin.yaml")
    #expect(refusedField("name: Acme\n") == "serin.yaml")
    #expect(refusedField(String(repeating: "#", count: WorkspaceSettings.maximumBytes + 1)) == "serin.yaml")
  }

  @Test func `are missing where there is no workspace`() throws {
    let desk = try Desk()
    #expect(throws: PublishingError.noWorkspace(path: desk.root.string)) { try desk.workspace() }
  }

  @Test func `need at least one channel, and every channel a beginning`() throws {
    let desk = try Desk.ready()
    let path = "workspace/channels/canary.yaml"
    let canary = try desk.scratch.text(path)
    try desk.scratch.write("follows: stable\n" + canary, to: path)
    #expect(
      throws: PublishingError.badSettings(
        field: "follows", reason: "canary, stable follow each other or a channel that is not there")
    ) { try desk.workspace() }
    try desk.scratch.write("follows: canary\n" + canary, to: path)
    #expect(throws: PublishingError.self, "a channel that follows itself") { try desk.workspace() }
    for name in ["canary", "stable"] { try LocalFileSystem().remove(desk.root.appending("channels/\(name).yaml")) }
    #expect(throws: PublishingError.self, "no channel at all") { try desk.workspace() }
  }

  @Test func `cannot promise other signers than the offline keys signed`() throws {
    let desk = try Desk.ready()
    let path = "workspace/channels/canary.yaml"
    let policy = try desk.workspace().policy(try .init("canary"))
    var edited = policy
    edited.signers = ["canary", "stable"]
    edited.threshold = 2
    try desk.scratch.write(edited.yaml, to: path)
    #expect(
      throws: PublishingError.policyDiffers(channel: "canary", policy: "2 of canary, stable", signed: "1 of canary")
    ) { try desk.publish("1.0.0") }
    try desk.scratch.write(policy.yaml, to: path)
    #expect(try desk.publish("1.0.0").sequence == 1)
  }
}
