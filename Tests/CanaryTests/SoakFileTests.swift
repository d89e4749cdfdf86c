import Canary
import Platform
import Signing
import SystemPackage
import TestSupport
import Testing

struct SoakFileTests {
  @Test func `what a killed soak was writing goes when it is gone on with, and nothing else`() async throws {
    let disk = ModelDisk()
    try disk.makeDirectories("/host")
    for name in [".soak.json.0a1b2c.new", ".other.json.0a1b2c.new", ".soak.json.0a1b2c.old"] {
      try disk.write([1], creating: FilePath("/host").appending(name), mode: 0o600)
    }
    let file = SoakFile(path: "/host/soak.json", files: disk)
    #expect(try await file.progress(of: SHA256Digest.of([])) == nil)
    #expect(try disk.list("/host").map(\.name).sorted() == [".other.json.0a1b2c.new", ".soak.json.0a1b2c.old"])
  }
}
