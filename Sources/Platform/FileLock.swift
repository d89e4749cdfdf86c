package import Signing
package import SystemPackage

/// An exclusive lock on a file that ends with this value or with the process.
package final class FileLock: Sendable {
  /// The lock file.
  package let path: FilePath
  private let handle: any Sendable

  /// Wraps whatever keeps the lock; it is let go of together with this value.
  package init(path: FilePath, keeping handle: some Sendable) {
    self.path = path
    self.handle = handle
  }
}

/// Why a lock could not be taken.
package enum LockError: SerinError, Equatable {
  /// Another process (or another part of this one) holds the lock.
  case locked(path: FilePath, holder: String)
  /// The lock file could not be opened or written.
  case file(FileError)

  /// One sentence: what was refused and why.
  package var description: String {
    switch self {
    case .locked(let path, let holder): "\(path) is locked by \(holder)"
    case .file(let error): error.description
    }
  }

  /// Locks belong to the machine.
  package var blame: Blame { .machine }

  /// What to do next.
  package var help: String? {
    switch self {
    case .locked: "wait until the other process has finished and try again"
    case .file(let error): error.help
    }
  }
}
