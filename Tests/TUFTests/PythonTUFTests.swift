import Platform
import Signing
import StrictJSON
import SystemPackage
import TUF
import TestSupport
import Testing

/// Both directions with the reference implementation, over real HTTP.
@Suite("python-tuf", .serialized, .timeLimit(.minutes(5)))
struct PythonTUFTests {
  /// What python-tuf's client says.
  struct Answer: Equatable {
    var versions: [String: Int64] = [:]
    var targets: [String: String] = [:]

    init(_ bytes: [UInt8]) throws {
      let json = try JSON.parse(bytes)
      for member in json["versions"]?.objectValue?.members ?? [] { versions[member.key] = member.value.int64Value }
      for member in json["targets"]?.objectValue?.members ?? [] { targets[member.key] = member.value.stringValue }
    }
  }

  // MARK: our client, their repositories

  private static let paths = (0..<24).map { "folder/\($0)-\($0 % 2 == 0 ? "even" : "odd").txt" }

  @Test(
    "our client follows repositories that python-tuf wrote, and says what its client says",
    arguments: [
      ("ed25519", "paths", true), ("ecdsa", "paths", false), ("rsa", "succinct", true), ("mixed", "prefixes", true),
      ("mixed", "succinct", false), ("ecdsa", "prefixes", false),
    ])
  func theirs(keyType: String, layout: String, isConsistent: Bool) async throws {
    let python = try await PythonTUF()
    let scratch = try Scratch()
    try await python.writeRepositories(
      to: scratch.path, keyType: keyType, layout: layout, isConsistent: isConsistent)
    let first = "stage1/metadata/1.root.json"
    let client = WebClient(root: try scratch.read(first))
    let asked = Self.paths + ["folder/24-even.txt", "other.txt"]
    try await LoopbackServer.serving(scratch.path) { server in
      for stage in 1...3 {
        let url = server.url("tree/stage\(stage)/")
        let contents = try await client.download(asked, from: url)
        #expect(contents == Dictionary(uniqueKeysWithValues: Self.paths.map { ($0, "\($0) of stage\(stage)") }))
        let answer = try Answer(
          await python.client(url: url, root: scratch / first, folder: scratch / "python", targets: asked))
        #expect(answer.targets == contents)
        let versions = try await client.versions
        // Their client keeps the first root too; ours is given it every time.
        #expect(answer.versions == versions.merging(["root": Int64(stage)]) { max($0, $1) })
        #expect(versions["targets"] == Int64(stage))
      }
      let refused = server.url("tree/stage4/")
      await #expect(throws: TUFError.threshold(role: .root, needed: 2, valid: 1)) {
        try await client.download([], from: refused)
      }
      let refusal = await #expect(throws: PythonTUF.Refusal.self) {
        try await python.client(url: refused, root: scratch / first, folder: scratch / "python")
      }
      #expect(refusal?.description == "UnsignedMetadataError: root was signed by 1/2 keys\n")
      // Somebody who has missed everything arrives at the same place.
      let newcomer = WebClient(root: try scratch.read(first))
      #expect(
        try await newcomer.download([Self.paths[7]], from: server.url("tree/stage3/"))
          == [Self.paths[7]: "\(Self.paths[7]) of stage3"])
      #expect(try await newcomer.versions["root"] == 3)
    }
  }

  // MARK: their client, our repositories

  @Test(
    "python-tuf's client follows repositories that we wrote",
    arguments: [("ed25519", true), ("ed25519", false), ("p256", true), ("rsa", false)])
  func ours(keyType: String, isConsistent: Bool) async throws {
    let python = try await PythonTUF()
    let scratch = try Scratch()
    let make = ["p256": TestKey.p256, "rsa": TestKey.rsa][keyType] ?? TestKey.ed25519
    var desk = try PublishingDesk(scratch, isConsistent: isConsistent, key: make)
    let root = scratch / "repository/metadata/1.root.json"
    try await LoopbackServer.serving(scratch / "repository") { server in
      let url = server.url("tree/")
      func check(
        _ targets: [String: String], _ versions: [String: Int64], clients: [String] = ["python"]
      ) async throws {
        let asked = [PublishingDesk.bundle, PublishingDesk.stable, PublishingDesk.beta]
        for folder in clients {
          let answer = try Answer(
            await python.client(url: url, root: root, folder: scratch / folder, targets: asked))
          #expect(answer.targets == targets)
          for (role, version) in versions { #expect(answer.versions[role] == version, "\(role) in \(folder)") }
        }
        let own = WebClient(root: try scratch.read("repository/metadata/1.root.json"))
        #expect(try await own.download(asked, from: url) == targets)
      }
      try desk.release("one")
      try await check(
        [PublishingDesk.bundle: "bundle one", PublishingDesk.stable: "stable one"],
        ["root": 1, "timestamp": 2, "snapshot": 2, "targets": 1, "bundles": 2, "stable": 2])
      let old = try scratch.read("repository/metadata/timestamp.json")

      try desk.rotateKeys()
      try desk.release("two")
      try await check(
        [PublishingDesk.bundle: "bundle two", PublishingDesk.stable: "stable two"],
        ["root": 2, "timestamp": 4, "snapshot": 4, "targets": 2, "bundles": 4, "stable": 4])

      try desk.changeThresholds()
      try await check(
        [
          PublishingDesk.bundle: "bundle two", PublishingDesk.stable: "stable two", PublishingDesk.beta: "beta first",
        ],
        ["root": 3, "targets": 3, "beta": 1])

      try desk.revokeStable()
      try await check(
        [PublishingDesk.bundle: "bundle two", PublishingDesk.beta: "beta first"], ["root": 3, "targets": 4],
        clients: ["python", "newcomer"])

      // The judge can say no: the timestamp from before the rotation has keys that count no more.
      try scratch.write(old, to: "repository/metadata/timestamp.json")
      let refusal = await #expect(throws: PythonTUF.Refusal.self) {
        try await python.client(url: url, root: root, folder: scratch / "python")
      }
      #expect(refusal?.description.hasPrefix("UnsignedMetadataError: timestamp") == true)
    }
  }
}
