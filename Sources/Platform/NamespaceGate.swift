import Dispatch
import Glibc
package import SystemPackage

/// Two pipes in a folder that a process elsewhere sees too: it says in one that it waits, and waits at the other.
///
/// A hook of a container stands here until its network is ready, so that the plugin never starts before.
package final class NamespaceGate: Sendable {
  /// The pipe into which the waiting process writes a line.
  package static let readyName = "ready"
  /// The pipe from which the waiting process reads a line.
  package static let goName = "go"

  private let ready: Descriptor
  private let go: Descriptor
  private let folder: FilePath

  /// Makes the folder, which must not exist yet, and the pipes in it.
  package init(_ folder: FilePath) throws(FileError) {
    self.folder = folder
    try Self.check(unsafe folder.withPlatformString { unsafe mkdir($0, 0o700) }, "make the folder", folder)
    // Nothing blocks: the waiting process may never come.
    ready = try Self.pipe(folder.appending(Self.readyName), O_RDONLY)
    go = try Self.pipe(folder.appending(Self.goName), O_RDWR)
  }

  private static func pipe(_ path: FilePath, _ mode: Int32) throws(FileError) -> Descriptor {
    try check(unsafe path.withPlatformString { unsafe mkfifo($0, 0o600) }, "make the pipe", path)
    let number = unsafe path.withPlatformString { unsafe Glibc.open($0, mode | O_NONBLOCK | O_CLOEXEC) }
    try check(number, "open", path)
    return Descriptor(number)
  }

  private static func check(_ result: Int32, _ operation: String, _ path: FilePath) throws(FileError) {
    guard result < 0 else { return }
    throw FileError(operation, path, errno: errno)
  }

  /// Waits until a process stands at the gate; false when the task was cancelled before.
  package func waitUntilReady() async -> Bool {
    let (gate, ready) = (Gate(), ready)
    let seen = gate.generation
    let source = DispatchSource.makeReadSource(
      fileDescriptor: ready.number, queue: DispatchQueue(label: "serin.gate"))
    source.setEventHandler {
      source.cancel()
      gate.open()
    }
    source.setCancelHandler { withExtendedLifetime(ready) {} }
    source.resume()
    let wake = await gate.wait(after: seen, timeout: nil)
    source.cancel()
    return wake == .changed
  }

  /// Lets the process go on.
  package func open() throws(FileError) { try go.write("\n", path: folder.appending(Self.goName)) }
}

/// Sockets in the network of another process.
package enum NamespaceSockets {
  /// Makes sockets that listen on 127.0.0.1 in the network namespace of a process, in the order of the ports; the caller
  /// owns the descriptors.
  ///
  /// Without privileges this works for the processes of own user namespaces. Throws `FileError` where it does not.
  package static func listen(inside process: Int32, ports: [UInt16]) throws(FileError) -> [Int32] {
    do {
      return try LinuxCalls.listenInside(process, ports: ports).get()
    } catch {
      throw FileError("listen in", FilePath("/proc/\(process)/ns/net"), errno: error.rawValue)
    }
  }
}
