import StrictJSON
import TUF
import TestSupport
import Testing

/// A hundred thousand changed files, each where a client expects the good one.
@Suite("Mutations")
struct MutationTests {
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
    let places = try WaitingClient.all(digests: true) + WaitingClient.all(digests: false)
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
  private static func run(_ seed: UInt64, _ places: [WaitingClient]) throws -> Tally {
    var random = SplitMix64(seed: seed)
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
