import StrictJSON
import SystemPackage

/// The seccomp filter of every sandbox, as the OCI runtime specification writes it.
///
/// With somebody who listens, the same calls are allowed and refused; the listener is asked about some of them first.
struct SeccompProfile: Hashable, Sendable {
  /// How closely the sandbox is looked at.
  let observation: Observation
  /// The socket at which the listener waits for the runtime; nil when nobody does.
  let listener: FilePath?
  /// Whether the kernel counts all memory of the sandbox; where only processes are counted, no memory may be had that
  /// belongs to none.
  let countsMemory: Bool

  /// A filter; without a listener nothing is observed.
  init(observation: Observation = .none, listener: FilePath? = nil, countsMemory: Bool = true) {
    self.countsMemory = countsMemory
    self.observation = listener == nil ? .none : observation
    self.listener = listener
  }

  /// The names that OCI gives to this machine's instruction set, as libseccomp writes them.
  static var architectures: [String] {
    #if arch(arm64)
      ["SCMP_ARCH_AARCH64"]
    #elseif arch(riscv64)
      ["SCMP_ARCH_RISCV64"]
    #else
      ["SCMP_ARCH_X86_64"]
    #endif
  }

  /// The `linux.seccomp` object: everything that is not listed fails with EPERM.
  var json: JSON {
    var object = JSON.Object([
      ("defaultAction", "SCMP_ACT_ERRNO"),
      ("architectures", .array(Self.architectures.map(JSON.string))),
      ("syscalls", .array(rules)),
    ])
    if let listener { object.set("listenerPath", .string(listener.string)) }
    return .object(object)
  }

  private var rules: [JSON] {
    var rules = [Self.rule(allowedNames)]
    // One rule per value: libseccomp joins the conditions of one rule with "and".
    rules += SeccompSyscalls.sockets.map { Self.rule(["socket"], conditions: $0) }
    rules.append(Self.rule(["socketpair"], conditions: [.equal(0, SeccompSyscalls.unixFamily)]))
    rules += SeccompSyscalls.personalities.map { Self.rule(["personality"], conditions: [.equal(0, $0)]) }
    rules.append(Self.rule(["clone"], conditions: [.masked(0, mask: SeccompSyscalls.namespaceFlags, value: 0)]))
    rules += SeccompSyscalls.harmlessTerminalCalls.map { Self.rule(["ioctl"], conditions: [$0]) }
    let noSuchCall: JSON = 38
    rules.append([
      "names": .array((SeccompSyscalls.unknownToPlugins + uncounted).map(JSON.string)), "action": "SCMP_ACT_ERRNO",
      "errnoRet": noSuchCall,
    ])
    if observation != .none { rules += questions }
    return rules
  }

  /// What is allowed without a question.
  private var allowedNames: [String] {
    let allowed = SeccompSyscalls.allowed.filter { !uncounted.contains($0) }
    guard observation != .none else { return allowed }
    var asked = SeccompCalls.observed.union(SeccompCalls.conditional)
    if observation == .everything { asked.formUnion(SeccompCalls.lookups) }
    return allowed.filter { !asked.contains($0) }
  }

  private var uncounted: [String] { countsMemory ? [] : SeccompSyscalls.ofNoProcess }

  /// What the listener is asked about: calls that may go on, and calls that are refused whatever it answers.
  private var questions: [JSON] {
    var asked = SeccompCalls.observed
    var rules: [JSON] = []
    if observation == .everything {
      let withFlags = SeccompCalls.lookupsWithFlags
      asked.formUnion(SeccompCalls.lookups.subtracting(withFlags.map(\.name)))
      for (name, flags) in withFlags {
        let emptyPath = SeccompSyscalls.emptyPathFlag
        rules.append(Self.rule([name], conditions: [.masked(flags, mask: emptyPath, value: emptyPath)]))
        rules.append(Self.rule([name], "NOTIFY", conditions: [.masked(flags, mask: emptyPath, value: 0)]))
      }
    }
    rules.append(Self.rule(asked.sorted() + SeccompCalls.reported, "NOTIFY"))
    // Of what is sent without an address, only what may be the C library's question for a name is of interest.
    let noSignal = SeccompSyscalls.noSignalFlag
    rules.append(Self.rule(["sendto"], conditions: [.equal(4, 0), .unequal(3, noSignal)]))
    rules.append(Self.rule(["sendto"], "NOTIFY", conditions: [.equal(4, 0), .equal(3, noSignal)]))
    rules.append(Self.rule(["sendto"], "NOTIFY", conditions: [.unequal(4, 0)]))
    rules += SeccompSyscalls.refusedSockets.map { Self.rule(["socket"], "NOTIFY", conditions: $0) }
    rules.append(Self.rule(["socketpair"], "NOTIFY", conditions: [.unequal(0, SeccompSyscalls.unixFamily)]))
    rules += SeccompSyscalls.eachNamespaceFlag.map { flag in
      Self.rule(["clone"], "NOTIFY", conditions: [.masked(0, mask: flag, value: flag)])
    }
    rules += SeccompSyscalls.refusedTerminalCalls.map { Self.rule(["ioctl"], "NOTIFY", conditions: [$0]) }
    return rules
  }

  private static func rule(
    _ names: [String], _ action: String = "ALLOW", conditions: [SeccompCondition] = []
  ) -> JSON {
    var object = JSON.Object([
      ("names", .array(names.map(JSON.string))), ("action", .string("SCMP_ACT_" + action)),
    ])
    if !conditions.isEmpty { object.set("args", .array(conditions.map(\.json))) }
    return .object(object)
  }
}

/// A condition on one argument of a system call.
struct SeccompCondition: Hashable, Sendable {
  private let argument: Int64
  private let comparison: String
  private let value: UInt64
  private let second: UInt64?

  static func equal(_ argument: Int64, _ value: UInt64) -> SeccompCondition {
    SeccompCondition(argument: argument, comparison: "EQ", value: value, second: nil)
  }

  static func unequal(_ argument: Int64, _ value: UInt64) -> SeccompCondition {
    SeccompCondition(argument: argument, comparison: "NE", value: value, second: nil)
  }

  static func greater(_ argument: Int64, _ value: UInt64) -> SeccompCondition {
    SeccompCondition(argument: argument, comparison: "GT", value: value, second: nil)
  }

  /// The bits of the mask have exactly this value.
  static func masked(_ argument: Int64, mask: UInt64, value: UInt64) -> SeccompCondition {
    SeccompCondition(argument: argument, comparison: "MASKED_EQ", value: mask, second: value)
  }

  var json: JSON {
    var object = JSON.Object([
      ("index", .integer(argument)), ("value", .integer(Int64(clamping: value))),
      ("op", .string("SCMP_CMP_" + comparison)),
    ])
    if let second { object.set("valueTwo", .integer(Int64(clamping: second))) }
    return .object(object)
  }
}
