import Releases
import Sandbox
import Testing

/// A runtime that leaves something out is not used.
@Suite struct TrialTests {
  private static let good = """
    Name:\tcat
    CapInh:\t0000000000000000
    CapPrm:\t0000000000000000
    CapEff:\t0000000000000000
    CapBnd:\t0000000000000000
    CapAmb:\t0000000000000000
    NoNewPrivs:\t1
    Seccomp:\t2
    Seccomp_filters:\t1
    65 43 254:0 /root / ro,relatime - ext4 /dev/vda rw
    66 65 254:0 /usr /usr ro,nosuid,nodev,relatime - ext4 /dev/vda rw
    67 65 0:42 / /tmp rw,nosuid,nodev,noexec,relatime - tmpfs tmpfs rw
    68 65 254:0 /e /plugin ro,nosuid,nodev,relatime - ext4 /dev/vda rw
    69 65 254:0 /e /state rw,nosuid,nodev,noexec,relatime - ext4 /dev/vda rw
    Inter-|   Receive                                                |  Transmit
     face |bytes    packets errs drop fifo frame compressed multicast|bytes    packets errs drop
        lo:       0       0    0    0    0     0          0         0        0       0    0    0
    """

  @Test func `a runtime that keeps everything is used`() {
    #expect(RuntimeTrial.complaint(about: Self.good, level: .container) == nil)
  }

  @Test func `a network counts only where the proxy listens inside`() {
    let heads = "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode\n"
    let listening = "   0: 0100007F:0C7F 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 2293"
    let connected = "   0: 0100007F:0C7F 0100007F:A001 01 00000000:00000000 00:00000000 00000000     0        0 2293"
    func complaint(_ line: String) -> String? {
      RuntimeTrial.complaint(
        about: Self.good.replacing("Inter-|", with: heads + line + "\nInter-|"), level: .container, network: true)
    }
    #expect(complaint(listening) == nil)
    #expect(complaint(connected) == "the egress proxy cannot listen in it")
    #expect(complaint("") == "the egress proxy cannot listen in it")
  }

  @Test(arguments: [
    ("CapEff:\t0000000000000000", "CapEff:\t0000000000000001", "it leaves capabilities to the plugin (CapEff)"),
    ("CapBnd:\t0000000000000000\n", "", "it leaves capabilities to the plugin (CapBnd)"),
    ("NoNewPrivs:\t1", "NoNewPrivs:\t0", "it lets the plugin gain privileges (no_new_privs is not set)"),
    ("Seccomp:\t2", "Seccomp:\t0", "it does not filter system calls (built without seccomp?)"),
    ("/ ro,", "/ rw,", "it mounts / without ro"), ("/plugin ro,", "/plugin rw,", "it mounts /plugin without ro"),
    ("/state rw,nosuid,nodev,noexec", "/state rw,nosuid,nodev", "it mounts /state without noexec"),
    ("/tmp rw", "/temp rw", "it does not mount /tmp"), ("    lo:", "  eth0:", "it leaves a network device"),
  ])
  func `a runtime that leaves something out is not used`(here: String, instead: String, complaint: String) {
    let output = Self.good.replacing(here, with: instead)
    #expect(output != Self.good)
    #expect(RuntimeTrial.complaint(about: output, level: .container) == complaint)
  }

  @Test func `what prints nothing is not used`() {
    #expect(RuntimeTrial.complaint(about: "", level: .container) != nil)
  }

  @Test func `a kernel of its own is not measured by ours`() {
    #expect(RuntimeTrial.complaint(about: "", level: .vm) == nil)
  }
}
