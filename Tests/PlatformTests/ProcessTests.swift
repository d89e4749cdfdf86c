import Foundation
import Platform
import SystemPackage
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(2))) struct `Running a command` {
  let runner = SubprocessRunner()

  @Test func `status, output and errors come back`() async throws {
    let output = try await runner.run(
      shell("printf out; printf err >&2; exit 7"), input: [], outputLimit: 100, timeout: .seconds(30))
    #expect(output == ProcessOutput(status: .exited(7), stdout: Array("out".utf8), stderr: Array("err".utf8)))
    #expect(output.status.shellCode == 7)
    let killed = try await runner.run(shell("kill -9 $$"), input: [], outputLimit: 100, timeout: .seconds(30))
    #expect(killed.status == .signalled(9))
    #expect(killed.status.shellCode == 137)
  }

  @Test func `nothing is inherited unless asked for`() async throws {
    let exact = Command(executable: "/usr/bin/env", environment: ["ONLY": "this one"])
    #expect(try await lines(exact) == ["ONLY=this one"])
    let inherited = Command(executable: "/usr/bin/env", environment: .inherited(changing: ["PATH": nil, "NEW": "1"]))
    let seen = try await lines(inherited)
    #expect(seen.contains("NEW=1"))
    #expect(!seen.contains { $0.hasPrefix("PATH=") })
    #expect(seen.contains { $0.hasPrefix("HOME=") })
  }

  @Test func `the folder is the one asked for, descriptors are three`() async throws {
    let scratch = try Scratch()
    var command = shell("pwd -P; ls /proc/self/fd | wc -l")
    command.workingDirectory = scratch.path
    // The fourth is the folder that ls itself reads.
    #expect(try await lines(command) == [scratch.path.string, "4"])
  }

  @Test func `arguments arrive untouched, without a shell`() async throws {
    let arguments = ["a b", "", "$HOME", "`id`", "*", "é\n"]
    let output = try await runner.run(
      Command(executable: "printf", arguments: ["%s|"] + arguments), input: [], outputLimit: 100,
      timeout: .seconds(30))
    let expected = arguments.map { $0 + "|" }.joined()
    #expect(String(decoding: output.stdout, as: UTF8.self) == expected)
  }

  @Test func `a long input flows through, an unread one does no harm`() async throws {
    let input = [UInt8](repeating: 7, count: 3 << 20)
    let output = try await runner.run(
      Command(executable: "cat"), input: input, outputLimit: 4 << 20, timeout: .seconds(30))
    #expect(output.stdout == input)
    let unread = try await runner.run(Command(executable: "true"), input: input, outputLimit: 1, timeout: .seconds(30))
    #expect(unread.status == .exited(0))
  }

  @Test func `a program that is missing or may not be run is refused`() async throws {
    let scratch = try Scratch()
    let plain = try scratch.write("#!/bin/sh\n", to: "plain", mode: 0o644)
    for name in ["no-such-program", "/no/such/program", "", scratch.path.string, plain.string] {
      let command = Command(executable: FilePath(name))
      #expect(await failure(command) == .notFound(executable: name))
    }
    let broken = try scratch.write("#!/no/such/interpreter\n", to: "broken", mode: 0o755)
    #expect(await failure(Command(executable: broken)) != nil)
    var lost = Command(executable: "true")
    lost.workingDirectory = "/no/such/folder"
    guard case .cannotStart = await failure(lost) else {
      Issue.record("a missing folder was accepted")
      return
    }
  }

  @Test func `too much output ends the command`() async throws {
    #expect(
      await failure(Command(executable: "yes"), limit: 1000) == .outputTooLarge(executable: "yes", limit: 1000))
    #expect(
      await failure(shell("yes >&2"), limit: 1000) == .outputTooLarge(executable: "/bin/sh", limit: 1000))
  }

  @Test func `when the time is up the whole group ends, even if it refuses`() async throws {
    let scratch = try Scratch()
    let note = scratch / "pid"
    let command = shell("trap '' TERM; sh -c 'echo $$ > \(note); exec sleep 1000' & while :; do sleep 1; done")
    #expect(
      await failure(command, timeout: .milliseconds(500))
        == .timedOut(executable: "/bin/sh", after: .milliseconds(500)))
    let grandchild = try scratch.text("pid").dropLast()
    #expect(!isRunning(String(grandchild)))
  }

  @Test func `cancelling the task ends the command`() async throws {
    let scratch = try Scratch()
    let note = scratch / "pid"
    let command = shell("echo $$ > \(note); exec sleep 1000")
    let run = Task { await failure(command) }
    while ((try? scratch.read("pid"))?.last) != 10 { await Task.yield() }
    run.cancel()
    #expect(await run.value == .cancelled(executable: "/bin/sh"))
    #expect(!isRunning(String(try scratch.text("pid").dropLast())))
  }

  private func lines(_ command: Command) async throws -> [String] {
    let output = try await runner.run(command, input: [], outputLimit: 100_000, timeout: .seconds(30))
    return String(decoding: output.stdout, as: UTF8.self).split(separator: "\n").map(String.init)
  }

  private func failure(
    _ command: Command, limit: Int = 1000, timeout: Duration = .seconds(30)
  ) async -> ProcessError? {
    do throws(ProcessError) {
      _ = try await runner.run(command, input: [], outputLimit: limit, timeout: timeout)
      return nil
    } catch {
      return error
    }
  }
}

/// A command of the test's own making; the program proper never uses a shell.
func shell(_ script: String) -> Command {
  Command(executable: "/bin/sh", arguments: ["-c", script], environment: ["PATH": "/usr/bin:/bin"])
}

/// Whether a process goes on running: a killed one ends when the kernel comes to it, which may take a moment.
func isRunning(_ pid: String) -> Bool {
  for _ in 0..<500 {
    guard let bytes = try? LocalFileSystem().readAll(FilePath("/proc/\(pid)/stat"), limit: 4096) else { return false }
    let state = String(decoding: bytes, as: UTF8.self).split(separator: ")").last?.split(separator: " ").first
    if state == "Z" || state == "X" { return false }
    Thread.sleep(forTimeInterval: 0.01)
  }
  return true
}
