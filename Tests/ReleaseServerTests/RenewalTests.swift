import Hummingbird
import HummingbirdTesting
import Logging
import Platform
import ReleaseServer
import Synchronization
import TestSupport
import Testing

@Suite struct RenewalTests {
  /// A repository whose online roles are renewed by setting two dates.
  final class Dates: Sendable {
    let clock: ManualClock
    private let state = Mutex<(expiry: [String: Instant], renewals: [Instant], failures: Int)>(([:], [], 0))

    init(_ clock: ManualClock) {
      self.clock = clock
      sign()
    }

    var renewals: [Instant] { state.withLock { $0.renewals } }

    func fail(_ times: Int) { state.withLock { $0.failures = times } }

    func roles() -> [RoleStatus] {
      state.withLock { $0.expiry }.map { RoleStatus(name: $0.key, version: 1, expires: $0.value) }
    }

    func renew() throws -> RenewalOutcome {
      let mayRenew = state.withLock { state in
        if state.failures > 0 {
          state.failures -= 1
          return false
        }
        state.renewals.append(clock.now())
        return true
      }
      guard mayRenew else { throw Unwilling() }
      sign()
      return RenewalOutcome(renewed: ["snapshot", "timestamp"], roles: roles())
    }

    private func sign() {
      let now = clock.now()
      state.withLock {
        $0.expiry = [
          "timestamp": now.advanced(by: .seconds(7 * 86_400)), "snapshot": now.advanced(by: .seconds(30 * 86_400)),
          "stable": now.advanced(by: .seconds(3600)),
        ]
      }
    }
  }

  struct Unwilling: Error {}

  let clock = ManualClock()
  let dates: Dates

  init() { dates = Dates(clock) }

  private func service(_ logger: Logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }) -> RenewalService {
    RenewalService(
      clock: clock, logger: logger, roles: { [dates] in dates.roles() }, renew: { [dates] in try dates.renew() })
  }

  @Test func `roles are renewed when half of the shortest life is over, and not before`() async throws {
    let service = service()
    var failures = 0
    let pause = await service.step(&failures)
    #expect(pause == .seconds(15 * 60))
    clock.advance(by: .seconds(7 * 43_200 - 1))
    #expect(await service.step(&failures) == .seconds(1))
    #expect(dates.renewals.isEmpty)
    clock.advance(by: .seconds(1))
    #expect(await service.step(&failures) == .seconds(15 * 60))
    #expect(dates.renewals.count == 1)
  }

  @Test func `roles that are signed elsewhere do not matter`() {
    let roles = [RoleStatus(name: "stable", version: 1, expires: clock.now())]
    #expect(RenewalPlan.standard.untilDue(roles, at: clock.now()) == nil)
  }

  @Test func `a failure is tried again with growing pauses and the rest of the life is enough for many`() async throws {
    let service = service()
    clock.advance(by: .seconds(4 * 86_400))
    dates.fail(9)
    var failures = 0
    var pauses: [Int64] = []
    while failures > 0 || pauses.isEmpty {
      let pause = await service.step(&failures)
      pauses.append(pause.components.seconds)
      clock.advance(by: pause)
    }
    #expect(pauses == [30, 60, 120, 240, 480, 900, 900, 900, 900, 900])
    #expect(dates.renewals.count == 1)
  }

  @Test func `a renewal that changes nothing is not repeated at once`() async throws {
    let old = [RoleStatus(name: "timestamp", version: 1, expires: clock.now())]
    let service = RenewalService(
      clock: clock, logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }, roles: { old },
      renew: { RenewalOutcome(renewed: [], roles: old) })
    var failures = 0
    #expect(await service.step(&failures) == .seconds(30))
    #expect(failures == 1)
  }

  @Test func `a clock that jumps forward is noticed at the next look`() async throws {
    let service = service()
    var failures = 0
    _ = await service.step(&failures)
    clock.jump(by: .seconds(5 * 86_400))
    _ = await service.step(&failures)
    #expect(dates.renewals.count == 1)
  }

  @Test func `over a year no role comes close to its expiry`() async throws {
    let service = service()
    var failures = 0
    let end = clock.now().advanced(by: .seconds(365 * 86_400))
    while clock.now() < end {
      let pause = await service.step(&failures)
      let online = dates.roles().filter { $0.name != "stable" }
      let worst = online.map { clock.now().duration(to: $0.expires) }.min() ?? .zero
      #expect(worst > .seconds(3 * 86_400))
      clock.advance(by: pause)
    }
    #expect((100...110).contains(dates.renewals.count))
  }

  @Test func `the service ends with the server`() async throws {
    let repository = try ServedRepository()
    clock.advance(by: .seconds(4 * 86_400))
    let waiting = ManualClock(now: clock.now(), sleeping: .waits)
    let service = RenewalService(
      clock: waiting, logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() },
      roles: { [dates] in dates.roles() },
      renew: { [dates] in try dates.renew() })
    let application = ReleaseApplication.make(
      root: repository.scratch.path, options: ServerOptions(), files: LocalFileSystem(), clock: waiting,
      services: [service], logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
    try await application.test(.live) { client async throws in
      _ = try await client.execute(uri: "/health", method: .get)
      while waiting.sleepers == 0 { await Task.yield() }
    }
    #expect(dates.renewals.count == 1)
    #expect(waiting.sleepers == 0)
  }
}
