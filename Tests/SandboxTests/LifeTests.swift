import Platform
import Releases
import Sandbox
import StrictJSON
import SystemPackage
import TestSupport
import Testing

/// How sandboxes start, talk, end and vanish.
@Suite(.enabled("needs an OCI runtime that works here") { await RealSandbox.works() })
struct LifeTests {
  private func line(_ session: SandboxSession) async -> String? {
    guard case .line(let bytes) = await session.nextLine(limit: 1 << 20, timeout: .seconds(30)) else { return nil }
    return String(decoding: bytes, as: UTF8.self)
  }

  @Test func `what goes in comes out, and the end of input ends it`() async throws {
    let sandbox = try await RealSandbox()
    var request = sandbox.request("")
    request.arguments = ["/bin/cat"]
    let outcome = try await sandbox.runner.withSession(sandbox.runner.plan(request)) { session in
      for number in 0..<100 {
        try await session.send(Array("line \(number)\n".utf8))
        let echo = await line(session)
        #expect(echo == "line \(number)")
      }
      let big = String(repeating: "x", count: 300_000)
      try await session.send(Array((big + "\n").utf8))
      let echo = await line(session)
      #expect(echo == big)
      await session.closeInput()
      let last = await session.nextLine(limit: 100, timeout: .seconds(10))
      #expect(last == .closed)
      return await session.wait(timeout: .seconds(10))
    }
    #expect(outcome.value == .exited(0))
    #expect(outcome.report.status == .exited(0))
    #expect(outcome.report.runtimeError == nil)
    #expect(try sandbox.leftovers.isEmpty)
  }

  @Test(arguments: [0, 1, 7, 255])
  func `the exit code is the plugin's`(code: Int) async throws {
    let sandbox = try await RealSandbox()
    let (_, report) = try await sandbox.run("exit \(code)")
    #expect(report.status == .exited(code))
    #expect(!report.outOfMemory)
  }

  @Test func `a plugin on our own streams reports its end too`() async throws {
    let sandbox = try await RealSandbox()
    let plan = try sandbox.runner.plan(sandbox.request("echo mine > /state/kept; exit 5"))
    let report = try await sandbox.runner.runAttached(plan)
    #expect(report.status == .exited(5))
    #expect(report.leftBehind == nil)
    #expect(try sandbox.scratch.text("state/kept") == "mine\n")
    #expect(try sandbox.leftovers.isEmpty)
  }

  @Test func `a plugin that cannot start on our own streams is an error`() async throws {
    let sandbox = try await RealSandbox()
    var request = sandbox.request("")
    request.arguments = ["no-such-program"]
    let plan = try sandbox.runner.plan(request)
    let error = await #expect(throws: SandboxError.self) { try await sandbox.runner.runAttached(plan) }
    guard case .notStarted(_, let reason)? = error else {
      Issue.record("\(String(describing: error))")
      return
    }
    #expect(reason.contains("no-such-program"))
    #expect(try sandbox.leftovers.isEmpty)
  }

  @Test func `a signal is 128 and its number`() async throws {
    let sandbox = try await RealSandbox()
    let (_, report) = try await sandbox.run("sh -c 'kill -SEGV $$'")
    #expect(report.status == .exited(139))
  }

  @Test func `standard error is kept apart`() async throws {
    let sandbox = try await RealSandbox()
    let outcome = try await sandbox.runner.withSession(
      sandbox.runner.plan(sandbox.request("echo out; echo complaint >&2"))
    ) { session in
      _ = await session.wait(timeout: .seconds(20))
      let first = await line(session)
      return (first, String(decoding: session.stderrTail, as: UTF8.self))
    }
    #expect(outcome.value.0 == "out")
    #expect(outcome.value.1 == "complaint\n")
  }

  @Test func `a program that is not there is an error with its name`() async throws {
    struct Silence: Error {}
    let sandbox = try await RealSandbox()
    var request = sandbox.request("")
    request.arguments = ["no-such-program"]
    let plan = try sandbox.runner.plan(request)
    // A body that returns finds the reason in the report, a body that throws is overruled by it.
    let outcome = try await sandbox.runner.withSession(plan) { session in
      _ = await session.wait(timeout: .seconds(20))
    }
    #expect(outcome.report.runtimeError?.contains("no-such-program") == true)
    let error = await #expect(throws: SandboxError.self) {
      _ = try await sandbox.runner.withSession(plan) { session in
        _ = await session.wait(timeout: .seconds(20))
        throw Silence()
      }
    }
    #expect(error?.description.contains("no-such-program") == true)
  }

  @Test func `a plugin that ignores everything is ended, with its children`() async throws {
    let sandbox = try await RealSandbox()
    let script = "trap '' TERM INT HUP; (trap '' TERM; while :; do sleep 1; done) & echo up; while :; do sleep 1; done"
    let outcome = try await sandbox.runner.withSession(sandbox.runner.plan(sandbox.request(script))) { session in
      let first = await line(session)
      #expect(first == "up")
      return await session.terminate(grace: .milliseconds(200))
    }
    #expect(outcome.value == .exited(137))
    #expect(try sandbox.leftovers.isEmpty)
  }

  @Test func `a body that throws leaves nothing running`() async throws {
    struct Stop: Error {}
    let sandbox = try await RealSandbox()
    let plan = try sandbox.runner.plan(sandbox.request("echo up; while :; do sleep 1; done"))
    await #expect(throws: Stop.self) {
      _ = try await sandbox.runner.withSession(plan) { session -> Int in
        _ = await session.nextLine(limit: 100, timeout: .seconds(30))
        throw Stop()
      }
    }
    #expect(try sandbox.leftovers.isEmpty)
  }

  @Test func `a cancelled task leaves nothing running`() async throws {
    let sandbox = try await RealSandbox()
    let plan = try sandbox.runner.plan(sandbox.request("echo up; while :; do sleep 1; done"))
    let (started, start) = AsyncStream.makeStream(of: Void.self)
    let task = Task {
      try await sandbox.runner.withSession(plan) { session in
        _ = await session.nextLine(limit: 100, timeout: .seconds(30))
        start.yield()
        _ = await session.wait(timeout: .seconds(600))
      }
    }
    for await _ in started { break }
    task.cancel()
    _ = await task.result
    #expect(try sandbox.leftovers.isEmpty)
  }

  @Test func `two sandboxes run side by side`() async throws {
    let sandbox = try await RealSandbox()
    async let one = sandbox.run("sleep 0.2; echo one")
    async let two = sandbox.run("sleep 0.2; echo two")
    #expect(try await [one.lines, two.lines] == [["one"], ["two"]])
  }

  @Test func `what a killed supervisor left is swept, and what lives is not`() async throws {
    let sandbox = try await RealSandbox()
    let plan = try sandbox.runner.plan(sandbox.request("echo up; while :; do sleep 1; done"))
    let files = LocalFileSystem()
    let place = sandbox.scratch / "work/running"
    try files.makeDirectory(place.appending("something-else"), mode: 0o700)
    _ = try await sandbox.runner.withSession(plan) { session in
      let first = await line(session)
      #expect(first == "up")
      try files.makeDirectory(place.appending("serin-999999999-1-1"), mode: 0o700)
      let swept = await sandbox.runner.sweep()
      #expect(swept == ["serin-999999999-1-1"])
      #expect(session.currentUsage() != nil, "a living sandbox was swept")
    }
    #expect(try sandbox.leftovers == ["something-else"])
  }

  @Test(.enabled("needs runc, whose detached containers outlive their maker") { await RealSandbox.uses(.runc) })
  func `a container that outlived its supervisor is ended`() async throws {
    let sandbox = try await RealSandbox()
    let files = LocalFileSystem()
    let runtime = try await sandbox.runner.probe.best(for: .container)
    var request = sandbox.request("echo up; while :; do sleep 1; done")
    // Nobody would listen to the copy.
    request.observation = .none
    let plan = try sandbox.runner.plan(request)
    let orphan = "serin-999999999-1-1"
    let place = sandbox.scratch / "work/running"
    let process = try await sandbox.runner.withSession(plan) { session -> Int? in
      // What a killed supervisor leaves: the folder of a container that still runs.
      let copying = Command(
        executable: "/bin/cp",
        arguments: ["-a", place.appending(session.identifier).string, place.appending(orphan).string])
      _ = try await SubprocessRunner().run(copying, input: [], outputLimit: 1 << 16, timeout: .seconds(20))
      try files.removeTree(place.appending(orphan).appending("runtime"))
      let configuration = try sandbox.scratch.text("work/running/\(orphan)/config.json")
      try sandbox.scratch.write(
        configuration.replacing(session.identifier, with: orphan), to: "work/running/\(orphan)/config.json")
      let root = place.appending(orphan).appending("runtime")
      let starting = Command(
        executable: "/bin/sh",
        arguments: [
          "-c",
          "exec \"$0\" --root \(root) run --detach --bundle \(place.appending(orphan)) \(orphan) "
            + ">/dev/null 2>&1 </dev/null",
          runtime.program.string,
        ], environment: .inherit)
      let started = try await SubprocessRunner().run(starting, input: [], outputLimit: 1 << 16, timeout: .seconds(20))
      #expect(started.status == .exited(0))
      let state = try JSON.parse(sandbox.scratch.read("work/running/\(orphan)/runtime/\(orphan)/state.json"))
      return state["init_process_pid"]?.intValue
    }.value
    let pid = try #require(process)
    #expect(try files.exists(FilePath("/proc/\(pid)")))
    #expect(await sandbox.runner.sweep() == [orphan])
    // Whoever inherited the process may not have collected it yet.
    let remains = (try? files.readAll(FilePath("/proc/\(pid)/stat"), limit: 4096)) ?? Array(") Z ".utf8)
    #expect(String(decoding: remains, as: UTF8.self).contains(") Z "))
    #expect(try sandbox.leftovers.isEmpty)
  }

  @Test func `runtimes are tried once and remembered over the end of the program`() async throws {
    let sandbox = try await RealSandbox()
    let first = try await sandbox.runner.probe.best(for: .container)
    var machine = Machine.live
    machine.processes = ScriptedProcesses()
    let again = try SandboxRunner(
      machine: machine, surroundings: sandbox.runner.surroundings, workFolder: sandbox.scratch / "work")
    #expect(try await again.probe.best(for: .container) == first)
  }

  @Test func `every runtime has a finding, and a missing one says so`() async throws {
    let sandbox = try await RealSandbox()
    let findings = await sandbox.runner.probe.survey()
    #expect(findings.map(\.kind) == RuntimeKind.allCases)
    for finding in findings where finding.runtime == nil { #expect(finding.reason?.isEmpty == false) }
  }

  @Test func `no machine without a virtual machine runs what asks for one`() async throws {
    let sandbox = try await RealSandbox()
    guard sandbox.runner.surroundings.program("kata-runtime", files: LocalFileSystem()) == nil else { return }
    let error = await #expect(throws: SandboxError.self) { try await sandbox.runner.probe.best(for: .vm) }
    #expect(error == .noRuntime(needed: .vm, tried: []))
    #expect(error?.help?.contains("kata") == true)
  }
}
