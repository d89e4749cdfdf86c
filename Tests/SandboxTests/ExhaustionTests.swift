import Platform
import Releases
import Sandbox
import SystemPackage
import TestSupport
import Testing

/// Plugins that use up what they can; after each the machine is looked at.
@Suite(.enabled("needs an OCI runtime that works here") { await RealSandbox.works() })
struct ExhaustionTests {
  @Test(arguments: RealSandbox.User.everybody)
  func `a fork bomb that doubles without end is held, said and gone`(user: RealSandbox.User) async throws {
    let sandbox = try await RealSandbox.required(user)
    let token = "serin-bomb-\(SecureRandom.hex(bytes: 6))"
    var request = sandbox.request("")
    request.arguments = [
      "python3", "-c",
      """
      import os, time
      print("lit", flush=True)
      end = time.monotonic() + 1.5
      while time.monotonic() < end:
          try: os.fork()
          except OSError: pass
      """, token,
    ]
    let outcome = try await sandbox.runner.withSession(sandbox.runner.plan(request)) { session in
      _ = await session.nextLine(limit: 100, timeout: .seconds(30))
      return await session.wait(timeout: .seconds(60))
    }
    let report = outcome.report
    let keeper = report.limits.first { $0.name == "pids" }?.enforced
    switch keeper {
    case .cgroup:
      #expect(report.usage?.processesRefused ?? 0 > 0)
      #expect(report.usage?.peakProcesses ?? 0 <= 32)
    case .supervised: #expect(report.endedFor == "pids")
    default: #expect(report.usage?.peakProcesses ?? 0 <= 32)
    }
    #expect(HostProcesses.named(token).isEmpty)
    #expect(try sandbox.leftovers.isEmpty)
  }

  @Test(arguments: RealSandbox.User.everybody)
  func `memory that belongs to no process is limited too`(user: RealSandbox.User) async throws {
    let sandbox = try await RealSandbox.required(user)
    let before = HostProcesses.sharedMemory()
    let (lines, report) = try await sandbox.python(
      """
      import ctypes, os
      held = 0
      libc = ctypes.CDLL(None, use_errno=True)
      try:
          for name in range(16):
              fd = os.memfd_create(str(name))
              for _ in range(32): held += os.write(fd, bytes(1 << 20))
      except OSError: pass
      print("files", held >> 20, flush=True)
      segment = libc.shmget(0, 256 << 20, 0o600)
      if segment >= 0:
          libc.shmat.restype = ctypes.c_void_p
          place = libc.shmat(segment, None, 0)
          if place and place != ctypes.c_void_p(-1).value:
              ctypes.memset(place, 1, 256 << 20); libc.shmdt(ctypes.c_void_p(place)); print("segment", flush=True)
      try:
          for name in range(64): open(f"/dev/shm/{name}", "wb").write(bytes(1 << 20))
      except OSError: print("shm full", flush=True)
      """)
    let held = lines.first { $0.hasPrefix("files") }?.split(separator: " ").last.flatMap { Int($0) }
    #expect(held ?? 0 <= 64, "\(lines)")
    #expect(!lines.contains("segment"))
    #expect(report.outOfMemory || lines.contains("shm full"), "\(report)")
    #expect(HostProcesses.sharedMemory() - before < 128 << 20, "the machine's memory is still taken")
  }

  @Test(.enabled(if: UserAccount.current.isRoot && Self.canMount, "needs root, to mount a small disk"))
  func `a plugin that fills the disk of its state is ended, and it is said`() async throws {
    let sandbox = try await RealSandbox()
    let runner = SubprocessRunner()
    func tool(_ name: FilePath, _ arguments: String...) async throws -> Bool {
      let command = Command(executable: name, arguments: arguments, environment: .inherit)
      return try await runner.run(command, input: [], outputLimit: 1 << 16, timeout: .seconds(20)).status.isSuccess
    }
    let disk = sandbox.state.string
    try #require(try await tool("/bin/mount", "-t", "tmpfs", "-o", "size=256m,mode=700", "serin-disk", disk))
    let result = await Task {
      try await sandbox.python(
        """
        import time
        number = 0
        print("begun", flush=True)
        while True:
            try:
                number += 1
                open(f"/state/{number}", "wb").write(bytes(8 << 20))
            except OSError: time.sleep(0.01)
        """
      ) {
        // The small disk is one in memory and counts as such.
        $0.limits.memory = 1 << 30
      }
    }.result
    #expect(try await tool("/bin/umount", disk))
    let (lines, report) = try result.get()
    #expect(lines == ["begun"])
    #expect(report.endedFor == "disk")
    #expect(report.status == .exited(137))
    #expect(try sandbox.leftovers.isEmpty)
  }

  private static var canMount: Bool {
    let status = (try? LocalFileSystem().readAll("/proc/self/status", limit: 1 << 20)) ?? []
    let line = String(decoding: status, as: UTF8.self).split(separator: "\n").first { $0.hasPrefix("CapEff:") }
    // CAP_SYS_ADMIN is number 21 (capabilities(7)).
    let bits = line.flatMap { UInt64($0.dropFirst(7).filter(\.isHexDigit), radix: 16) } ?? 0
    return bits >> 21 & 1 == 1
  }

  /// Writes a gigabyte in pieces of a mebibyte to a stream, and then a line.
  private static func flood(_ piece: String, to stream: Int) -> String {
    """
    import os
    piece = \(piece)
    for _ in range(1024):
        rest = memoryview(piece)
        while rest: rest = rest[os.write(\(stream), rest):]
    os.write(1, b"\\nend\\n")
    """
  }

  @Test(arguments: [#"b"x" * (1 << 20)"#, #"b"x\n" * (1 << 19)"#])
  func `a gigabyte of output takes no memory here, and ends with its plugin`(piece: String) async throws {
    let sandbox = try await RealSandbox()
    let token = "serin-flood-\(SecureRandom.hex(bytes: 6))"
    var request = sandbox.request("")
    request.arguments = ["python3", "-c", Self.flood(piece, to: 1), token]
    let before = HostProcesses.ownMemory()
    let outcome = try await sandbox.runner.withSession(sandbox.runner.plan(request)) { session in
      let first = await session.nextLine(limit: 1 << 20, timeout: .seconds(60))
      // Nobody reads on: the plugin waits, and the pipe with it.
      return (first, await session.terminate(grace: .milliseconds(200)))
    }
    #expect(HostProcesses.ownMemory() - before < 32 << 20)
    #expect(outcome.value.0 == (piece.contains("n") ? .line([UInt8(ascii: "x")]) : .tooLong))
    #expect(outcome.value.1 == .exited(137))
    #expect(HostProcesses.named(token).isEmpty)
    #expect(try sandbox.leftovers.isEmpty)
  }

  @Test func `a gigabyte of complaints is counted, and its end is kept`() async throws {
    let sandbox = try await RealSandbox()
    var request = sandbox.request("")
    request.arguments = ["python3", "-c", Self.flood(#"b"x" * (1 << 20)"#, to: 2)]
    let before = HostProcesses.ownMemory()
    let outcome = try await sandbox.runner.withSession(sandbox.runner.plan(request)) { session in
      #expect(await session.nextLine(limit: 100, timeout: .seconds(60)) == .line([]))
      #expect(await session.nextLine(limit: 100, timeout: .seconds(60)) == .line(Array("end".utf8)))
      let status = await session.wait(timeout: .seconds(20))
      return (status, session.stderrBytes, session.stderrTail.count)
    }
    #expect(HostProcesses.ownMemory() - before < 32 << 20)
    #expect(outcome.value.0 == .exited(0))
    #expect(outcome.value.1 == 1 << 30)
    #expect(outcome.value.2 <= 64 << 10)
  }
}
