import Sandbox
import StrictJSON
import SystemPackage
import TestSupport
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
    "read", "write", "openat", "futex", "execve", "mmap", "epoll_wait", "clock_gettime", "getrandom",
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

  @Test func `sockets are local, TCP or UDP, or ask for the routes of the machine`() {
    let allowed = rules(for: "socket").map { rule in
      rule["args"]?.arrayValue?.compactMap { $0["value"]?.intValue } ?? []
    }
    #expect(Set(allowed) == [[1], [16, 0], [2, 0], [2, 6], [2, 17], [10, 0], [10, 6], [10, 17]])
    #expect(rules(for: "socket").allSatisfy { $0["action"] == "SCMP_ACT_ALLOW" })
    let pairs = rules(for: "socketpair")
    #expect(pairs.count == 1)
    #expect(pairs.first?["args"]?.arrayValue?.first?["value"] == 1)
  }

  /// Whether some rule lets an `ioctl` with this request through, by libseccomp's own reading of the conditions.
  private func allows(_ request: UInt64) -> Bool {
    rules(for: "ioctl").contains { rule in
      rule["action"] == "SCMP_ACT_ALLOW"
        && rule["args"]?.arrayValue?.allSatisfy { condition in
          guard let mask = condition["value"]?.intValue, let value = condition["valueTwo"]?.intValue else {
            return false
          }
          return request & UInt64(mask) == UInt64(value)
        } == true
    }
  }

  @Test func `nobody types into a terminal, whatever lies above the number of the call`() {
    for number: UInt64 in [0x5412, 0x541c] {
      #expect(!allows(number))
      #expect(!allows(number | 1 << 32))
      #expect(!allows(number | 0xffff_ffff << 32))
    }
  }

  @Test(arguments: 0..<64 as Range<UInt64>)
  func `every other call on a device goes through`(seed: UInt64) {
    var random = SplitMix64(seed: seed)
    // Near the two that are refused, and anywhere.
    let numbers: [UInt64] = [
      0x5400 + seed, UInt64.random(in: 0...0xffff_ffff, using: &random), UInt64(0x5412) ^ (UInt64(1) << (seed % 32)),
    ]
    for number in numbers where number & 0xffff_ffff != 0x5412 && number & 0xffff_ffff != 0x541c {
      #expect(allows(number), "\(number)")
    }
  }

  @Test(arguments: [Observation.touches, .everything])
  func `with a listener the same calls are allowed and refused`(observation: Observation) throws {
    var plan = try Fixtures.plan()
    plan.observation = observation
    let observed = RuntimeConfiguration(
      plan: plan, runtime: Fixtures.runtime(), surroundings: Fixtures.surroundings(), identifier: "serin-1-2-3",
      listener: "/run/calls"
    ).json["linux"]?["seccomp"]
    #expect(observed?["listenerPath"] == "/run/calls")
    #expect(observed?["defaultAction"] == "SCMP_ACT_ERRNO")
    func names(_ filter: JSON?, _ action: String) -> Set<String> {
      Set(
        filter?["syscalls"]?.arrayValue?.filter { $0["action"]?.stringValue == action }.flatMap {
          $0["names"]?.texts ?? []
        } ?? [])
    }
    let allowed = names(filter, "SCMP_ACT_ALLOW")
    let asked = names(observed, "SCMP_ACT_NOTIFY")
    #expect(allowed.subtracting(names(observed, "SCMP_ACT_ALLOW")).subtracting(asked).isEmpty)
    #expect(names(observed, "SCMP_ACT_ALLOW").subtracting(allowed).isEmpty)
    #expect(asked.isSuperset(of: ["connect", "execve", "openat", "ptrace", "mount", "io_uring_setup"]))
    #expect(!asked.contains("write"), "runc hands its listener over with it")
    #expect(asked.contains("newfstatat") == (observation == .everything))
    #expect(names(filter, "SCMP_ACT_NOTIFY").isEmpty)
    #expect(filter["listenerPath"] == nil)
  }

  @Test func `no name is listed twice`() {
    let names = rules.first?["names"]?.texts ?? []
    #expect(names.count > 250)
    #expect(Set(names).count == names.count)
  }
}
