import Dispatch
import Synchronization
package import SystemPackage

/// A system call of another process that waits for an answer.
package struct ObservedCall: Hashable, Sendable {
  let id: UInt64
  /// The thread that calls, as this process numbers it.
  package let process: Int32
  /// The kernel's number of the call.
  package let number: Int32
  /// Its name, such as `connect`.
  package let name: String
  /// Its six arguments.
  package let arguments: [UInt64]

  /// Makes a call from its parts.
  package init(id: UInt64 = 0, process: Int32, number: Int32, name: String, arguments: [UInt64]) {
    self.id = id
    self.process = process
    self.number = number
    self.name = name
    self.arguments = arguments
  }

  /// An argument; 0 for one that no call has.
  package subscript(_ index: Int) -> UInt64 { arguments.indices.contains(index) ? arguments[index] : 0 }
}

/// What becomes of a call that waits.
package enum CallAnswer: Hashable, Sendable {
  /// The kernel goes on with it, as if nobody had looked.
  case goesOn
  /// It fails as if the caller were not allowed to (EPERM).
  case isRefused
}

/// The memory of whoever makes a call.
package protocol CallMemory: Sendable {
  /// As many bytes as can be read at an address, at most `count`; none when the caller is gone.
  func bytes(at address: UInt64, count: Int) -> [UInt8]
}

/// Gets the seccomp listener of a sandbox from its runtime and asks somebody about each call that waits.
///
/// Everything that is read of a caller may be changed by it before the kernel reads it again, so that an answer
/// protects nothing (seccomp_unotify(2)): it only says what was seen.
package final class CallListener: Sendable {
  /// Where the runtime connects.
  package let path: FilePath
  private let socket: Descriptor
  private let stopper: Descriptor
  private let queue = DispatchQueue(label: "serin.calls")
  private let connected = Atomic<Bool>(false)

  /// Listens at a path, which must not exist yet and must be short (unix(7)).
  package init(at path: FilePath) throws(FileError) {
    guard let stopper = LinuxCalls.event() else {
      throw FileError(operation: "make an event for", path: path, reason: .tooManyFiles)
    }
    self.path = path
    self.stopper = stopper
    socket = try LinuxCalls.listen(at: path)
  }

  /// Whether a runtime has handed over its listener.
  package var isConnected: Bool { connected.load(ordering: .acquiring) }

  /// Answers calls on a thread of its own until nobody is left who could call, or until `stop()`.
  package func serve(_ judge: @escaping @Sendable (ObservedCall, any CallMemory) -> CallAnswer) {
    queue.async { [self] in
      guard let listener = LinuxCalls.receiveListener(socket, until: stopper) else { return }
      connected.store(true, ordering: .releasing)
      while let call = LinuxCalls.nextCall(listener, until: stopper) {
        let answer = judge(call, CallerMemory(call: call, listener: listener))
        LinuxCalls.answer(listener, call.id, answer == .goesOn ? 0 : Errno.notPermitted.rawValue)
      }
    }
  }

  /// Ends the thread and returns when it has ended; calls that still wait fail from now on.
  package func stop() async {
    LinuxCalls.signal(stopper)
    await withCheckedContinuation { continuation in queue.async { continuation.resume() } }
  }
}

/// The memory of the process that makes a call.
private struct CallerMemory: CallMemory {
  let call: ObservedCall
  let listener: Descriptor

  func bytes(at address: UInt64, count: Int) -> [UInt8] {
    let bytes = LinuxCalls.memory(of: call.process, at: address, count: count)
    // Had the caller died meanwhile, its number might be another process's by now.
    return LinuxCalls.isWaiting(listener, call.id) ? bytes : []
  }
}
