import Glibc
import Platform
import SystemPackage
import TestSupport
import Testing

// Signals are handed on for one command at a time, so these tests take turns.
@Suite(.serialized, .timeLimit(.minutes(2))) struct `A command on our own streams` {
  let runner = SubprocessRunner()
  let scratch: Scratch

  init() throws { scratch = try Scratch() }

  @Test func `gets the very same descriptors and no others`() async throws {
    let script =
      "readlink /proc/self/fd/0 > \(scratch / "stdin"); ls /proc/self/fd | wc -l > \(scratch / "count"); exit 3"
    #expect(try await runner.runAttached(shell(script)) == .exited(3))
    let files = LocalFileSystem()
    let seen = try scratch.text("stdin").dropLast()
    #expect(try seen == files.readLink("/proc/self/fd/0").string[...])
    #expect(try scratch.text("count").dropLast() == "4"[...])
  }

  @Test func `reports the signal that ended it`() async throws {
    #expect(try await runner.runAttached(shell("kill -15 $$")) == .signalled(15))
    #expect(try await runner.runAttached(shell("kill -9 $$")) == .signalled(9))
  }

  @Test func `gets the environment and the folder asked for`() async throws {
    var command = shell("pwd -P > \(scratch / "pwd"); env > \(scratch / "env")")
    command.workingDirectory = scratch.path
    command.environment = ["PATH": "/usr/bin:/bin", "ONLY": "this"]
    #expect(try await runner.runAttached(command) == .exited(0))
    #expect(try scratch.text("pwd").dropLast() == scratch.path.string[...])
    #expect(try scratch.text("env").contains("ONLY=this\n"))
    #expect(try !scratch.text("env").contains("HOME="))
  }

  @Test func `is refused when it cannot be started`() async throws {
    var command = shell("true")
    command.workingDirectory = "/no/such/folder"
    let error = await #expect(throws: ProcessError.self) { try await runner.runAttached(command) }
    #expect(error == .cannotStart(executable: "/bin/sh", reason: "No such file or directory"))
    let missing = await #expect(throws: ProcessError.self) {
      try await runner.runAttached(Command(executable: "no-such-program"))
    }
    #expect(missing == .notFound(executable: "no-such-program"))
  }

  @Test(arguments: [SIGTERM, SIGINT, SIGHUP, SIGQUIT])
  func `gets the signals that are meant for us`(number: Int32) async throws {
    // Should the signal come before it is handed on, it must not end the tests.
    signal(number, SIG_IGN)
    let script = "trap 'exit 9' \(number); echo > \(scratch / "ready"); while :; do sleep 0.02; done"
    let run = Task { try await runner.runAttached(shell(script)) }
    while (try? scratch.read("ready"))?.isEmpty ?? true { await Task.yield() }
    let sender = Task {
      while !Task.isCancelled {
        kill(getpid(), number)
        try? await SystemClock().sleep(for: .milliseconds(20))
      }
    }
    #expect(try await run.value == .exited(9))
    sender.cancel()
    await sender.value
  }

  @Test func `ends when the task is cancelled`() async throws {
    let run = Task { try await runner.runAttached(shell("trap '' TERM; echo > \(scratch / "ready"); exec sleep 1000")) }
    while (try? scratch.read("ready"))?.isEmpty ?? true { await Task.yield() }
    run.cancel()
    let error = await #expect(throws: ProcessError.self) { try await run.value }
    #expect(error == .cancelled(executable: "/bin/sh"))
  }
}
