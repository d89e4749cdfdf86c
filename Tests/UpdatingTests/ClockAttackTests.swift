import Platform
import Synchronization
import TUF
import TestSupport
import Testing

@testable import Updating

@Suite("A clock that is set back")
struct ClockAttackTests {
  private final class Warnings: Sendable {
    private let texts = Mutex<[String]>([])
    var all: [String] { texts.withLock { $0 } }
    func add(_ text: String) { texts.withLock { $0.append(text) } }
  }

  private let path = "host/repositories/acme/newest-time"

  private func expired(_ work: () async throws -> Void) async -> Bool {
    do {
      try await work()
      return false
    } catch {
      return (error as? TUFError)?.kind == .expired
    }
  }

  @Test func `does not make expired metadata valid again, and a person is told`() async throws {
    let shop = try Shop()
    _ = try await shop.trustingHost()
    try shop.release("1.0.0", sequence: 1)
    let stale = try shop.scratch.read("repository/metadata/timestamp.json")
    // Six days later the host sees a newer timestamp; its owner signs none for the next two days.
    shop.clock.advance(by: .seconds(6 * 86_400))
    try shop.sign { $0.renewOnlineRoles() }
    try await shop.host().refreshAll(except: [])
    shop.clock.advance(by: .seconds(6 * 86_400))
    try await shop.host().refreshAll(except: [])
    let newest = shop.clock.now().rfc3339

    // Somebody serves the files of the first day and sets the clock to it; this host has lost its floors.
    shop.clock.jump(by: .seconds(-11 * 86_400))
    shop.transport.replace("metadata/timestamp.json", with: stale)
    try LocalFileSystem().removeIfPresent(shop.scratch / "host/repositories/acme/timestamp.json")
    let warnings = Warnings()
    let host = try shop.host { warnings.add($0) }
    #expect(await expired { try await host.refreshAll(except: []) })
    #expect(
      warnings.all == [
        "the clock went back: it says \(shop.clock.now().rfc3339), but acme was refreshed at \(newest), by which "
          + "expiry is judged until the clock is right"
      ])

    // With metadata that are valid at the later time everything works, and the sentence stays.
    shop.transport.replace("metadata/timestamp.json", with: nil)
    try await host.refreshAll(except: [])
    #expect(warnings.all.count == 2)
    shop.clock.jump(by: .seconds(11 * 86_400))
    try await host.refreshAll(except: [])
    #expect(warnings.all.count == 2)
    #expect(try shop.scratch.text(path) == newest)
  }

  @Test func `and one that was once far ahead locks nobody out`() async throws {
    let shop = try Shop()
    let host = try await shop.trustingHost()
    let before = try shop.scratch.text(path)
    shop.clock.jump(by: .seconds(400 * 86_400))
    #expect(await expired { try await host.refreshAll(except: []) })
    #expect(try shop.scratch.text(path) == before, "what failed is not remembered")
    shop.clock.jump(by: .seconds(-400 * 86_400))
    try await host.refreshAll(except: [])
  }

  @Test func `or by a little is nobody's concern, and costs no write`() async throws {
    let shop = try Shop()
    _ = try await shop.trustingHost()
    let warnings = Warnings()
    let host = try shop.host { warnings.add($0) }
    let before = try shop.scratch.text(path)
    for seconds in [30, -60, 10] {
      shop.clock.jump(by: .seconds(seconds))
      try await host.refreshAll(except: [])
    }
    #expect(try shop.scratch.text(path) == before)
    #expect(warnings.all.isEmpty)
    shop.clock.jump(by: .seconds(90))
    try await host.refreshAll(except: [])
    #expect(try shop.scratch.text(path) == shop.clock.now().rfc3339)
  }

  @Test(arguments: ["", "garbage", "2026-13-01T00:00:00Z", String(repeating: "9", count: 10_000), "\0\0\0"])
  func `is noticed again after a damaged record was replaced`(damage: String) async throws {
    let shop = try Shop()
    let host = try await shop.trustingHost()
    try shop.scratch.write(damage, to: path)
    try await host.refreshAll(except: [])
    #expect(try shop.scratch.text(path) == shop.clock.now().rfc3339)
  }
}
