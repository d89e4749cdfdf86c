import Releases
import Storage
import Testing

@testable import Updating

/// A month of a host in simulated time: 30 releases of 5 plugins, good ones and all kinds of bad ones.
@Suite("Month of a host") struct MonthTests {
  private static let expected = [
    "time": "1.6.0", "fetch": "2.5.0", "git": "3.4.0", "notes": "4.6.0", "weather": "5.5.0",
  ]

  @Test func `every plugin is where policy says, every decision is told, and where the machine stops changes nothing`()
    async throws
  {
    let months = [try await Month(seed: 1), try await Month(seed: 2)]
    for month in months {
      try await month.pass()
      for name in Month.names { #expect(try month.version(name) == Self.expected[name], "\(name)") }
      #expect(month.reboots > 5 && month.rounds > 60, "\(month.reboots) reboots, \(month.rounds) rounds")
      try await expectOrder(of: month)
      for name in Month.names {
        let (one, other) = (try months[0].events(name), try month.events(name))
        #expect(one == other, "\(name) depends on where the machine stopped: \(one.difference(from: other))")
      }
    }
    try expectDecisions(of: months[0])
  }

  /// Every decision is in the history, once, with its reason.
  private func expectDecisions(of month: Month) throws {
    let decisions: [(name: String, events: [String])] = [
      ("time", ["canary-failed >1.2.0", "update 1.3.0>1.4.0", "automatic-return 1.4.0>1.3.0", "update 1.5.0>1.6.0"]),
      ("fetch", ["skipped >2.2.0", "yanked >2.4.0", "update 2.4.0>2.5.0", "inconclusive >2.6.0"]),
      ("git", ["needs-approval >3.2.0", "approve >3.2.0", "needs-approval >3.3.0", "paused >3.4.0", "not-yet >3.6.0"]),
      (
        "notes",
        [
          "automatic-return 4.2.0>4.1.0", "automatic-return 4.3.0>4.1.0", "hold >4.4.0", "rollback 4.4.0>4.1.0",
          "held >4.4.0", "unhold >", "update 4.1.0>4.4.0", "update 4.4.0>4.5.0",
        ]
      ),
      ("weather", ["needs-configuration >5.2.0", "not-offered >", "update 5.3.0>5.4.0"]),
    ]
    for (name, wanted) in decisions {
      let events = try month.events(name)
      for event in wanted { #expect(events.contains(event), "\(name) lacks \(event): \(events)") }
      // What its user let in again is observed at that time, and the observation goes on.
      guard name != "notes" else { continue }
      #expect(events.contains { $0.hasPrefix("expired ") }, "\(name): nobody said that metadata had expired")
    }
    let all = try month.host.ledger.history(limit: 10_000)
    #expect(all.allSatisfy { !$0.reason.isEmpty })
    #expect(all.count < 200, "told more than once: \(all.count)")
  }

  /// Nothing unexplained is on the disk, and everything is as it was signed.
  private func expectOrder(of month: Month) async throws {
    let inventory = try month.host.takeInventory()
    #expect(inventory.unexplained.isEmpty && inventory.skipped.isEmpty && inventory.leftovers.isEmpty)
    #expect(try await month.host.verifyAll().isSound)
    // The one that is observed when the month ends.
    let note = try #require(month.host.agentReport()?.memory.notes[month.name("weather").text])
    #expect(note.word == "soaking" && note.version?.text == "5.6.0")
  }
}
