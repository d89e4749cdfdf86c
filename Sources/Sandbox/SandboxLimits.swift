/// The limits of one sandbox.
package struct SandboxLimits: Hashable, Sendable {
  /// Memory of all processes together, in bytes.
  package var memory: Int64
  /// Processors' worth of time: 0.5 is half of one.
  package var cpus: Double
  /// Processes and threads together.
  package var pids: Int
  /// Open files of each process.
  package var files: Int
  /// The size of `/tmp` in bytes.
  package var tmp: Int64

  /// Makes limits.
  package init(memory: Int64, cpus: Double, pids: Int, files: Int, tmp: Int64) {
    self.memory = memory
    self.cpus = cpus
    self.pids = pids
    self.files = files
    self.tmp = tmp
  }

  /// The largest single file that a plugin may write, in bytes.
  static let largestFile: Int64 = 1 << 30
  /// The size of `/dev/shm`, which some languages need for locks, in bytes.
  static let sharedMemory: Int64 = 4 << 20
  /// The length of one turn of the processor in microseconds (cgroup `cpu.max`).
  static let processorPeriod: Int64 = 100_000
  /// The shortest share of a turn that the kernel takes, in microseconds.
  static let shortestQuota: Int64 = 1_000

  /// The share of each turn in microseconds.
  var processorQuota: Int64 {
    let wanted = cpus * Double(Self.processorPeriod)
    return max(Self.shortestQuota, Int64(exactly: wanted.rounded()) ?? Self.processorPeriod)
  }

  /// The size of `/tmp` as a mount option: 0 would mean no limit at all, so one page is the least.
  var temporarySize: Int64 { max(tmp, 4096) }

  /// Private writable memory of one process where only rlimits hold it, in bytes: threads and interpreters reserve more
  /// than they use, so this is generous and only stops a runaway between two looks.
  var dataSize: Int64 { min(memory, 1 << 40) * 2 + (256 << 20) }
}

extension SandboxLimits {
  /// Who keeps each limit with this runtime in these surroundings.
  package func enforcement(by runtime: SandboxRuntime, in surroundings: Surroundings) -> [LimitEnforcement] {
    let kernel = runtime.limitKeeper.usesControlGroups
    let counts = surroundings.countsProcessesPerSandbox
    return [
      LimitEnforcement(
        name: "memory", value: Self.size(memory), enforced: kernel ? .cgroup : .supervised),
      LimitEnforcement(name: "cpus", value: Self.number(cpus), enforced: kernel ? .cgroup : .none),
      LimitEnforcement(
        name: "pids", value: String(pids), enforced: kernel ? .cgroup : counts ? .rlimit : .supervised),
      LimitEnforcement(name: "files", value: String(files), enforced: .rlimit),
      LimitEnforcement(name: "tmp", value: Self.size(tmp), enforced: .mount),
    ]
  }

  /// A number of bytes in the largest unit that needs no fraction.
  static func size(_ bytes: Int64) -> String {
    for (shift, unit) in [(30, "GiB"), (20, "MiB"), (10, "KiB")] where bytes != 0 && bytes % (1 << shift) == 0 {
      return "\(bytes >> shift) \(unit)"
    }
    return "\(bytes) bytes"
  }

  private static func number(_ value: Double) -> String {
    let text = String(value)
    return text.hasSuffix(".0") ? String(text.dropLast(2)) : text
  }
}
