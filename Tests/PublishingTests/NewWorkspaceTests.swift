import Platform
import Releases
import Signing
import SystemPackage
import TestSupport
import Testing

@testable import Publishing

@Suite("A new workspace")
struct NewWorkspaceTests {
  @Test func `has the shape of the design and tells the digest of its first root`() throws {
    let desk = try Desk()
    let fingerprint = try desk.plan().create(keys: desk.keys, machine: desk.machine())
    let files = LocalFileSystem()
    #expect(
      try files.list(desk.root).map(\.name)
        == [".gitignore", "channels", "evidence", "keys", "repository", "serin.yaml"])
    #expect(
      try files.list(desk.root.appending("keys")).map(\.name)
        == ["build.pub", "canary.pub", "online.pub", "root-a.pub", "root-b.pub", "stable.pub"])
    #expect(try files.list(desk.root.appending("channels")).map(\.name) == ["canary.yaml", "stable.yaml"])
    #expect(fingerprint == SHA256Digest.of(try desk.scratch.read("workspace/repository/metadata/1.root.json")))
    #expect(try desk.workspace().policies.map(\.channel.text) == ["canary", "stable"])
  }

  @Test func `refuses a place that is taken, and leaves it alone`() throws {
    let desk = try Desk.ready()
    let before = try desk.scratch.read("workspace/repository/metadata/timestamp.json")
    #expect(throws: PublishingError.workspaceExists(path: desk.root.string)) {
      try desk.plan().create(keys: desk.keys, machine: desk.machine())
    }
    #expect(try desk.scratch.read("workspace/repository/metadata/timestamp.json") == before)
  }

  @Test func `leaves nothing behind when a key is missing`() throws {
    let desk = try Desk()
    desk.keys.lose("online")
    #expect(throws: PublishingError.badKey(name: "online", reason: "its secret half is not on this machine")) {
      try desk.plan().create(keys: desk.keys, machine: desk.machine())
    }
    #expect(try LocalFileSystem().list(desk.scratch.path).isEmpty)
  }

  @Test(arguments: [FaultyFileSystem.Fault.kills, .cutsPower])
  func `is never visible half made, whatever step is its last`(fault: FaultyFileSystem.Fault) throws {
    var step = 0
    while true {
      let desk = try Desk()
      let files = FaultyFileSystem(failsAt: step, fault: fault)
      do {
        _ = try desk.plan().create(keys: desk.keys, machine: desk.machine(files))
        #expect(step > 20, "the steps were counted")
        return
      } catch let error as FileError {
        try #require(error.isKilled)
      }
      if try LocalFileSystem().exists(desk.root) {
        #expect(try desk.publisher().status().roles.count == 7, "killed at step \(step)")
      } else if step % 6 == 0 {
        _ = try desk.plan().create(keys: desk.keys, machine: desk.machine())
      }
      // A power cut is the harsher fault, so a plain end is tried at fewer steps.
      step += fault == .cutsPower ? 1 : 6
    }
  }
}
