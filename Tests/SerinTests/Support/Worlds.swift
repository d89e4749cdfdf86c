import Foundation
import Synchronization
import SystemPackage
import TestSupport
import Testing

/// Worlds that are dear to make, each made once and copied by whoever changes it.
actor Worlds {
  static let shared = Worlds()

  private var making: [String: Task<World, any Error>] = [:]

  /// A workspace with keys and nothing published; its soaks last 2 seconds.
  func fresh() async throws -> World {
    try await made("fresh") {
      let world = try World.empty()
      try await world.program.must("init", world.workspace.string, "--name", "acme", "--soak", "2s")
      return world
    }
  }

  /// Version 1.0.0 in canary, with evidence, beta and stable.
  func promoted() async throws -> World {
    try await made("promoted") {
      let world = try await self.fresh().copy()
      let (program, workspace) = (world.program, world.workspace.string)
      try await world.publish(TestPlugin(version: "1.0.0"))
      try await program.must("canary", "run", "counter", "--channel", "canary", "--workspace", workspace)
      try await program.must("promote", "counter", "--to", "beta", "--workspace", workspace)
      try await world.confirmed("promote", "counter", "--to", "stable", "--workspace", workspace)
      return world
    }
  }

  /// Version 1.0.0 installed from canary and called twice; nothing serves any more.
  func installed() async throws -> World {
    try await made("installed") {
      let world = try await self.fresh().copy()
      try await world.publish(TestPlugin(version: "1.0.0"))
      try await world.install(from: world.serve())
      _ = try await world.call()
      _ = try await world.call()
      world.stopServing()
      return world
    }
  }

  /// As ``installed()``, with 1.1.0 published and not yet looked at by the host.
  func waiting() async throws -> World {
    try await made("waiting") {
      let world = try await self.installed().copy()
      try await world.publish(TestPlugin(version: "1.1.0", title: "Count up"))
      return world
    }
  }

  /// As ``waiting()``, updated and called once more.
  func updated() async throws -> World {
    try await made("updated") {
      let world = try await self.waiting().copy()
      try await world.reconnect()
      try await world.program.must("update", "counter", "--soak", "2s")
      _ = try await world.call()
      world.stopServing()
      return world
    }
  }

  func made(_ name: String, _ make: @escaping @Sendable () async throws -> World) async throws -> World {
    if let task = making[name] { return try await task.value }
    let task = Task {
      let world: World
      // An expectation that failed here was recorded for the first test only: the others must not pass in silence.
      do { world = try await make() } catch { throw Trouble("the world \(name) could not be made: \(error)") }
      leftovers.withLock { $0.append(world.scratch.path.string) }
      return world
    }
    making[name] = task
    if making.count == 1 { atexit(removeLeftovers) }
    return try await task.value
  }
}

/// Folders of shared worlds, which nobody's last reference removes.
private let leftovers = Mutex<[String]>([])

private func removeLeftovers() {
  leftovers.withLock { paths in
    for path in paths { try? FileManager.default.removeItem(atPath: path) }
  }
}

/// All tests of the program: one after the other, since each starts several processes on its own.
@Suite(.serialized) enum ProgramTests {}
