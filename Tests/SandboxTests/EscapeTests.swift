import Platform
import Releases
import Sandbox
import SystemPackage
import TestSupport
import Testing

/// Plugins that try to get out, to get at what is not theirs, or to stay; after each the machine is looked at.
@Suite(.enabled("needs an OCI runtime that works here") { await RealSandbox.works() })
struct EscapeTests {
  @Test(arguments: RealSandbox.User.everybody)
  func `keys, Serin's folder and other plugins can be neither read nor changed`(user: RealSandbox.User) async throws {
    let sandbox = try await RealSandbox.required(user)
    let scratch = sandbox.scratch
    let precious = ["home/.ssh/id_ed25519", "serin/ledger.sqlite", "serin/plugins/other/tree/main.py", "outside"]
    for name in precious { try scratch.write("precious", to: name, mode: 0o666) }
    try scratch.write("mine", to: "tree/main.py", mode: 0o666)
    try LocalFileSystem().symlink(to: scratch / "home/.ssh", at: sandbox.state.appending("keys"))
    let (lines, report) = try await sandbox.python(
      """
      import os
      host = "\(scratch.path)"
      names = \(precious)
      roots = ["", "/proc/1/root", "/proc/self/root", "/proc/self/cwd/..", "/proc/1/cwd/..", "/state/..",
               "/state/../../../..", "/plugin/../..", "/dev/fd/../../../..", "//"]
      for root in roots:
          for name in names:
              for path in (root + host + "/" + name, root + "/" + name):
                  try:
                      print("read", path, open(path).read())
                  except OSError: pass
                  for mode in ("w", "a", "r+"):
                      try:
                          open(path, mode).write("x"); print("wrote", path)
                      except OSError: pass
                  for change in (os.unlink, lambda p: os.chmod(p, 0), lambda p: os.rename(p, "/state/taken"),
                                 lambda p: os.link(p, "/state/linked"), lambda p: os.truncate(p, 0)):
                      try:
                          change(path); print("changed", path)
                      except OSError: pass
      try:
          print("followed", os.listdir("/state/keys"))
      except OSError: pass
      for path in ("/plugin/main.py", "/plugin/new", "/usr/bin/new", "/etc/passwd", "/etc/new", "/new", "/dev/new",
                   "/proc/sys/kernel/core_pattern", "/proc/sysrq-trigger", "/dev/serin/new"):
          try:
              open(path, "a").write("x"); print("wrote", path)
          except OSError: pass
      for pid in filter(str.isdigit, os.listdir("/proc")):
          if int(pid) != os.getpid(): print("saw", pid, open(f"/proc/{pid}/cmdline").read())
      print("done", open("/plugin/main.py").read())
      """)
    #expect(lines == ["done mine"], "\(report)")
    for name in precious { #expect(try scratch.text(name) == "precious") }
    #expect(try scratch.text("tree/main.py") == "mine")
    #expect(try LocalFileSystem().list(sandbox.tree).map(\.name) == ["main.py"])
    #expect(try sandbox.leftovers.isEmpty)
  }

  @Test(arguments: RealSandbox.User.everybody)
  func `nobody is reached by name, address, datagram or UNIX socket`(user: RealSandbox.User) async throws {
    let sandbox = try await RealSandbox.required(user)
    let listener = """
      import socket, select, sys
      made = []
      for family, kind, address in [(socket.AF_INET, socket.SOCK_STREAM, ("0.0.0.0", 0)),
              (socket.AF_INET, socket.SOCK_DGRAM, ("0.0.0.0", 0)), (socket.AF_UNIX, socket.SOCK_STREAM, "\\0serin-escape"),
              (socket.AF_UNIX, socket.SOCK_STREAM, "\(sandbox.scratch.path)/host.sock")]:
          s = socket.socket(family, kind); s.bind(address); made.append(s)
          if kind == socket.SOCK_STREAM: s.listen()
      print(made[0].getsockname()[1], made[1].getsockname()[1], flush=True)
      sys.stdin.readline()
      print(len(select.select(made, [], [], 0)[0]), flush=True)
      """
    let host = Command(executable: "python3", arguments: ["-c", listener], environment: .inherit)
    try await SubprocessRunner().withSession(host) { host in
      let ports = try #require(await line(host)).split(separator: " ").map(String.init)
      try LocalFileSystem().setMode(sandbox.scratch / "host.sock", to: 0o777)
      let (lines, report) = try await sandbox.python(
        """
        import socket
        tcp, udp = \(ports[0]), \(ports[1])
        for family, kind, address in [
                (socket.AF_INET, socket.SOCK_STREAM, ("127.0.0.1", tcp)), (socket.AF_INET, socket.SOCK_STREAM, ("0.0.0.0", tcp)),
                (socket.AF_INET6, socket.SOCK_STREAM, ("::1", tcp)),
                (socket.AF_INET6, socket.SOCK_STREAM, ("::ffff:127.0.0.1", tcp)),
                (socket.AF_INET, socket.SOCK_STREAM, ("1.1.1.1", 443)), (socket.AF_INET, socket.SOCK_STREAM, ("169.254.169.254", 80)),
                (socket.AF_INET6, socket.SOCK_STREAM, ("2606:4700:4700::1111", 443)),
                (socket.AF_UNIX, socket.SOCK_STREAM, "\\0serin-escape"),
                (socket.AF_UNIX, socket.SOCK_STREAM, "\(sandbox.scratch.path)/host.sock"),
                (socket.AF_UNIX, socket.SOCK_STREAM, "/run/docker.sock"), (socket.AF_INET, socket.SOCK_DGRAM, ("8.8.8.8", 53))]:
            try:
                s = socket.socket(family, kind); s.settimeout(2); s.connect(address); s.send(b"x"); print("reached", address)
            except OSError: pass
        try:
            socket.socket(socket.AF_INET, socket.SOCK_DGRAM).sendto(b"x", ("127.0.0.1", udp))
        except OSError: pass
        for name in ("localhost.localdomain", "example.com", "metadata.google.internal"):
            try:
                print("resolved", socket.getaddrinfo(name, 80))
            except OSError: pass
        for family, kind in ((socket.AF_PACKET, socket.SOCK_RAW), (socket.AF_INET, socket.SOCK_RAW), (40, socket.SOCK_STREAM)):
            try:
                socket.socket(family, kind); print("made", family, kind)
            except OSError: pass
        print("done")
        """)
      #expect(lines == ["done"], "\(report)")
      try await host.send(Array("count\n".utf8))
      #expect(await line(host) == "0", "somebody reached the host")
    }
  }

  @Test(arguments: RealSandbox.User.everybody)
  func `what only an administrator may do is refused by the kernel`(user: RealSandbox.User) async throws {
    let sandbox = try await RealSandbox.required(user)
    // By number, because the C library has no function for many of them (x86_64 and aarch64).
    let (lines, report) = try await sandbox.python(
      """
      import ctypes, errno, platform, os
      libc = ctypes.CDLL(None, use_errno=True)
      x86 = platform.machine() == "x86_64"
      calls = {"ptrace": (101, 117), "mount": (165, 40), "umount2": (166, 39), "pivot_root": (155, 41), "chroot": (161, 51),
        "unshare": (272, 97), "setns": (308, 268), "init_module": (175, 105), "finit_module": (313, 273),
        "delete_module": (176, 106), "kexec_load": (246, 104), "reboot": (169, 142), "swapon": (167, 224),
        "swapoff": (168, 225), "sethostname": (170, 161), "settimeofday": (164, 170), "clock_settime": (227, 112),
        "bpf": (321, 280), "perf_event_open": (298, 241), "keyctl": (250, 219), "add_key": (248, 217),
        "io_uring_setup": (425, 425), "userfaultfd": (323, 282), "process_vm_readv": (310, 270),
        "process_vm_writev": (311, 271), "open_by_handle_at": (304, 265), "name_to_handle_at": (303, 264),
        "acct": (163, 89), "quotactl": (179, 60), "fsopen": (430, 430), "fsmount": (432, 432), "open_tree": (428, 428),
        "move_mount": (429, 429), "mount_setattr": (442, 442), "kcmp": (312, 272), "syslog": (103, 116),
        "pidfd_getfd": (438, 438), "clone3": (435, 435), "fanotify_init": (300, 262), "vhangup": (153, 58)}
      for name, numbers in calls.items():
          ctypes.set_errno(0)
          if libc.syscall(numbers[0 if x86 else 1], 0, 0, 0, 0, 0) >= 0: print("allowed", name)
          elif ctypes.get_errno() not in (errno.EPERM, errno.ENOSYS): print(name, errno.errorcode[ctypes.get_errno()])
      for what, action in {"device": lambda: os.mknod("/tmp/disk", 0o600 | 0o060000, os.makedev(8, 0)),
                           "namespace": lambda: os.unshare(0x10000000) if hasattr(os, "unshare") else libc_fail(),
                           "root": lambda: os.setuid(0) if os.getuid() else libc_fail(),
                           "nice": lambda: os.setpriority(os.PRIO_PROCESS, 0, -10)}.items():
          try:
              action(); print("could", what)
          except (OSError, NameError): pass
      print("done")
      """)
    #expect(lines == ["done"], "\(report)")
    #expect(report.status == .exited(0))
  }

  @Test(arguments: RealSandbox.User.everybody)
  func `processes outside cannot be signalled, and none of its own stays`(user: RealSandbox.User) async throws {
    let sandbox = try await RealSandbox.required(user)
    let token = "serin-escape-\(SecureRandom.hex(bytes: 6))"
    let sleeper = Command(
      executable: "python3", arguments: ["-c", "print(1, flush=True); import sys; sys.stdin.read()", token],
      environment: .inherit)
    try await SubprocessRunner().withSession(sleeper) { sleeper in
      #expect(await line(sleeper) == "1")
      let (lines, report) = try await sandbox.run("") {
        $0.arguments = [
          "python3", "-c",
          """
          import os, signal, time
          for pid in [\(sleeper.pid), os.getppid(), -\(sleeper.pid)] + list(range(2, 5000)):
              try:
                  if pid > 0: os.kill(pid, signal.SIGKILL); print("killed", pid)
              except OSError: pass
          read, write = os.pipe()
          if os.fork() == 0:
              os.setsid()
              if os.fork() == 0:
                  for number in range(1, 32):
                      try: signal.signal(number, signal.SIG_IGN)
                      except (OSError, ValueError): pass
                  os.write(write, b"x")
                  for number in range(0, 64):
                      try: os.close(number)
                      except OSError: pass
                  time.sleep(600)
              os._exit(0)
          os.read(read, 1)
          print("left one behind")
          """, token,
        ]
      }
      #expect(lines == ["left one behind"], "\(report)")
      #expect(report.status == .exited(0))
      #expect(report.leftBehind == nil)
      let still = HostProcesses.named(token)
      #expect(still == [Int(sleeper.pid)], "what is still there: \(still)")
      await sleeper.closeInput()
      #expect(await sleeper.wait(timeout: .seconds(20)) == .exited(0), "the host's process was harmed")
    }
    #expect(try sandbox.leftovers.isEmpty)
  }

  /// The next line of a process.
  private func line(_ session: any ProcessSession) async -> String? {
    guard case .line(let bytes) = await session.nextLine(limit: 1 << 16, timeout: .seconds(60)) else { return nil }
    return String(decoding: bytes, as: UTF8.self)
  }
}
