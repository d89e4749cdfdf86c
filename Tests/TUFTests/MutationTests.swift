import StrictJSON
import TUF
import Testing

/// A hundred thousand changed files, each where a client expects the good one.
@Suite("Mutations")
struct MutationTests {
  /// A client that waits for one file.
  private struct Place: Sendable {
    let path: String
    let mutator: Mutator
    /// Whether a signed digest covers the file's bytes, so that not even white space may change.
    let isPinned: Bool
    /// The canonical form of what is signed.
    let meaning: [UInt8]
    /// Gives the client a file; throws ``TUFError`` when it is refused.
    let offer: @Sendable ([UInt8]) throws(TUFError) -> Void
  }

  /// Clients that wait for the root, the timestamp, the snapshot role, the targets role and a delegated role.
  private static func places(digests: Bool) throws -> [Place] {
    var repository = try SimulatedRepository()
    repository.listsDigests = digests
    try repository.delegate(to: "stable", paths: ["f*"])
    repository.addTarget("file", to: "stable")
    repository.addTarget("other")
    let online = [try TestKey.ed25519(), try TestKey.ed25519(), try TestKey.ed25519()]
    try repository.setKeys(online, of: "timestamp", threshold: 2)
    repository.bump("root")
    try repository.publishRoot()
    try repository.publishNext()
    let files = repository.files
    let foreign = try files.values.flatMap { try JSON.parse($0)["signatures"]?.arrayValue ?? [] }

    func place(_ path: String, pinned: Bool, _ offer: @escaping @Sendable ([UInt8]) throws(TUFError) -> Void) throws
      -> Place
    {
      let original = try #require(files[path])
      let signed = try #require(try JSON.parse(original)["signed"])
      return Place(
        path: path, mutator: try Mutator(original, foreign: foreign), isPinned: pinned,
        meaning: try signed.canonicalBytes(), offer: offer)
    }

    var places: [Place] = []
    var workflow = try RefreshWorkflow(
      trustedRoot: try #require(files["1.root.json"]), at: SimulatedRepository.now)
    while true {
      let action = try workflow.next()
      if action == .finished { break }
      guard case .fetch(let request) = action else {
        if case .load = action { try workflow.absent() }
        continue
      }
      guard let bytes = files[request.path] else {
        try workflow.absent()
        continue
      }
      let waiting = workflow
      let pinned = digests && !request.path.contains("root") && request.path != "timestamp.json"
      places.append(
        try place(request.path, pinned: pinned) { (bytes) throws(TUFError) in
          var client = waiting
          try client.supply(bytes)
        })
      try workflow.supply(bytes)
    }
    var search = TargetSearch(for: "file", in: workflow.trusted)
    guard case .load = try search.next() else { throw TUFError.unexpectedAnswer }
    try search.absent()
    guard case .fetch(let request) = try search.next() else { throw TUFError.unexpectedAnswer }
    let waiting = search
    places.append(
      try place(request.path, pinned: digests) { (bytes) throws(TUFError) in
        var client = waiting
        try client.supply(bytes)
      })
    return places
  }

  private struct Tally: Sendable {
    var unchanged = 0
    var refused = 0
    var sameMeaning = 0
    var forged = 0

    static func + (left: Tally, right: Tally) -> Tally {
      Tally(
        unchanged: left.unchanged + right.unchanged, refused: left.refused + right.refused,
        sameMeaning: left.sameMeaning + right.sameMeaning, forged: left.forged + right.forged)
    }
  }

  /// How many mutations one seed makes.
  private static let batch = 5_000
  private static let seeds: Range<UInt64> = 0..<22

  @Test func `none is believed unless it says byte for byte what was signed`() async throws {
    let places = try Self.places(digests: true) + Self.places(digests: false)
    #expect(
      places.map(\.path)
        == Array(
          repeating: ["2.root.json", "timestamp.json", "2.snapshot.json", "2.targets.json", "1.stable.json"], count: 2
        ).flatMap(\.self))
    for place in places { #expect(throws: Never.self) { try place.offer(place.mutator.original) } }
    let tally = try await withThrowingTaskGroup(of: Tally.self) { group in
      for seed in Self.seeds { group.addTask { try Self.run(seed, places) } }
      return try await group.reduce(Tally(), +)
    }
    let tried = tally.refused + tally.sameMeaning + tally.forged
    #expect(tried >= 100_000)
    #expect(tally.forged == 0)
    // Some mutations must pass, or the clients would be refusing for another reason.
    #expect(tally.sameMeaning > 1_000)
    print(
      "mutations: \(tried) tried, \(tally.refused) refused, \(tally.sameMeaning) accepted with the same signed bytes, "
        + "\(tally.forged) accepted with others; \(tally.unchanged) changed nothing and do not count")
  }

  /// The mutations of one seed.
  private static func run(_ seed: UInt64, _ places: [Place]) throws -> Tally {
    var random = SeededRandom(seed: seed)
    var tally = Tally()
    for number in 0..<batch {
      let place = places[number % places.count]
      let bytes = place.mutator.mutation(using: &random)
      if bytes == place.mutator.original {
        tally.unchanged += 1
        continue
      }
      do throws(TUFError) {
        try place.offer(bytes)
      } catch {
        tally.refused += 1
        continue
      }
      let meaning = try JSON.parse(bytes)["signed"]?.canonicalBytes()
      if meaning == place.meaning && !place.isPinned {
        tally.sameMeaning += 1
      } else {
        tally.forged += 1
        Issue.record("\(place.path): mutation \(number) of seed \(seed) was believed")
      }
    }
    return tally
  }
}
