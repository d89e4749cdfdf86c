import Releases
import Storage
import Testing

@testable import Updating

/// A month of a host in simulated time: 30 releases of 5 plugins, good ones and all kinds of bad ones.
@Suite("Month of a host") struct MonthTests {
  private static let expected = [
    "time": "1.6.0", "fetch": "2.5.0", "git": "3.4.0", "notes": "4.6.0", "weather": "5.5.0",
  ]

  private func month(_ seed: UInt64) async throws -> Month {
    let month = try await Month(seed: seed)
    try await month.pass()
    return month
  }

  @Test func `at its end every plugin is where policy says, and every decision is in the history with its reason`()
    async throws
  {
    let month = try await month(1)
    for name in Month.names { #expect(try month.version(name) == Self.expected[name], "\(name)") }
    #expect(month.reboots > 5 && month.rounds > 200, "\(month.reboots) reboots, \(month.rounds) rounds")

    let decisions: [(name: String, events: [String])] = [
      ("time", ["canary-failed >1.2.0", "update 1.3.0>1.4.0", "automatic-return 1.4.0>1.3.0", "update 1.5.0>1.6.0"]),
      ("fetch", ["skipped >2.2.0", "yanked >2.4.0", "update 2.4.0>2.5.0", "inconclusive >2.6.0"]),
      ("git", ["needs-approval >3.2.0", "approve >3.2.0", "needs-approval >3.3.0", "paused >3.4.0", "not-yet >3.6.0"]),
      (
        "notes",
        [
          "automatic-return 4.2.0>4.1.0", "automatic-return 4.3.0>4.1.0", "hold >4.4.0", "rollback 4.4.0>4.1.0",
          "held >4.4.0", "unhold >", "update 4.1.0>4.5.0",
        ]
      ),
      ("weather", ["needs-configuration >5.2.0", "not-offered >", "update 5.3.0>5.4.0"]),
    ]
    for (name, wanted) in decisions {
      let events = try month.events(name)
      for event in wanted { #expect(events.contains(event), "\(name) lacks \(event): \(events)") }
      #expect(events.contains { $0.hasPrefix("expired ") }, "\(name): nobody said that metadata had expired")
    }
    let all = try month.host.ledger.history(limit: 10_000)
    #expect(all.allSatisfy { !$0.reason.isEmpty })
    #expect(all.count < 200, "told more than once: \(all.count)")
  }

  @Test func `nothing unexplained is on its disk, and everything is as it was signed`() async throws {
    let month = try await month(2)
    let inventory = try month.host.takeInventory()
    #expect(inventory.unexplained.isEmpty && inventory.skipped.isEmpty && inventory.leftovers.isEmpty)
    #expect(try await month.host.verifyAll().isSound)
    #expect(try await month.host.scanIntegrity(readAll: true, healing: false).damages.isEmpty)
    // The one that is observed when the month ends.
    let note = try #require(month.host.agentReport()?.memory.notes[month.name("weather").text])
    #expect(note.word == "soaking" && note.version?.text == "5.6.0")
  }

  @Test func `where the machine stops changes nothing of what is decided`() async throws {
    let one = try await month(3)
    let other = try await month(4)
    for name in Month.names {
      #expect(try one.events(name) == other.events(name), "\(name)")
      #expect(try one.version(name) == other.version(name), "\(name)")
    }
  }
}
