import Foundation
import Platform
import SystemPackage
import TestSupport
import Testing

extension ProgramTests {
  /// The short form of `script/crash`: the same harness with a few cases of each verb, chosen by a seed.
  @Suite(
    .enabled(
      if: Program.canSandbox && Program.path("minisign") != nil,
      "needs root, an OCI runtime, /usr/bin/python3 and minisign"))
  struct CrashSuiteTests {
    private static let folder = FilePath(#filePath).removingLastComponent().removingLastComponent()
      .appending("CrashSuite")
    /// With this process's own PATH: a compiler for `inject.c` comes with Swift, wherever that is.
    private static let program = Program(
      environment: ["PATH": ProcessEnvironment.current["PATH"] ?? "/usr/bin:/bin"], folder: "/")

    private func run(_ script: String, _ arguments: [String]) async throws -> Outcome {
      try await Self.program.run(
        "/usr/bin/python3", ["-B", Self.folder.appending(script).string] + arguments)
    }

    /// Says something in the log of the test run.
    private func note(_ text: String) { FileHandle.standardError.write(Data((text + "\n").utf8)) }

    @Test func `a sample of all verbs, calls and faults leaves every host well, and lies are noticed`() async throws {
      let outcome = try await run(
        "crash.py",
        [
          "--serin", Program.serin.string, "--sample", "7", "--recoveries", "1", "--seed", "4", "--operations", "brief",
          "--choose", "4", "--seconds", "40",
        ])
      note(outcome.output)
      #expect(outcome.code == 0, "\(outcome)")
      #expect(outcome.output.contains("calls left out, 0 of them unnoticed"))
    }
  }
}
