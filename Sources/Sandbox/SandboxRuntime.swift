package import Releases
package import SystemPackage

/// The OCI runtimes that Serin knows, in the order in which they are tried, under the names that permissions use.
package enum RuntimeKind: String, Hashable, Sendable, CaseIterable {
  /// The reference runtime.
  case runc
  /// The runtime in C.
  case crun
  /// gVisor.
  case runsc
  /// Kata Containers.
  case kata

  /// How strongly it separates.
  package var level: RuntimeLevel {
    switch self {
    case .runc, .crun: .container
    case .runsc: .gvisor
    case .kata: .vm
    }
  }

  /// All runtimes in the order in which they are tried for a user.
  ///
  /// `runc run` gives its pipes to user 0 inside, which it can do for root, or where that is the invoking user itself;
  /// crun hands the streams on as they are, so that ordinary users get an ordinary number inside with it.
  package static func inOrder(forRoot isRoot: Bool) -> [RuntimeKind] {
    isRoot ? [.runc, .crun, .runsc, .kata] : [.crun, .runc, .runsc, .kata]
  }

  /// Whether the runtime can start a sandbox with this identity at all.
  func canUse(_ identity: SandboxIdentity) -> Bool {
    self != .runc || identity.ownerIsRoot || identity.user == 0
  }

  /// The name of the program.
  package var program: String { self == .kata ? "kata-runtime" : rawValue }
}

/// Who sets the limits of memory, processor and processes.
package enum LimitKeeper: String, Hashable, Sendable, CaseIterable {
  /// cgroups, made for us by the user's systemd.
  case systemd
  /// cgroups, written by the runtime.
  case cgroupfs
  /// Nobody: rlimits, and Serin watches.
  case none

  /// Whether the kernel counts and stops.
  package var usesControlGroups: Bool { self != .none }
}

/// A runtime that was tried and works here, with the way of calling it that worked.
package struct SandboxRuntime: Hashable, Sendable {
  /// Which runtime.
  package let kind: RuntimeKind
  /// Where its program is.
  package let program: FilePath
  /// The first line of what it says about its version.
  package let version: String
  /// Who sets the limits.
  package let limitKeeper: LimitKeeper
  /// Which users the plugin's process has inside and outside.
  package let identity: SandboxIdentity
  /// Whether `run --keep` leaves the cgroup for reading after the end.
  package let keepsEnded: Bool
  /// Whether Serin can listen inside, so that plugins can be given what `net.allow` names.
  package let carriesNetwork: Bool

  /// Makes a value from what was found.
  package init(
    kind: RuntimeKind, program: FilePath, version: String, limitKeeper: LimitKeeper, identity: SandboxIdentity,
    keepsEnded: Bool, carriesNetwork: Bool = false
  ) {
    self.kind = kind
    self.program = program
    self.version = version
    self.limitKeeper = limitKeeper
    self.identity = identity
    self.keepsEnded = keepsEnded
    self.carriesNetwork = carriesNetwork
  }

  /// The arguments before the verb that every call needs.
  func globalArguments(root: FilePath) -> [String] {
    var arguments = ["--root", root.string]
    if limitKeeper == .systemd { arguments.append("--systemd-cgroup") }
    switch kind {
    case .runc, .kata: break
    case .crun: if limitKeeper == .none { arguments.append("--cgroup-manager=disabled") }
    case .runsc:
      arguments += ["--network=none"]
      if limitKeeper == .none { arguments.append("--ignore-cgroups") }
      if !identity.ownerIsRoot { arguments.append("--rootless") }
    }
    return arguments
  }
}

/// What trying one runtime brought; `serin doctor` shows these.
package struct RuntimeFinding: Hashable, Sendable {
  /// Which runtime was tried.
  package let kind: RuntimeKind
  /// Where its program is; nil when it is not installed.
  package let program: FilePath?
  /// The runtime as it works here; nil when it does not.
  package let runtime: SandboxRuntime?
  /// Why it does not work, or works with less; nil when all is well.
  package let reason: String?

  /// Makes a finding from its parts.
  package init(kind: RuntimeKind, program: FilePath?, runtime: SandboxRuntime?, reason: String?) {
    self.kind = kind
    self.program = program
    self.runtime = runtime
    self.reason = reason
  }

  /// One sentence for a person.
  package var sentence: String {
    if let runtime {
      let limits = runtime.limitKeeper.usesControlGroups ? "with cgroup limits" : "without cgroup limits"
      let network = runtime.carriesNetwork ? "with net.allow" : "without any network for plugins"
      return "\(kind.program) works \(limits) and \(network)" + (reason.map { " (\($0))" } ?? "")
    }
    return "\(kind.program): \(reason ?? "it does not work")"
  }
}
