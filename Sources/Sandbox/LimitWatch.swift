import Platform
import Synchronization

/// Measures a sandbox, remembers the peaks, and ends the plugin over a limit where no cgroup does it.
final class LimitWatch: Sendable {
  /// How often a plugin without cgroup is looked at.
  private static let interval = Duration.milliseconds(100)
  /// How often a plugin is measured whose cgroup is gone as soon as it ends.
  private static let slowInterval = Duration.milliseconds(500)

  private struct Seen {
    var last: SandboxUsage?
    var peakMemory: Int64 = 0
    var peakProcesses = 0
    var endedFor: String?
  }

  private let container: Container
  private let clock: any WallClock
  private let seen = Mutex(Seen())

  init(container: Container, clock: any WallClock) {
    self.container = container
    self.clock = clock
  }

  /// The limit for which the plugin was ended.
  var endedFor: String? { seen.withLock { $0.endedFor } }
  /// The last measurement that succeeded.
  var last: SandboxUsage? { seen.withLock { $0.last } }

  /// Measures now; nil when the plugin does not run.
  func measure() -> SandboxUsage? {
    guard var usage = container.usage() else { return nil }
    seen.withLock { seen in
      if !container.runtime.limitKeeper.usesControlGroups {
        seen.peakMemory = max(seen.peakMemory, usage.memory)
        seen.peakProcesses = max(seen.peakProcesses, usage.processes)
        usage.peakMemory = seen.peakMemory
        usage.peakProcesses = seen.peakProcesses
      }
      seen.last = usage
    }
    return usage
  }

  /// Looks again and again until the task is cancelled; ends the plugin over a limit that nobody else keeps.
  func supervise() async {
    let kept = container.runtime.limitKeeper.usesControlGroups
    let measures = !kept || !container.runtime.keepsEnded
    var disk = container.diskWatch()
    guard measures || disk != nil else { return }
    let limits = container.plan.limits
    while (try? await clock.sleep(for: kept && disk?.isNear != true ? Self.slowInterval : Self.interval)) != nil {
      var broken: String?
      if measures, let usage = measure(), !kept {
        broken = usage.memory > limits.memory ? "memory" : usage.processes > limits.pids ? "pids" : nil
      }
      if broken == nil, disk?.isFilled() == true { broken = "disk" }
      guard let broken else { continue }
      seen.withLock { $0.endedFor = broken }
      await container.kill()
      return
    }
  }

  /// Whether the plugin ended for want of memory.
  ///
  /// The kernel's own count says it; where the cgroup is gone too early, SIGKILL that came from nobody else does, if
  /// the plugin had been close to its limit.
  func ranOutOfMemory(_ status: ProcessStatus?) -> Bool {
    if endedFor == "memory" { return true }
    guard let last else { return false }
    if let kills = last.outOfMemoryKills, kills > 0 { return true }
    guard !container.runtime.keepsEnded, !container.wasKilled, status?.shellCode == 137 else { return false }
    return (last.memoryLimitHits ?? 0) > 0 || last.memory / 4 * 5 > container.plan.limits.memory
  }
}
