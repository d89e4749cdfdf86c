import CLinux
import Glibc
import SystemPackage

/// The only door to `CLinux`: Linux calls that the Glibc module hides.
enum LinuxCalls {
  /// Swaps two existing paths in one step.
  static func exchange(_ one: FilePath, with other: FilePath) throws(FileError) {
    let number = unsafe one.withPlatformString { first in
      unsafe other.withPlatformString { second in unsafe serin_linux_exchange(first, second) }
    }
    guard number == 0 else { throw FileError("exchange with \(other) the path", one, errno: number) }
  }

  /// Gives memory blocks of at least so many bytes back to the system when they are freed.
  static func giveBackBlocks(_ bytes: Int) { serin_linux_give_back_blocks(bytes) }

  /// Waits until the file system that holds an open file is on the disk.
  static func syncFileSystem(_ file: Descriptor, path: FilePath) throws(FileError) {
    let number = serin_linux_syncfs(file.number)
    guard number == 0 else { throw FileError("write to the disk the file system of", path, errno: number) }
  }

  /// Lets a new file share the blocks of another; false where the file system cannot.
  static func clone(_ source: Descriptor, to destination: Descriptor, path: FilePath) throws(FileError) -> Bool {
    switch serin_linux_clone(destination.number, source.number) {
    case 0: return true
    case EOPNOTSUPP, ENOTTY, EXDEV, EINVAL, ENOSYS, EPERM: return false
    case let number: throw FileError("clone", path, errno: number)
    }
  }

  /// A descriptor that becomes readable when the process ends.
  static func processDescriptor(_ process: Int32) -> Descriptor? {
    var number: Int32 = -1
    guard unsafe serin_linux_pidfd(process, &number) == 0 else { return nil }
    return Descriptor(number)
  }

  /// How a child ended, without reaping it; nil while it runs or when it is no child.
  static func peek(_ process: Int32, waiting: Bool = false) -> ProcessStatus? {
    var code: Int32 = 0
    var status: Int32 = 0
    guard unsafe serin_linux_peek(process, waiting ? 1 : 0, &code, &status) == 0 else { return nil }
    switch code {
    case 0: return nil
    case Int32(CLD_EXITED): return .exited(Int(status))
    default: return .signalled(Int(status))
    }
  }

  /// Starts a program on this process's standard streams; it dies with the calling thread.
  ///
  /// - Returns: the process, or the error number of the call that failed.
  static func spawnAttached(
    _ path: FilePath, arguments: [String], environment: [String: String], directory: FilePath?
  ) -> Result<Int32, Errno> {
    var process: Int32 = -1
    let variables = environment.map { $0.key + "=" + $0.value }
    let number = unsafe withStrings(arguments) { argv in
      unsafe withStrings(variables) { envp in
        unsafe path.withPlatformString { program in
          guard let directory else {
            return unsafe serin_linux_spawn_attached(program, argv, envp, nil, &process)
          }
          return unsafe directory.withPlatformString {
            unsafe serin_linux_spawn_attached(program, argv, envp, $0, &process)
          }
        }
      }
    }
    return number == 0 ? .success(process) : .failure(Errno(rawValue: number))
  }

  /// From now on the signals that would end this process are passed on to a child.
  static func forwardSignals(to process: Int32) -> Errno? {
    let number = serin_linux_forward_signals_to(process)
    return number == 0 ? nil : Errno(rawValue: number)
  }

  /// Ends what `forwardSignals` started.
  static func stopForwarding() { serin_linux_stop_forwarding() }

  /// Sockets that listen on the loopback interface of another process's network namespace, in the order of the ports.
  static func listenInside(_ process: Int32, ports: [UInt16]) -> Result<[Int32], Errno> {
    guard ports.count <= Int(SERIN_LINUX_MOST_LISTENERS) else { return .failure(.invalidArgument) }
    var listeners = [Int32](repeating: -1, count: ports.count)
    let number = unsafe ports.withUnsafeBufferPointer { ports in
      unsafe listeners.withUnsafeMutableBufferPointer { listeners in
        guard let first = ports.baseAddress, let place = listeners.baseAddress else { return EINVAL }
        return unsafe serin_linux_listen_inside(process, first, ports.count, place)
      }
    }
    return number == 0 ? .success(listeners) : .failure(Errno(rawValue: number))
  }

  private static func withStrings<R>(
    _ texts: [String], _ body: (UnsafePointer<UnsafeMutablePointer<CChar>?>) -> R
  ) -> R {
    let copies = UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>.allocate(capacity: texts.count + 1)
    for (index, text) in texts.enumerated() { unsafe copies[index] = unsafe strdup(text) }
    unsafe copies[texts.count] = nil
    defer {
      for index in texts.indices { unsafe free(copies[index]) }
      unsafe copies.deallocate()
    }
    return unsafe body(UnsafePointer(copies))
  }
}
