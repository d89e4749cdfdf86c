import Platform
import Sandbox
import SystemPackage
import TestSupport
import Testing

/// Plugins that eat what they can.
@Suite(.enabled("needs an OCI runtime that works here") { await RealSandbox.works() })
struct LimitTests {
  private static let hog = "x = []\nwhile True: x.append(bytearray(1 << 20))"

  @Test(.enabled("needs cgroups that can be written") { await RealSandbox.hasControlGroups() })
  func `eating memory ends the plugin, and it is said`() async throws {
    let sandbox = try await RealSandbox()
    let (_, report) = try await sandbox.python(Self.hog)
    #expect(report.status == .exited(137))
    #expect(report.outOfMemory)
    #expect(report.usage?.outOfMemoryKills ?? 0 >= 1)
    #expect(report.usage?.peakMemory ?? 0 > 32 << 20)
    #expect(report.usage?.peakMemory ?? .max <= 65 << 20)
    #expect(report.limits.first?.enforced == .cgroup)
  }

  @Test func `a fork bomb stays small`() async throws {
    let sandbox = try await RealSandbox()
    let (lines, report) = try await sandbox.python(
      """
      import os, time
      made = 0
      for _ in range(500):
          try:
              if os.fork() == 0:
                  time.sleep(60)
                  os._exit(0)
              made += 1
          except OSError:
              pass
      print(made)
      """)
    switch report.limits.first(where: { $0.name == "pids" })?.enforced {
    case .supervised: break  // A bomb that is quicker than the watch; it goes with its first process all the same.
    case let keeper:
      #expect((lines.first.flatMap { Int($0) } ?? 500) < 32)
      #expect(report.status == .exited(0), "the children go with their first process")
      if keeper == .cgroup { #expect(report.usage?.processesRefused ?? 0 > 0) }
    }
    #expect(try sandbox.leftovers.isEmpty)
  }

  @Test func `the temporary folder and open files end somewhere`() async throws {
    let sandbox = try await RealSandbox()
    let (lines, _) = try await sandbox.python(
      """
      try:
          with open("/tmp/x", "wb") as f:
              for _ in range(64): f.write(bytes(1 << 20)); f.flush()
          print("filled")
      except OSError as e:
          print(e.errno)
      import os
      os.remove("/tmp/x")
      files = []
      try:
          while True: files.append(open("/dev/null"))
      except OSError as e:
          print(e.errno, len(files) < 64)
      """)
    #expect(lines == ["28", "24 True"])
  }

  @Test func `the fewest processes that can be asked for are enough to start`() async throws {
    let sandbox = try await RealSandbox()
    let (lines, report) = try await sandbox.run("echo up") { $0.limits.pids = 4 }
    #expect(lines == ["up"], "\(report)")
  }

  @Test(.enabled("needs cgroups that can be written") { await RealSandbox.hasControlGroups() })
  func `usage is measured while a plugin runs`() async throws {
    let sandbox = try await RealSandbox()
    let script = "x = b'x' * (24 << 20)\nfor i in range(2000000): pass\nprint('ready', flush=True)\ninput()"
    var request = sandbox.request("")
    request.arguments = ["python3", "-c", script]
    let outcome = try await sandbox.runner.withSession(sandbox.runner.plan(request)) { session in
      #expect(await session.nextLine(limit: 100, timeout: .seconds(30)) == .line(Array("ready".utf8)))
      let usage = session.currentUsage()
      await session.closeInput()
      _ = await session.wait(timeout: .seconds(10))
      return usage
    }
    let usage = try #require(outcome.value)
    #expect(usage.memory > 24 << 20)
    #expect(usage.memory < 60 << 20)
    #expect(usage.processes >= 1)
    #expect(usage.processorTime > .milliseconds(10))
    #expect(outcome.report.usage?.processorTime ?? .zero >= usage.processorTime)
  }

  @Test(.enabled("needs cgroups that can be written") { await RealSandbox.hasControlGroups() })
  func `a quarter of a processor takes four times as long`() async throws {
    let sandbox = try await RealSandbox()
    let script = """
      import time
      start = time.monotonic()
      while time.process_time() < 0.4: pass
      print(time.monotonic() - start > 1.0)
      """
    let (lines, _) = try await sandbox.run("") {
      $0.arguments = ["python3", "-c", script]
      $0.limits.cpus = 0.25
    }
    #expect(lines == ["True"])
  }
}

/// Ordinary users without cgroups: rlimits and a watch instead.
@Suite(.enabled("needs an OCI runtime that works for unprivileged users") { await RealSandbox.canBeAnother() })
struct UnprivilegedTests {
  @Test func `an ordinary user gets a sandbox too, and what is weaker is said`() async throws {
    let sandbox = try await RealSandbox(.unprivileged)
    let (lines, report) = try await sandbox.run(
      """
      grep -E '^(CapEff|NoNewPrivs|Seccomp:)' /proc/self/status | tr -d '\\t'
      echo mine > /state/kept; echo x > /usr/x
      """
    )
    #expect(lines == ["CapEff:0000000000000000", "NoNewPrivs:1", "Seccomp:2"])
    #expect(report.limits.map(\.enforced).contains(.none) == (report.limits.first?.enforced == .supervised))
    #expect(try sandbox.scratch.text("state/kept") == "mine\n")
    #expect(try sandbox.leftovers.isEmpty)
  }

  @Test func `an ordinary user's plugin that eats memory is ended too`() async throws {
    let sandbox = try await RealSandbox(.unprivileged)
    let (_, report) = try await sandbox.python(
      "import time\nx = []\nfor _ in range(1000): x.append(bytearray(1 << 20)); time.sleep(0.01)\nprint('alive')")
    #expect(report.outOfMemory, "\(report)")
    #expect(report.status == .exited(137))
    if report.limits.first?.enforced == .supervised { #expect(report.endedFor == "memory") }
  }

  @Test func `an ordinary user's fork bomb stays small`() async throws {
    let sandbox = try await RealSandbox(.unprivileged)
    let (lines, _) = try await sandbox.python(
      """
      import os, time
      made = 0
      for _ in range(200):
          try:
              if os.fork() == 0:
                  time.sleep(60)
                  os._exit(0)
              made += 1
          except OSError:
              pass
      print(made)
      """)
    #expect((lines.first.flatMap { Int($0) } ?? 200) < 32)
  }

  @Test func `an ordinary user's plugin is measured`() async throws {
    let sandbox = try await RealSandbox(.unprivileged)
    var request = sandbox.request("")
    request.arguments = ["python3", "-c", "x = b'x' * (24 << 20)\nprint('ready', flush=True)\ninput()"]
    let outcome = try await sandbox.runner.withSession(sandbox.runner.plan(request)) { session in
      #expect(await session.nextLine(limit: 100, timeout: .seconds(30)) == .line(Array("ready".utf8)))
      let usage = session.currentUsage()
      await session.closeInput()
      _ = await session.wait(timeout: .seconds(10))
      return usage
    }
    #expect(outcome.value?.memory ?? 0 > 24 << 20)
  }
}
