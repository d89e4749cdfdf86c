import Platform
import Releases
import Signing
import SystemPackage
import TUF
import TestSupport
import Testing

@testable import Publishing

/// Keys change in metadata, settings and policies; the power goes at each step in turn.
@Suite("A change of keys that is cut")
struct RoleCrashTests {
  /// The edits go round, and keys pile up, so that one workspace serves for all steps.
  private func edit(_ round: Int, _ desk: Desk) throws -> RoleEdit {
    let key = NamedKey(name: "k\(round)", key: try #require(try desk.keys.signer(named: "k\(round)")).publicKey)
    let roles = round % 2 == 0 ? ["timestamp", "snapshot", "stable"] : ["root", "stable", "bundles"]
    return .change(roles: roles, adding: [key], removing: [], threshold: nil)
  }

  @Test(arguments: [FaultyFileSystem.Fault.kills, .cutsPower])
  func `is finished by the next command, with settings that say what is signed`(
    fault: FaultyFileSystem.Fault
  ) async throws {
    let desk = try Desk.ready()
    try desk.publish("1.0.0")
    let (reader, store) = (RepositoryReader(desk), MemoryStore())
    var (halves, seen) = (0, 0)
    for step in stride(from: 0, to: 400, by: fault == .cutsPower ? 4 : 9) {
      let files = FaultyFileSystem(failsAt: step, fault: fault)
      let edit = try edit(step, desk)
      do { _ = try desk.publisher(files).publish(edit) } catch { try #require(files.isDead, "step \(step): \(error)") }
      if try PendingPublication(desk.root, files: LocalFileSystem()).exists() {
        halves += 1
        var doctor = WorkspaceDoctor(desk.root, machine: desk.machine())
        let found = try doctor.examine().first { $0.level == .problem }
        #expect(found?.code == "publication-half-done" && found?.command == "serin role sync")
        try Workspace.recover(desk.root, machine: desk.machine())
      }
      #expect(try desk.publisher().sync().isEmpty, "settings and metadata differ after step \(step)")
      let now = desk.clock.now().seconds
      #expect(try await reader.offer(in: Desk.canary, at: now, keeping: store)?.version == "1.0.0")
      #expect(try await reader.offer(in: Desk.canary, at: now)?.version == "1.0.0", "killed at step \(step)")
      seen += 1
      if !files.isDead {
        #expect(halves > 1 && seen > halves)
        return
      }
    }
    Issue.record("the edit never came to its end")
  }

  @Test func `a publication file that nobody of us wrote is not written out`() throws {
    let desk = try Desk.ready()
    for (name, text) in [
      ("not JSON", "{"), ("another format", #"{"format": 2, "files": []}"#),
      ("a path outside", #"{"format": 1, "files": [{"path": "../evil", "text": "x"}]}"#),
      ("a path below", #"{"format": 1, "files": [{"path": "keys/../../evil.pub", "text": "x"}]}"#),
      ("a target", #"{"format": 1, "files": [{"path": "repository/targets/x", "text": "x"}]}"#),
      ("no text", #"{"format": 1, "files": [{"path": "serin.yaml"}]}"#),
    ] {
      try desk.scratch.write(text, to: "workspace/.publication.json")
      #expect(throws: PublishingError.self, "\(name)") { try desk.publish("1.0.0") }
    }
    #expect(try LocalFileSystem().exists(desk.scratch / "evil") == false)
  }
}
