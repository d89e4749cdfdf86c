import Platform
import Releases
import TUF
import TestSupport
import Testing

@testable import Publishing

@Suite("Renewing the online roles")
struct RenewTests {
  private static let day = 86_400

  @Test func `waits until half of a lifetime is over`() async throws {
    let desk = try Desk.ready()
    let early = try desk.publisher().renew(force: false)
    #expect(early.renewed.isEmpty)
    desk.clock.advance(by: .seconds(Self.day * 7 / 2 - 1))
    #expect(try desk.publisher().renew(force: false).renewed.isEmpty)
    desk.clock.advance(by: .seconds(1))
    let due = try desk.publisher().renew(force: false)
    #expect(Set(due.renewed) == [.snapshot, .timestamp])
    #expect(due.timestampExpires.seconds == desk.clock.now().seconds + Int64(7 * Self.day))
    #expect(due.timestampExpires > early.timestampExpires)
    #expect(try desk.publisher().renew(force: false).renewed.isEmpty, "it is fresh again")
  }

  @Test func `happens at once when it is forced`() throws {
    let desk = try Desk.ready()
    #expect(Set(try desk.publisher().renew(force: true).renewed) == [.snapshot, .timestamp])
  }

  @Test func `brings an expired repository back`() async throws {
    let desk = try Desk.ready()
    try desk.publish("1.0.0")
    desk.clock.advance(by: .seconds(Self.day * 8))
    let now = desk.clock.now().seconds
    await #expect(throws: TUFError.self) { try await RepositoryReader(desk).offer(in: Desk.canary, at: now) }
    _ = try desk.publisher().renew(force: false)
    #expect(try await RepositoryReader(desk).offer(in: Desk.canary, at: now)?.version == "1.0.0")
  }

  @Test func `needs the online key alone, and says when it is missing`() throws {
    let desk = try Desk.ready()
    for name in ["root-a", "root-b", "build", "canary", "stable"] { desk.keys.lose(name) }
    #expect(try desk.publisher().canRenew())
    #expect(try desk.publisher().renew(force: true).renewed.count == 2)
    desk.keys.lose("online")
    #expect(try !desk.publisher().canRenew())
    #expect(throws: TUFError.self) { try desk.publisher().renew(force: true) }
  }
}
