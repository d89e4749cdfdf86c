package import Platform

/// Who makes a plugin keep one of its limits.
package enum Enforcement: String, Hashable, Sendable, CaseIterable {
  /// The kernel, by a control group over all processes of the plugin.
  case cgroup
  /// The kernel, for each process of the plugin.
  case rlimit
  /// The kernel, by the size of a mount.
  case mount
  /// Serin, by looking ten times a second and ending the plugin.
  case supervised
  /// Nobody.
  case none
}

/// How one limit is kept in one sandbox.
package struct LimitEnforcement: Hashable, Sendable {
  /// The limit as permissions name it: memory, cpus, pids, files, tmp.
  package let name: String
  /// The limit in words: "256 MiB", "32 processes".
  package let value: String
  /// Who keeps it.
  package let enforced: Enforcement

  /// Makes an entry.
  package init(name: String, value: String, enforced: Enforcement) {
    self.name = name
    self.value = value
    self.enforced = enforced
  }

  /// One sentence for a person.
  package var sentence: String {
    switch enforced {
    case .cgroup: "\(name) \(value): kept by the kernel for the whole plugin (cgroup)"
    case .rlimit: "\(name) \(value): kept by the kernel for each process (rlimit)"
    case .mount: "\(name) \(value): kept by the kernel (size of the mount)"
    case .supervised: "\(name) \(value): watched by Serin, because no cgroup can be written here"
    case .none: "\(name) \(value): not limited here, because no cgroup can be written"
    }
  }
}

/// What a plugin uses at one moment, all its processes together.
package struct SandboxUsage: Hashable, Sendable {
  /// Memory that is not file cache, in bytes.
  package var memory: Int64 = 0
  /// Processor time since the start.
  package var processorTime: Duration = .zero
  /// Processes and threads.
  package var processes: Int = 0
  /// The most memory so far in bytes; file cache counts where a cgroup measured it.
  package var peakMemory: Int64 = 0
  /// The most processes and threads so far; nil where nobody counts.
  package var peakProcesses: Int?
  /// How often a new process or thread was refused; nil where nobody counts.
  package var processesRefused: Int?
  /// How often the plugin hit its memory limit; nil where nobody counts.
  package var memoryLimitHits: Int?
  /// How many processes the kernel ended for want of memory; nil where nobody counts.
  package var outOfMemoryKills: Int?
  /// How long the plugin had to wait because its share of the processor was used up; nil where nobody counts.
  package var throttledTime: Duration?

  /// Nothing used yet.
  package init() {}
}

/// What is known about a sandbox after its end.
package struct SandboxReport: Hashable, Sendable {
  /// How the plugin's first process ended; nil when Serin ended it before it could.
  package let status: ProcessStatus?
  /// Whether the plugin was ended because of its memory limit.
  package let outOfMemory: Bool
  /// Which limit made Serin end the plugin where no cgroup does it.
  package let endedFor: String?
  /// The last measurement; nil when the plugin ended before any could be taken.
  package let usage: SandboxUsage?
  /// Which users the plugin had inside and outside.
  package let identity: SandboxIdentity
  /// How each limit was kept.
  package let limits: [LimitEnforcement]
  /// What the runtime itself complained about: the plugin did not even start.
  package let runtimeError: String?
  /// Why things may have been left behind; nil when the sandbox is gone without a trace.
  package let leftBehind: String?
  /// What the plugin did that its answers do not show, where it was observed.
  package let events: [SandboxEvent]
  /// How many more events found no place among `events`.
  package let eventsNotKept: Int
  /// What became of its network; nil for a plugin that declares none.
  package let network: EgressReport?

  /// Makes a report from its parts.
  package init(
    status: ProcessStatus?, outOfMemory: Bool, endedFor: String?, usage: SandboxUsage?,
    identity: SandboxIdentity, limits: [LimitEnforcement], runtimeError: String?, leftBehind: String?,
    events: [SandboxEvent] = [], eventsNotKept: Int = 0,
    network: EgressReport? = nil
  ) {
    self.status = status
    self.outOfMemory = outOfMemory
    self.endedFor = endedFor
    self.usage = usage
    self.identity = identity
    self.limits = limits
    self.runtimeError = runtimeError
    self.leftBehind = leftBehind
    self.events = events
    self.eventsNotKept = eventsNotKept
    self.network = network
  }
}
