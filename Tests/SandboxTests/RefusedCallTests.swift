import Platform
import Sandbox
import TestSupport
import Testing

/// Plugins that make the calls by which containers were left in the past.
@Suite(.enabled("needs an OCI runtime that works here") { await RealSandbox.works() })
struct RefusedCallTests {
  /// Calls by number, as x86-64 has them, with what a refusal is recorded as.
  private static let calls: [(number: Int, arguments: [Int], name: String)] = [
    (101, [0, 0, 0, 0], "ptrace"), (165, [0, 0, 0, 0, 0], "mount"), (166, [0, 0], "umount2"),
    (155, [0, 0], "pivot_root"), (161, [0], "chroot"), (272, [0x1000_0000], "unshare"), (308, [0, 0], "setns"),
    (250, [0, 0, 0], "keyctl"), (248, [0, 0, 0, 0, 0], "add_key"), (321, [0, 0, 0], "bpf"), (323, [0], "userfaultfd"),
    (298, [0, 0, 0, 0, 0], "perf_event_open"), (425, [8, 0], "io_uring_setup"),
    (310, [1, 0, 0, 0, 0, 0], "process_vm_readv"),
    (312, [0, 0, 0, 0, 0], "kcmp"), (438, [0, 0, 0], "pidfd_getfd"), (313, [0, 0, 0], "finit_module"),
    (246, [0, 0, 0, 0], "kexec_load"), (304, [0, 0, 0], "open_by_handle_at"), (300, [0, 0], "fanotify_init"),
    (103, [3, 0, 0], "syslog"), (428, [0, 0, 0], "open_tree"), (442, [0, 0, 0, 0, 0], "mount_setattr"),
    (56, [0x1000_0011, 0, 0, 0, 0], "clone with new namespaces"),
    (41, [40, 1, 0], "socket AF_VSOCK, protocol 0"), (41, [38, 5, 0], "socket AF_ALG, protocol 0"),
    (41, [16, 3, 12], "socket AF_NETLINK, protocol 12"), (41, [2, 1, 132], "socket AF_INET, protocol 132"),
    (41, [17, 3, 0], "socket AF_PACKET, protocol 0"), (53, [30, 1, 0, 0], "socketpair AF_TIPC, protocol 0"),
    (16, [1, 0x5412, 0], "ioctl TIOCSTI"), (16, [1, 0x1_0000_5412, 0], "ioctl TIOCSTI"),
    (16, [1, 0x541c, 0], "ioctl TIOCLINUX"),
  ]

  private static var script: String {
    let list = calls.map { "(\($0.number), \($0.arguments))" }.joined(separator: ", ")
    return """
      import ctypes, errno
      libc = ctypes.CDLL(None, use_errno=True)
      for number, arguments in [\(list)]:
          ctypes.set_errno(0)
          result = libc.syscall(ctypes.c_long(number), *[ctypes.c_long(value) for value in arguments])
          print("worked" if result >= 0 else errno.errorcode[ctypes.get_errno()])
      """
  }

  @Test(.enabled("the numbers are those of x86-64") { Architecture.isIntel }, arguments: [Observation.none, .touches])
  func `calls that have let plugins out are refused, observed or not`(observation: Observation) async throws {
    let sandbox = try await RealSandbox()
    let (lines, report) = try await sandbox.run("") {
      $0.arguments = ["python3", "-c", Self.script]
      $0.observation = observation
    }
    #expect(report.status == .exited(0))
    #expect(lines.count == Self.calls.count)
    for (line, call) in zip(lines, Self.calls) { #expect(line == "EPERM", "\(call)") }
    let observes = await RealSandbox.observes()
    let recorded = Set(report.events.filter { $0.kind == .callRefused }.map(\.subject))
    #expect(recorded == (observation == .none || !observes ? [] : Set(Self.calls.map(\.name))))
  }

  @Test func `what interpreters need goes through`() async throws {
    let sandbox = try await RealSandbox()
    let (lines, report) = try await sandbox.python(
      """
      import asyncio, os, platform, signal, socket, sqlite3, ssl, subprocess, tempfile, threading, time
      import fcntl, multiprocessing.shared_memory, struct, termios
      one, other = os.pipe(); os.write(other, b"abc")
      print(struct.unpack("i", fcntl.ioctl(one, termios.FIONREAD, b"1234"))[0], os.isatty(one))
      thread = threading.Thread(target=lambda: None); thread.start(); thread.join()
      print(subprocess.run(["/bin/echo", "child"], capture_output=True).stdout)
      print([name for _, name in socket.if_nameindex()])
      server = socket.create_server(("127.0.0.1", 0))
      socket.create_connection(server.getsockname()).close()
      memory = multiprocessing.shared_memory.SharedMemory(create=True, size=4096); memory.close(); memory.unlink()
      base = sqlite3.connect(":memory:"); print(base.execute("select 1 + 1").fetchone())
      async def work():
          process = await asyncio.create_subprocess_exec("/bin/true"); return await process.wait()
      print(asyncio.run(work()), len(ssl.RAND_bytes(4)), os.getrandom(2) != b"", platform.machine() != "")
      """)
    #expect(report.status == .exited(0))
    #expect(lines == ["3 False", "b'child\\n'", "['lo']", "(2,)", "0 4 True True"])
    #expect(report.events.filter { $0.kind == .callRefused }.isEmpty, "\(report.events)")
  }
}

private enum Architecture {
  #if arch(x86_64)
    static let isIntel = true
  #else
    static let isIntel = false
  #endif
}
