import Signing
import TUF
import Testing

@Suite("Checking targets piece by piece")
struct TargetCheckTests {
  private func target(_ path: String, _ bytes: [UInt8]) throws -> TargetInfo {
    var repository = try SimulatedRepository()
    repository.addTarget(path, bytes)
    try repository.publishNext()
    var client = try TestClient(repository)
    try client.refresh(repository)
    return try client.mustFind(path, in: repository)
  }

  @Test func `pieces are as good as the whole`() throws {
    let bytes = Array("the content of a target".utf8)
    let target = try target("t", bytes)
    for size in 1...bytes.count {
      var check = target.beginCheck()
      for start in stride(from: 0, to: bytes.count, by: size) {
        try check.update(Array(bytes[start..<min(start + size, bytes.count)]))
      }
      try check.finish()
    }
  }

  @Test func `one byte too many is refused at once, one too few at the end`() throws {
    let target = try target("t", [1, 2, 3])
    var check = target.beginCheck()
    try check.update([1, 2])
    #expect(throws: TUFError.length(file: "t", expected: 3, offered: 2)) { try check.finish() }
    #expect(throws: TUFError.length(file: "t", expected: 3, offered: 4)) { try check.update([3, 4]) }
  }

  @Test func `other bytes are refused`() throws {
    let target = try target("t", [1, 2, 3])
    var check = target.beginCheck()
    try check.update([1, 2, 4])
    #expect(
      throws: TUFError.digest(
        file: "t", algorithm: "SHA-256", expected: SHA256Digest.of([1, 2, 3]).hex,
        offered: SHA256Digest.of([1, 2, 4]).hex)
    ) { try check.finish() }
  }

  @Test(arguments: [
    ("a/b.txt", "a%2Fb.txt"), ("..", "%2E."), (".", "%2E"), ("../x", "%2E.%2Fx"), (".hidden", "%2Ehidden"),
    ("a\u{0}b", "a%00b"), ("a\\b?#", "a%5Cb%3F%23"), ("/etc/passwd", "%2Fetc%2Fpasswd"),
  ])
  func `a target's name cannot lead out of the folder`(path: String, name: String) throws {
    #expect(try target(path, [1]).storageName == name)
  }

  @Test func `an overlong name is replaced by its digest`() throws {
    let path = String(repeating: "long/", count: 60)
    #expect(try target(path, [1]).storageName == "sha256-" + SHA256Digest.of(Array(path.utf8)).hex)
  }
}
