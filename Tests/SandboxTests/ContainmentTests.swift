import Platform
import Releases
import Sandbox
import SystemPackage
import TestSupport
import Testing

/// Plugins in real containers that try what they must not be able to do.
@Suite(.enabled("needs an OCI runtime that works here") { await RealSandbox.works() })
struct ContainmentTests {
  @Test func `a plugin is an ordinary user without any privilege`() async throws {
    let sandbox = try await RealSandbox()
    let identity = try await sandbox.runner.probe.best(for: .container).identity
    let (lines, report) = try await sandbox.run(
      "id -u; grep -E '^(Cap|NoNewPrivs|Seccomp:)' /proc/self/status | tr -d '\\t'")
    #expect(report.status == .exited(0))
    #expect(lines.first == String(identity.user))
    let none = "0000000000000000"
    #expect(
      lines.dropFirst() == [
        "CapInh:\(none)", "CapPrm:\(none)", "CapEff:\(none)", "CapBnd:\(none)", "CapAmb:\(none)", "NoNewPrivs:1",
        "Seccomp:2",
      ])
  }

  @Test func `a plugin writes nowhere but in its state and its temporary folder`() async throws {
    let sandbox = try await RealSandbox()
    let (lines, _) = try await sandbox.run(
      """
      for place in / /usr /usr/bin /etc /plugin /bin /proc/sys/kernel /dev /home /root /var; do
        (echo x > $place/intruder) 2>/dev/null && echo "wrote $place"
      done
      (echo x > /proc/sys/kernel/hostname) 2>/dev/null && echo "changed the kernel"
      echo mine > /state/kept && echo temporary > /tmp/x && cat /state/kept
      """)
    #expect(lines == ["mine"])
    #expect(try sandbox.scratch.text("state/kept") == "mine\n")
    #expect(try LocalFileSystem().list(sandbox.tree).isEmpty)
  }

  @Test func `what a plugin writes belongs to the invoking user`() async throws {
    let sandbox = try await RealSandbox()
    _ = try await sandbox.run("mkdir /state/folder; echo x > /state/folder/file")
    let status = try LocalFileSystem().status(sandbox.state.appending("folder/file"))
    #expect(status?.owner == UserAccount.current.uid)
  }

  @Test func `nothing of the host is visible but programs`() async throws {
    let sandbox = try await RealSandbox()
    try sandbox.scratch.write("secret", to: "serin/secret")
    let (lines, _) = try await sandbox.run(
      """
      ls / | tr '\\n' ' '; echo
      ls /home /root /var /run /sys \(sandbox.scratch.path) /etc/shadow /etc/ssh 2>/dev/null
      ls /etc | tr '\\n' ' '; echo
      ls /dev | tr '\\n' ' '; echo
      hostname
      """)
    let top = Set(lines.first?.split(separator: " ").map(String.init) ?? [])
    #expect(
      top.isSubset(of: [
        "bin", "dev", "etc", "lib", "lib32", "lib64", "libx32", "plugin", "proc", "sbin", "state", "tmp", "usr",
      ]))
    #expect(lines.count == 4)
    let etc = Set(lines.dropFirst().first?.split(separator: " ").map(String.init) ?? [])
    #expect(etc.isSubset(of: ["alternatives", "group", "hostname", "hosts", "ld.so.cache", "nsswitch.conf", "passwd"]))
    let devices = Set(lines.dropFirst(2).first?.split(separator: " ").map(String.init) ?? [])
    #expect(
      devices.isSubset(of: [
        "core", "fd", "full", "null", "ptmx", "pts", "random", "shm", "stderr", "stdin", "stdout", "tty", "urandom",
        "zero",
      ]))
    #expect(lines.last == "plugin")
  }

  @Test func `a plugin sees its own processes only`() async throws {
    let sandbox = try await RealSandbox()
    let (lines, _) = try await sandbox.run("echo $$; ls -d /proc/[0-9]* | wc -l")
    #expect(lines.first == "1")
    #expect((lines.last.flatMap { Int($0) } ?? 100) <= 4)
  }

  @Test func `there is no network, by name, by address, or through the kernel`() async throws {
    let sandbox = try await RealSandbox()
    let (lines, _) = try await sandbox.python(
      """
      import socket, os
      for family, address in [(socket.AF_INET, ("93.184.216.34", 80)), (socket.AF_INET, ("127.0.0.1", 22)),
                              (socket.AF_INET6, ("2606:2800:220:1::1", 80)), (socket.AF_UNIX, "/run/docker.sock")]:
          try:
              s = socket.socket(family); s.settimeout(2); s.connect(address); print("connected", address)
          except OSError as e:
              print("refused")
      try:
          print("resolved", socket.getaddrinfo("example.com", 80))
      except OSError:
          print("unresolved")
      try:
          socket.socket(socket.AF_PACKET, socket.SOCK_RAW); print("raw")
      except OSError:
          print("no raw sockets")
      print(sorted(name for _, name in socket.if_nameindex()))
      """)
    #expect(lines == ["refused", "refused", "refused", "refused", "unresolved", "no raw sockets", "['lo']"])
  }

  @Test func `dangerous system calls fail`() async throws {
    let sandbox = try await RealSandbox()
    let (lines, report) = try await sandbox.python(
      """
      import ctypes, errno
      libc = ctypes.CDLL(None, use_errno=True)
      def call(name, *arguments):
          ctypes.set_errno(0)
          result = getattr(libc, name)(*arguments)
          print(name, "worked" if result >= 0 else errno.errorcode[ctypes.get_errno()])
      call("unshare", 0x10000000)
      call("unshare", 0x00020000)
      call("mount", b"none", b"/tmp", b"tmpfs", 0, None)
      call("ptrace", 0, 0, 0, 0)
      call("setns", 0, 0)
      call("chroot", b"/tmp")
      call("keyctl" if hasattr(libc, "keyctl") else "unshare", 0x40000000)
      call("clone", None, None, 0x10000000 | 17, None)
      call("setuid", 0 if libc.getuid() != 0 else 5)
      """)
    #expect(report.status == .exited(0))
    #expect(lines.count == 9)
    #expect(!lines.contains { $0.contains("worked") }, "\(lines)")
  }

  @Test func `protected paths below a readable folder are hidden`() async throws {
    var sandbox = try await RealSandbox()
    let scratch = sandbox.scratch
    try scratch.write("key", to: "home/.ssh/key")
    try scratch.write("note", to: "home/notes/today")
    var surroundings = sandbox.runner.surroundings
    surroundings.protected = ProtectedPath.list(home: scratch / "home", environment: [:], ownFolders: [])
    sandbox = try RealSandbox(sandbox, surroundings)
    let (lines, _) = try await sandbox.run("cat \(scratch.path)/home/notes/today; ls -A \(scratch.path)/home/.ssh") {
      $0.read = [(scratch / "home").string]
    }
    #expect(lines == ["note"])
  }

  @Test func `declared paths are read-only or writable as declared, and never executable when writable`() async throws {
    let sandbox = try await RealSandbox()
    try sandbox.scratch.write("in", to: "read/file")
    try sandbox.scratch.write("in", to: "write/file")
    let (lines, _) = try await sandbox.run(
      """
      cd \(sandbox.scratch.path)
      cat read/file write/file; echo
      (echo x > read/other) 2>/dev/null && echo "wrote read"
      echo '#!/bin/sh' > write/run && chmod 755 write/run
      ./write/run 2>/dev/null && echo executed
      cp /bin/true /state/true && /state/true 2>/dev/null && echo executed
      true
      """
    ) {
      $0.read = [(sandbox.scratch / "read").string]
      $0.write.append((sandbox.scratch / "write").string)
    }
    #expect(lines == ["inin"])
    #expect(try LocalFileSystem().exists(sandbox.scratch / "write/run"))
  }

  @Test func `the environment is what was planned and nothing else`() async throws {
    let sandbox = try await RealSandbox()
    let (lines, _) = try await sandbox.run("") { $0.arguments = ["/usr/bin/env"] }
    #expect(
      lines.sorted() == [
        "HOME=/state", "HOSTNAME=plugin", "LANG=C.UTF-8", "PATH=/usr/local/bin:/usr/bin:/bin", "TMPDIR=/tmp", "TZ=UTC",
      ])
  }
}

extension RealSandbox {
  /// The same sandbox in other surroundings.
  init(_ other: RealSandbox, _ surroundings: Surroundings) throws {
    scratch = other.scratch
    tree = other.tree
    state = other.state
    runner = try SandboxRunner(machine: .live, surroundings: surroundings, workFolder: scratch / "work")
  }
}
