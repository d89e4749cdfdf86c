import Sandbox
import StrictJSON
import Testing

/// The seccomp filter lets through what is listed and nothing else.
@Suite struct SeccompTests {
  private static let configuration = Result { try Fixtures.configuration() }
  private let filter: JSON

  init() throws { filter = try #require(try Self.configuration.get()["linux"]?["seccomp"]) }

  private var rules: [JSON] { filter["syscalls"]?.arrayValue ?? [] }

  private func rules(for call: String) -> [JSON] {
    rules.filter { $0["names"]?.texts.contains(call) == true }
  }

  @Test func `what is not listed fails`() {
    #expect(filter["defaultAction"] == "SCMP_ACT_ERRNO")
    #expect(filter["architectures"]?.texts.count == 1, "foreign instruction sets would bring other call numbers")
  }

  @Test(arguments: [
    "ptrace", "process_vm_readv", "process_vm_writev", "mount", "umount2", "move_mount", "open_tree", "fsopen",
    "pivot_root", "chroot", "unshare", "setns", "keyctl", "add_key", "request_key", "bpf", "userfaultfd",
    "perf_event_open", "kexec_load", "kexec_file_load", "init_module", "finit_module", "delete_module", "reboot",
    "swapon", "swapoff", "settimeofday", "clock_settime", "clock_adjtime", "adjtimex", "open_by_handle_at",
    "name_to_handle_at", "iopl", "ioperm", "syslog", "acct", "quotactl", "io_uring_setup", "io_uring_enter",
    "pidfd_getfd", "kcmp", "lookup_dcookie", "vhangup", "fanotify_init", "move_pages", "mbind", "set_mempolicy",
    "sethostname", "setdomainname", "nfsservctl", "modify_ldt", "mount_setattr",
  ])
  func `no plugin may call`(dangerous: String) {
    #expect(rules(for: dangerous).isEmpty)
  }

  @Test(arguments: [
    "read", "write", "openat", "futex", "execve", "mmap", "epoll_wait", "clock_gettime", "getrandom", "ioctl",
  ])
  func `every plugin may call`(harmless: String) {
    let found = rules(for: harmless)
    #expect(found.count == 1)
    #expect(found.first?["action"] == "SCMP_ACT_ALLOW")
    #expect(found.first?["args"] == nil)
  }

  @Test func `clone is allowed without a flag for a new namespace only`() throws {
    let rule = try #require(rules(for: "clone").first)
    #expect(rules(for: "clone").count == 1)
    #expect(
      rule["args"] == [["index": 0, "value": 0x7e02_0000, "valueTwo": 0, "op": "SCMP_CMP_MASKED_EQ"]])
  }

  @Test func `clone3 does not exist, because its flags cannot be looked at`() throws {
    let rule = try #require(rules(for: "clone3").first)
    #expect(rule["action"] == "SCMP_ACT_ERRNO")
    #expect(rule["errnoRet"] == 38)
  }

  @Test func `sockets are local, IPv4, IPv6 or netlink`() {
    let families = rules(for: "socket").compactMap { $0["args"]?.arrayValue?.first?["value"]?.intValue }
    #expect(families == [1, 2, 10, 16])
  }

  @Test func `no name is listed twice`() {
    let names = rules.first?["names"]?.texts ?? []
    #expect(names.count > 250)
    #expect(Set(names).count == names.count)
  }
}
