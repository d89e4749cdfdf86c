import StrictJSON
import TUF
import TestSupport
import Testing

/// Valid JSON of the wrong shape, correctly signed, must be refused or accepted and never trap (CVE-2026-23991).
@Suite("Malformed shapes")
struct MalformedShapeTests {
  private func repository() throws -> SimulatedRepository {
    var repository = try SimulatedRepository()
    repository.listsDigests = true
    try repository.delegate(to: "stable", paths: ["f*"])
    repository.addTarget("file", to: "stable")
    repository.addTarget("other")
    repository.bump("root")
    try repository.publishRoot()
    try repository.publishNext()
    return repository
  }

  @Test("signed content of any shape", arguments: ["root", "timestamp", "snapshot", "targets", "stable"])
  func signedContent(role: String) throws {
    let good = try repository()
    let part = JSON.object(try #require(good.parts[role]))
    var refused = 0
    for path in part.paths {
      for replacement in Mutator.replacements.map(Optional.some) + [nil] {
        guard let changed = part.replacing(at: path[...], with: replacement)?.objectValue else { continue }
        var repository = good
        repository.parts[role] = changed
        guard let bytes = try? repository.signed(role) else { continue }
        repository.files[good.path(role)] = bytes
        if role != "root" && role != "timestamp" {
          repository.listsDigests = true
          try announce(role, bytes, in: &repository, like: good)
        }
        refused += try outcome(repository) ? 0 : 1
      }
    }
    #expect(refused > 100)
  }

  @Test(
    "files of any shape",
    arguments: ["2.root.json", "timestamp.json", "2.snapshot.json", "2.targets.json", "1.stable.json"])
  func wholeFile(path: String) throws {
    let good = try repository()
    let file = try JSON.parse(bytes(path, good))
    for place in file.paths where place.count <= 3 {
      for replacement in Mutator.replacements.map(Optional.some) + [nil] {
        guard let changed = file.replacing(at: place[...], with: replacement) else { continue }
        var repository = good
        repository.files[path] = changed.serialized()
        _ = try outcome(repository)
      }
    }
  }

  @Test("flipped, cut and doubled bytes are never believed", arguments: 0..<60 as Range<UInt64>)
  func mutations(seed: UInt64) throws {
    var random = SplitMix64(seed: seed)
    let good = try repository()
    let names = ["2.root.json", "timestamp.json", "2.snapshot.json", "2.targets.json", "1.stable.json"]
    for _ in 0..<20 {
      let path = names[Int.random(in: 0..<names.count, using: &random)]
      let original = try bytes(path, good)
      var changed = original
      let place = Int.random(in: 0..<changed.count, using: &random)
      switch Int.random(in: 0..<4, using: &random) {
      case 0: changed[place] ^= UInt8(1) << UInt8.random(in: 0..<8, using: &random)
      case 1: changed.remove(at: place)
      case 2: changed.insert(UInt8.random(in: 0...255, using: &random), at: place)
      default: changed.removeSubrange(place...)
      }
      var repository = good
      repository.files[path] = changed
      // The digests cover the bytes, and the signatures the content: only white space outside of a digest may change.
      if try outcome(repository) {
        let sameMeaning = try JSON.parse(changed)["signed"] == JSON.parse(original)["signed"]
        #expect(sameMeaning, "\(path) at \(place)")
      }
    }
  }

  private func bytes(_ path: String, _ repository: SimulatedRepository) throws -> [UInt8] {
    try #require(repository.files[path])
  }

  /// Makes the roles above announce the changed bytes, so that nothing but the shape is wrong.
  private func announce(
    _ role: String, _ bytes: [UInt8], in repository: inout SimulatedRepository, like good: SimulatedRepository
  ) throws {
    let reference: JSON = ["version": .int(good.version(role)), "length": .int(bytes.count)]
    if role == "snapshot" {
      repository.set("timestamp", "meta", ["snapshot.json": reference])
    } else {
      var meta = good.parts["snapshot"]?["meta"]?.objectValue ?? [:]
      meta["\(role).json"] = reference
      repository.set("snapshot", "meta", .object(meta))
      let snapshot = try repository.signed("snapshot")
      repository.files["2.snapshot.json"] = snapshot
      repository.set("timestamp", "meta", ["snapshot.json": ["version": 2, "length": .int(snapshot.count)]])
    }
    try repository.publishTimestamp()
  }

  /// Whether a client accepts everything; refusal must be a ``TUFError``.
  private func outcome(_ repository: SimulatedRepository) throws -> Bool {
    var client = try TestClient(repository)
    do {
      try client.refresh(repository)
      return try client.find("file", in: repository) != nil
    } catch is TUFError {
      return false
    }
  }
}
