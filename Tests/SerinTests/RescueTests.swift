import Foundation
import StrictJSON
import SystemPackage
import TestSupport
import Testing

extension ProgramTests {
  /// The script that goes back without the program.
  @Suite struct RescueTests {
    /// Shells that are here, each with what comes before the script.
    static let shells: [[String]] = [["/bin/dash"], ["/bin/bash", "--posix"], ["/bin/busybox", "sh"]]
      .filter { Program.isThere(FilePath($0[0])) }

    /// Release 9.1.0 over 9.0.0.
    private func updated() async throws -> World {
      let world = try await Worlds.shared.ownWaiting().copy()
      try await world.reconnect()
      try await world.program.must("self-update", "--min-age", "0s")
      return world
    }

    private func rescue(_ world: World, _ shell: [String], _ arguments: String...) async throws -> Outcome {
      // No variable of serin's: only the shell and the tools of the system.
      let program = Program(environment: ["PATH": "/usr/bin:/bin"], folder: "/")
      let script = world.ownHome.appending("serin-rescue").string
      return try await program.run(FilePath(shell[0]), shell.dropFirst() + [script] + arguments)
    }

    @Test(arguments: shells)
    func `the script lists, goes back, and the program heeds it afterwards`(shell: [String]) async throws {
      let world = try await updated()
      // A copied world lies elsewhere than the script was written for.
      let path = try await world.program.must("self-update", "--rescue-path").output
      #expect(path == world.ownHome.appending("serin-rescue").string + "\n")
      let list = try await rescue(world, shell)
      #expect(list.code == 0, "\(list)")
      #expect(list.output.contains(#/\* 9\.1\.0  [0-9a-f]{12}  works\n/#), "\(list)")
      #expect(list.output.contains(#/  9\.0\.0  [0-9a-f]{12}  works\n/#), "\(list)")
      #expect(try await rescue(world, shell, "8").code == 1)
      #expect(try await rescue(world, shell, "--nonsense").code == 64)

      let back = try await rescue(world, shell, "9.0.0")
      #expect(back.code == 0, "\(back)")
      #expect(try await world.program.run(world.ownProgram, ["--version"]).output == "9.0.0\n")
      // The next update knows of it, and stays away from what was left.
      let next = try await world.program.must("self-update", "--min-age", "0s")
      #expect(next.output.contains("serin-rescue went away from it"), "\(next)")
      #expect(try await world.program.run(world.ownProgram, ["--version"]).output == "9.0.0\n")
      let left = try FileManager.default.contentsOfDirectory(atPath: world.ownHome.string)
      #expect(!left.contains("rescued") && !left.contains("current.new"))
    }

    @Test func `what does not start is not gone to`() async throws {
      let world = try await updated()
      try await world.program.must("self-update", "--rescue-path")
      let now = try #require(world.ownCurrent)
      // The older program breaks on the disk.
      let trees = try FileManager.default.contentsOfDirectory(atPath: world.ownHome.string + "/trees")
      let old = try #require(trees.first { "trees/" + $0 != now })
      let program = world.ownHome.appending("trees/\(old)/bin/serin").string
      try await world.program.tool("/bin/chmod", "u+w", program)
      try Data("#!/bin/sh\nexit 1\n".utf8).write(to: URL(filePath: program))
      let refused = try await rescue(world, Self.shells[0], "9.0.0")
      #expect(refused.code == 1 && refused.errors.contains("does not start"), "\(refused)")
      #expect(world.ownCurrent == now)
      #expect(try await world.program.expect(30, ["self-update", "--rollback"]).errors.contains("9.0.0"))
      #expect(world.ownCurrent == now)
    }
  }
}
