package import Platform
import Synchronization
import SystemPackage

/// Counts the durable steps of another file system and fails, kills or cuts the power at one of them.
///
/// A step is a call that changes something or forces something onto the disk; reading, opening and closing are none.
package final class FaultyFileSystem: FileSystem {
  /// What happens at the chosen step.
  package enum Fault: Hashable, Sendable {
    /// The step fails with this reason and does nothing; everything after it works again.
    case fails(FileError.Reason)
    /// The step is not done (a write is done half) and every later call throws the error of `isKilled`.
    case kills
    /// As `kills`; besides, whatever has not been forced onto the disk by then is lost: content without `sync`, and
    /// names whose folder has not been synced since.
    case cutsPower
  }

  /// The file system that does the work.
  package let base: any FileSystem
  private let failsAt: Int?
  private let fault: Fault
  private let watch: @Sendable (_ step: Int, _ operation: String) -> Void
  let ledger = Mutex(UnsyncedLedger())

  private struct Progress {
    var steps = 0
    var isDead = false
  }
  private let progress = Mutex(Progress())

  /// Wraps a file system.
  /// - Parameters:
  ///   - failsAt: the number of the step, counted from 0; nil only counts.
  ///   - fault: what happens at that step.
  ///   - watch: told of every step before it is done, by number and operation ("clone", "link", "rename").
  package init(
    _ base: any FileSystem = LocalFileSystem(), failsAt: Int? = nil, fault: Fault = .kills,
    watch: @escaping @Sendable (_ step: Int, _ operation: String) -> Void = { _, _ in }
  ) {
    self.base = base
    self.failsAt = failsAt
    self.fault = fault
    self.watch = watch
  }

  /// How many steps have been begun.
  package var steps: Int { progress.withLock { $0.steps } }

  /// Whether the step of the fault has been reached and everything fails since.
  package var isDead: Bool { progress.withLock { $0.isDead } }

  var keepsLedger: Bool { fault == .cutsPower }

  /// Throws when the process is dead.
  func live(_ operation: String, _ path: FilePath) throws(FileError) {
    if isDead { throw FileError(killedBefore: operation, path) }
  }

  /// Counts one step; the closure is what is still done of a step that is cut short.
  func step(_ operation: String, _ path: FilePath, cutShort: () -> Void = {}) throws(FileError) {
    try live(operation, path)
    let number = progress.withLock { progress in
      defer { progress.steps += 1 }
      return progress.steps
    }
    watch(number, operation)
    guard number == failsAt else { return }
    if case .fails(let reason) = fault { throw FileError(operation: operation, path: path, reason: reason) }
    cutShort()
    progress.withLock { $0.isDead = true }
    if fault == .cutsPower { ledger.withLock { $0.loseEverything(in: base) } }
    throw FileError(killedBefore: operation, path)
  }

  func note(_ change: (inout UnsyncedLedger) -> Void) {
    if keepsLedger { ledger.withLock { change(&$0) } }
  }
}

extension FileError {
  /// The number that stands for "this process is dead"; the C library has no such error.
  private static let dead: Int32 = -9

  init(killedBefore operation: String, _ path: FilePath) {
    self.init(operation: operation, path: path, reason: .other(Self.dead))
  }

  /// Whether this is the error of a process that a `FaultyFileSystem` killed.
  package var isKilled: Bool { reason == .other(Self.dead) }
}
