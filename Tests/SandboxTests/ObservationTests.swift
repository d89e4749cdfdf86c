import Platform
import Releases
import Sandbox
import SystemPackage
import TestSupport
import Testing

/// What plugins in real containers try is recorded as what it was.
@Suite(.enabled("needs a runtime that hands over its listener") { await RealSandbox.observes() })
struct ObservationTests {
  /// The subjects of one kind in a report.
  private func subjects(_ report: SandboxReport, _ kind: SandboxEvent.Kind) -> Set<String> {
    Set(report.events.filter { $0.kind == kind }.map(\.subject))
  }

  private static let connecting = """
    import socket
    def attempt(family, address, kind=socket.SOCK_STREAM):
        try:
            s = socket.socket(family, kind); s.settimeout(2)
            s.connect(address) if kind == socket.SOCK_STREAM else s.sendto(b"x", address)
        except OSError:
            pass
    attempt(socket.AF_INET, ("93.184.216.34", 80))
    attempt(socket.AF_INET6, ("2606:2800:220:1::1", 443))
    attempt(socket.AF_INET, ("9.9.9.9", 123), socket.SOCK_DGRAM)
    attempt(socket.AF_UNIX, "/run/docker.sock")
    attempt(socket.AF_INET, ("127.0.0.1", 80))
    for name in ["collector.example.com", "localhost"]:
        try:
            socket.getaddrinfo(name, 443)
        except OSError:
            pass
    own = socket.socket(socket.AF_UNIX); own.bind("/tmp/own"); own.listen()
    attempt(socket.AF_UNIX, "/tmp/own")
    one, other = socket.socketpair(); one.send(b"x"); print(other.recv(1) == b"x")
    """

  @Test(arguments: [RealSandbox.User.invoking, .unprivileged])
  func `connections are recorded by address, by name and by path`(user: RealSandbox.User) async throws {
    if user == .unprivileged, await !RealSandbox.canBeAnother() { return }
    let sandbox = try await RealSandbox(user)
    let (lines, report) = try await sandbox.python(Self.connecting)
    #expect(lines == ["True"])
    #expect(
      subjects(report, .connectionRefused) == [
        "93.184.216.34:80", "[2606:2800:220:1::1]:443", "9.9.9.9:123", "unix:/run/docker.sock",
        "collector.example.com",
      ])
    #expect(report.eventsNotKept == 0)
  }

  @Test func `what is declared is no event`() async throws {
    let sandbox = try await RealSandbox()
    let (_, report) = try await sandbox.run("") {
      $0.arguments = ["python3", "-c", Self.connecting]
      $0.network = ["*.example.com:443"]
    }
    #expect(!subjects(report, .connectionRefused).contains("collector.example.com"))
    #expect(subjects(report, .connectionRefused).contains("9.9.9.9:123"))
  }

  @Test func `paths of the machine that were not declared are recorded, paths that are nowhere are not`() async throws {
    let sandbox = try await RealSandbox()
    // A sandbox has a /tmp of its own, so that what is there on the machine is no path of it.
    let scratch = try Scratch(in: "/var/tmp")
    let outside = scratch.path.string
    try scratch.write("secret", to: "private/diary")
    try scratch.write("open", to: "declared/file")
    try sandbox.scratch.write("open", to: "tree/data")
    let (lines, report) = try await sandbox.run(
      """
      cat \(outside)/private/diary \(outside)/private/nothing /nowhere/at/all /etc/mime.types 2>/dev/null
      cat \(outside)/declared/file /plugin/data; echo
      cd / && cat .\(outside)/private/../private/diary 2>/dev/null
      echo x > \(outside)/private/new
      echo x > \(outside)/declared/new
      echo x > /plugin/new
      echo x > /tmp/mine; rm /tmp/mine; mkdir /state/own
      """
    ) { $0.read = ["\(outside)/declared"] }
    #expect(lines.first == "openopen")
    let refused = report.events.filter { $0.kind == .pathRefused }
    #expect(refused.first { $0.subject == "\(outside)/private/diary" }?.count == 2)
    #expect(
      subjects(report, .pathRefused) == [
        "\(outside)/private/diary", "\(outside)/private/new", "\(outside)/declared/new", "/plugin/new",
      ])
  }

  @Test func `programs are told apart by whether they were declared`() async throws {
    let sandbox = try await RealSandbox()
    try sandbox.scratch.write("#!/bin/sh\n", to: "tree/helper")
    try LocalFileSystem().setMode(sandbox.tree.appending("helper"), to: 0o755)
    let (_, report) = try await sandbox.run("/plugin/helper; cat /dev/null; ls / > /dev/null; no-such-program") {
      $0.programs = ["cat"]
    }
    let started = subjects(report, .programStarted)
    #expect(started.contains("/plugin/helper"))
    #expect(started.contains { $0.hasSuffix("/bin/cat") })
    let refused = subjects(report, .programRefused)
    #expect(refused.count == 1)
    #expect(refused.first?.hasSuffix("/bin/ls") == true)
  }

  @Test func `whatever is still there when the first process leaves is recorded`() async throws {
    let sandbox = try await RealSandbox()
    let (_, report) = try await sandbox.python(
      "import os, subprocess\nfor _ in range(2): subprocess.Popen(['sleep', '100'])\nos._exit(0)")
    #expect(report.events.first { $0.kind == .leftBehind } == SandboxEvent(.leftBehind, "sleep", count: 2))
    let (_, clean) = try await sandbox.run("true; sleep 0.01")
    #expect(subjects(clean, .leftBehind).isEmpty)
  }

  @Test func `a plugin that runs out of memory is recorded for it`() async throws {
    let sandbox = try await RealSandbox()
    let (_, report) = try await sandbox.python("x = bytearray(400 << 20)\nprint(len(x))")
    guard await RealSandbox.hasControlGroups() else { return }
    #expect(subjects(report, .outOfMemory) == ["test"])
  }

  @Test func `events are bounded in number and size, and what is not kept is counted`() async throws {
    let sandbox = try await RealSandbox()
    let (_, report) = try await sandbox.python(
      """
      import socket
      for number in range(300):
          try:
              socket.socket().connect(("10.0.%d.%d" % (number // 200, number % 200), 80))
          except OSError:
              pass
      try:
          open("/" + "x" * 3000, "w")
      except OSError:
          pass
      """)
    #expect(report.events.count == SandboxEventLog.most)
    #expect(report.eventsNotKept >= 101)
    let log = SandboxEventLog(limit: 1)
    log.note(.pathRefused, "/\u{1b}[31m" + String(repeating: "x", count: 3000))
    log.note(.pathRefused, "/other", count: 2)
    #expect(log.events.first?.subject.utf8.count ?? 0 <= SandboxEventLog.longestSubject + 3)
    #expect(log.events.first?.subject.contains("\u{1b}") == false)
    #expect(log.notKept == 2)
  }

  @Test func `events are there while the plugin runs`() async throws {
    let sandbox = try await RealSandbox()
    var request = sandbox.request("cat /tmp/.ssh/* > /dev/null; echo done; cat")
    request.write = []
    let outcome = try await sandbox.runner.withSession(sandbox.runner.plan(request)) { session in
      _ = await session.nextLine(limit: 100, timeout: .seconds(60))
      return await session.currentEvents()
    }
    #expect(outcome.value.contains { $0.kind == .decoyTouched })
    #expect(
      outcome.report.events.filter { $0.kind == .decoyTouched } == outcome.value.filter { $0.kind == .decoyTouched })
  }

  @Test func `the user's own use is not observed`() async throws {
    let sandbox = try await RealSandbox()
    var request = sandbox.request("ls -A /state /tmp; grep Seccomp /proc/self/status; cat /nowhere")
    request = SandboxRequest(
      name: "test", mode: .run, tree: request.tree, arguments: request.arguments, limits: request.limits)
    let plan = try sandbox.runner.plan(request)
    #expect(plan.observation == .none)
    let outcome = try await sandbox.runner.withSession(plan) { session in
      await session.closeInput()
      _ = await session.wait(timeout: .seconds(60))
    }
    #expect(outcome.report.events.isEmpty)
  }
}

extension RealSandbox {
  /// Whether what a plugin tries can be observed here.
  static func observes() async -> Bool {
    guard await works(), let sandbox = try? await RealSandbox(),
      let runtime = try? await sandbox.runner.probe.best(for: .container)
    else { return false }
    return await sandbox.runner.probe.silence(of: runtime) == nil
  }
}
