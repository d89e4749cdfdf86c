import Foundation
import SystemPackage
import TestSupport
import Testing

extension ProgramTests {
  /// A clock that was set back, as far as the program can tell: its own record is of a later time.
  @Suite(.enabled(if: Program.canSandbox, "needs root, an OCI runtime and /usr/bin/python3"))
  struct ClockTests {
    private func remember(days: Double, _ world: World) throws {
      let later = Date().addingTimeInterval(days * 86_400).ISO8601Format()
      try world.scratch.write(later, to: "host/repositories/acme/newest-time", mode: 0o600)
    }

    @Test func `a clock that went back is told of, and does not make expired metadata valid`() async throws {
      let world = try await Worlds.shared.installed().copy()
      try await world.reconnect()
      try await world.program.must("update", "--check")
      let kept = try world.scratch.text("host/repositories/acme/newest-time")
      #expect(kept.hasSuffix("Z"))

      try remember(days: 1, world)
      let told = try await world.program.must("update", "--check")
      let warnings = told.errors.split(separator: "\n").filter { $0.contains("the clock went back: it says 20") }
      #expect(warnings.count == 1, "\(told)")
      // A timestamp lives seven days.
      try remember(days: 8, world)
      try await world.program.expect(22, ["update", "--check"])
      #expect(try await world.call() == "plain 1.0.0 3", "what is installed goes on")
    }
  }
}
