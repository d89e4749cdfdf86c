import Canary
import Testing

@Suite struct BlockBuilderTests {
  private func builder() -> BlockBuilder { BlockBuilder(CanaryBlock(number: 3, isNoiseCheck: false)) }

  private func isClose(_ value: Double?, _ wanted: Double) -> Bool {
    value.map { ($0 - wanted).magnitude < 1e-9 } ?? false
  }

  @Test func `a block has the medians of both sides and of the ratios pair by pair`() {
    var builder = builder()
    for (installed, candidate) in [(1000.0, 1200.0), (2000, 2600), (4000, 4400)] {
      builder.add(PairedRound(installed: [.callLatency: installed], candidate: [.callLatency: candidate]))
    }
    builder.count(.installed, requests: 3)
    builder.count(.candidate, requests: 3, errors: 1)
    builder.observe(.seconds(60))
    let block = builder.block
    #expect(block.number == 3)
    #expect(block.installed.medians == [.callLatency: 2000])
    #expect(block.candidate.medians == [.callLatency: 2600])
    #expect(block.pairs[.callLatency]?.pairs == 3)
    // The ratios are 1.2, 1.3 and 1.1, whose logarithms have the median of 1.2.
    #expect(isClose(block.pairs[.callLatency]?.medianLogRatio, 0.1823215567939546))
    #expect(block.candidate.requests == 3 && block.candidate.errors == 1)
    #expect(block.observed == .seconds(60))
  }

  @Test func `what only one side measured makes no pair`() {
    var builder = builder()
    builder.add(PairedRound(installed: [.memory: 5000], candidate: [.memory: .nan, .threads: -1, .descriptors: 4]))
    let block = builder.block
    #expect(block.installed.medians == [.memory: 5000])
    #expect(block.candidate.medians == [.descriptors: 4])
    #expect(block.pairs.isEmpty)
  }

  @Test func `below the grain of a measurement nothing differs`() {
    var builder = builder()
    builder.add(
      PairedRound(
        installed: [.callLatency: 3, .processorTime: 0, .errorOutput: 0],
        candidate: [.callLatency: 30, .processorTime: 900, .errorOutput: 1]))
    #expect(builder.block.pairs.values.allSatisfy { $0.medianLogRatio == 0 })
    #expect(builder.block.pairs.count == 3)
  }

  @Test func `a restart begins memory anew, and only memory`() {
    var builder = builder()
    builder.add(
      PairedRound(installed: [.memory: 90e6, .callLatency: 1000], candidate: [.memory: 99e6, .callLatency: 1000]))
    builder.add(
      PairedRound(
        installed: [.memory: 40e6, .callLatency: 3000], candidate: [.memory: 41e6, .callLatency: 3000], session: 1))
    #expect(builder.block.session == 1)
    #expect(builder.block.installed.medians == [.memory: 40e6, .callLatency: 2000])
    #expect(builder.block.pairs[.memory]?.pairs == 1)
  }

  @Test func `a block that is gone on with is the block that was never interrupted`() {
    var whole = builder()
    var first = builder()
    for minute in 0..<10 {
      let round = PairedRound(installed: [.callLatency: Double(900 + minute)], candidate: [.callLatency: 1000])
      whole.add(round)
      first.add(round)
      whole.observe(.seconds(60))
      first.observe(.seconds(60))
      if minute == 4 { first = BlockBuilder(first.running, rounds: first.rounds) }
    }
    #expect(first == whole)
    #expect(first.block == whole.block)
  }

  @Test func `a block is bounded, whatever comes`() {
    var builder = builder()
    for _ in 0..<(2 * BlockBuilder.mostRounds) { builder.add(PairedRound(installed: [.threads: 1], candidate: [:])) }
    #expect(builder.rounds.count == BlockBuilder.mostRounds)
    builder.count(.installed, requests: .max, errors: -5)
    builder.count(.installed, requests: .max, errors: 1)
    #expect(builder.block.installed.requests == .max)
    #expect(builder.block.installed.errors == 1)
  }

  @Test func `a block lasts a twenty-fourth of the soak, between a minute and an hour`() {
    #expect(BlockBuilder.length(for: .seconds(86_400)) == .seconds(3600))
    #expect(BlockBuilder.length(for: .seconds(172_800)) == .seconds(3600))
    #expect(BlockBuilder.length(for: .seconds(21_600)) == .seconds(900))
    #expect(BlockBuilder.length(for: .seconds(60)) == .seconds(60))
    var builder = builder()
    builder.observe(.seconds(3599))
    #expect(!builder.isComplete(for: .seconds(86_400)))
    builder.observe(.seconds(-5))
    builder.observe(.seconds(1))
    #expect(builder.isComplete(for: .seconds(86_400)))
  }
}
