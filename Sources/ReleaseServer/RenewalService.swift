package import Logging
package import Platform
import ServiceLifecycle

/// What one renewal did.
package struct RenewalOutcome: Sendable, Equatable {
  /// The roles that were signed anew, such as `timestamp`.
  package let renewed: [String]
  /// The expiries that hold now.
  package let roles: [RoleStatus]

  /// Describes a renewal.
  package init(renewed: [String], roles: [RoleStatus]) {
    self.renewed = renewed
    self.roles = roles
  }
}

/// How long the online roles live and how patient their renewal is.
package struct RenewalPlan: Sendable, Equatable {
  /// The full lifetime of each online role's metadata by role name.
  package var lifetimes: [String: Duration]
  /// The longest time between two looks at the repository, so that renewals by hand and changed clocks are noticed.
  package var longestPause: Duration = .seconds(15 * 60)
  /// The pause after the first failure; it doubles with each further one.
  package var firstRetry: Duration = .seconds(30)
  /// The longest pause between failures.
  package var longestRetry: Duration = .seconds(15 * 60)

  /// Plans renewals for roles with these lifetimes.
  package init(lifetimes: [String: Duration]) {
    self.lifetimes = lifetimes
  }

  /// The lifetimes of a workspace that says nothing else: snapshot role 30 days, timestamp 7.
  package static let standard = RenewalPlan(lifetimes: [
    "snapshot": .seconds(30 * 86_400), "timestamp": .seconds(7 * 86_400),
  ])

  /// How long it is until the first role has lived half of its time; zero or less means now.
  ///
  /// A role is due when what remains is at most half of its full lifetime. Roles without a lifetime are signed
  /// elsewhere.
  package func untilDue(_ roles: [RoleStatus], at now: Instant) -> Duration? {
    roles.compactMap { role in
      lifetimes[role.name].map { now.duration(to: role.expires) - $0 / 2 }
    }.min()
  }
}

/// Keeps a repository believable: signs the timestamp and the snapshot role anew before half of their life is over.
///
/// The service knows no keys; it calls what it was given. It lives as long as the server and never ends it: a
/// failure is logged and tried again, because metadata that expire in days are no reason to stop serving them
/// today.
package struct RenewalService: Service {
  private let plan: RenewalPlan
  private let clock: any WallClock
  private let logger: Logger
  private let roles: @Sendable () async throws -> [RoleStatus]
  private let renew: @Sendable () async throws -> RenewalOutcome

  /// Describes the service.
  /// - Parameters:
  ///   - plan: Lifetimes and pauses.
  ///   - clock: The clocks.
  ///   - logger: Where successes and failures go.
  ///   - roles: Reads the present expiries.
  ///   - renew: Signs and publishes the online roles anew.
  package init(
    plan: RenewalPlan = .standard,
    clock: any WallClock,
    logger: Logger,
    roles: @escaping @Sendable () async throws -> [RoleStatus],
    renew: @escaping @Sendable () async throws -> RenewalOutcome
  ) {
    self.plan = plan
    self.clock = clock
    self.logger = logger
    self.roles = roles
    self.renew = renew
  }

  /// Runs until the server shuts down.
  package func run() async throws {
    await cancelWhenGracefulShutdown {
      var failures = 0
      while !Task.isCancelled {
        let pause = await step(&failures)
        do { try await clock.sleep(for: pause) } catch { return }
      }
    }
  }

  /// Looks once, renews if something is due, and says how long to wait.
  package func step(_ failures: inout Int) async -> Duration {
    do {
      let present = try await roles()
      let until = plan.untilDue(present, at: clock.now()) ?? plan.longestPause
      guard until <= .zero else {
        failures = 0
        return min(until, plan.longestPause)
      }
      let outcome = try await renew()
      let next = plan.untilDue(outcome.roles, at: clock.now()) ?? plan.longestPause
      // A renewal that changed nothing would otherwise be repeated at once, for ever.
      guard next > .zero else {
        return retry(&failures, after: "the renewal left the roles as old as they were", present)
      }
      failures = 0
      logger.notice("renewed", metadata: ["roles": .string(outcome.renewed.joined(separator: ", "))])
      return min(next, plan.longestPause)
    } catch {
      return retry(&failures, after: String(describing: error), [])
    }
  }

  private func retry(_ failures: inout Int, after problem: String, _ roles: [RoleStatus]) -> Duration {
    let pause = min(plan.firstRetry * (1 << min(failures, 16)), plan.longestRetry)
    failures += 1
    var metadata: Logger.Metadata = [
      "error": .string(problem), "failures": .stringConvertible(failures),
      "retryInSeconds": .stringConvertible(pause.components.seconds),
    ]
    if let first = roles.map(\.expires).min() { metadata["expires"] = .string(first.rfc3339) }
    logger.error("renewal failed", metadata: metadata)
    return pause
  }
}
