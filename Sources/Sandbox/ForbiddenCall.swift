import Platform

/// What a refused system call was, in words.
enum ForbiddenCall {
  /// The name of the call, with what made it forbidden where only some arguments do.
  static func description(of call: ObservedCall) -> String {
    switch call.name {
    case "socket", "socketpair": "\(call.name) \(family(call[0])), protocol \(call[2])"
    case "clone": "clone with new namespaces"
    case "ioctl": "ioctl \(terminalCalls[UInt32(truncatingIfNeeded: call[1])] ?? String(call[1]))"
    default: call.name
    }
  }

  /// Calls on a terminal by which a program types or pastes what its user did not.
  private static let terminalCalls: [UInt32: String] = [
    SeccompSyscalls.terminalInput: "TIOCSTI", SeccompSyscalls.terminalSelection: "TIOCLINUX",
  ]

  private static func family(_ number: UInt64) -> String { families[number] ?? "family \(number)" }

  private static let families: [UInt64: String] = [
    1: "AF_UNIX", 2: "AF_INET", 4: "AF_IPX", 9: "AF_X25", 10: "AF_INET6", 15: "AF_KEY", 16: "AF_NETLINK",
    17: "AF_PACKET", 21: "AF_RDS", 29: "AF_CAN", 30: "AF_TIPC", 31: "AF_BLUETOOTH", 35: "AF_PHONET", 38: "AF_ALG",
    39: "AF_NFC", 40: "AF_VSOCK", 41: "AF_KCM", 42: "AF_QIPCRTR", 43: "AF_SMC", 44: "AF_XDP", 45: "AF_MCTP",
  ]
}
