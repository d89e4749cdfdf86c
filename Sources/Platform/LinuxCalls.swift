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

  /// Lets go of the pages of the program's code, which come back from its file when they are used.
  static func leaveProgramPages() { serin_linux_leave_program_pages() }

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

  /// Starts a program on this process's standard streams, or on other ones; it dies with the calling thread.
  ///
  /// - Returns: the process, or the error number of the call that failed.
  static func spawnAttached(
    _ path: FilePath, arguments: [String], environment: [String: String], directory: FilePath?,
    input: Descriptor? = nil, output: Descriptor? = nil
  ) -> Result<Int32, Errno> {
    var process: Int32 = -1
    let (input, output) = (input?.number ?? -1, output?.number ?? -1)
    let variables = environment.map { $0.key + "=" + $0.value }
    let number = unsafe withStrings(arguments) { argv in
      unsafe withStrings(variables) { envp in
        unsafe path.withPlatformString { program in
          guard let directory else {
            return unsafe serin_linux_spawn_attached(program, argv, envp, nil, input, output, &process)
          }
          return unsafe directory.withPlatformString {
            unsafe serin_linux_spawn_attached(program, argv, envp, $0, input, output, &process)
          }
        }
      }
    }
    return number == 0 ? .success(process) : .failure(Errno(rawValue: number))
  }

  /// From now on the signals that would end this process are passed on to a child, and told to an event.
  static func forwardSignals(to process: Int32, telling event: Descriptor? = nil) -> Errno? {
    let number = serin_linux_forward_signals_to(process, event?.number ?? -1)
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

  /// A pipe that holds so many bytes where the system allows; nil when too many files are open.
  static func pipe(size: Int32) -> (reading: Descriptor, writing: Descriptor)? {
    var ends: (Int32, Int32) = (-1, -1)
    let number = unsafe withUnsafeMutablePointer(to: &ends) { pointer in
      unsafe pointer.withMemoryRebound(to: Int32.self, capacity: 2) { unsafe serin_linux_pipe(size, $0) }
    }
    return number == 0 ? (Descriptor(ends.0), Descriptor(ends.1)) : nil
  }

  /// F_SETPIPE_SZ: lets a pipe hold at least so many bytes where the system allows; nothing happens to what is none.
  static func widen(_ pipe: Descriptor, to size: Int32) { serin_linux_widen_pipe(pipe.number, size) }

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

/// Answering system calls of others: seccomp_unotify(2).
extension LinuxCalls {
  /// A UNIX socket that listens at a path.
  static func listen(at path: FilePath) throws(FileError) -> Descriptor {
    var made: Int32 = -1
    let number = unsafe path.withPlatformString { unsafe serin_linux_listen($0, &made) }
    guard number == 0 else { throw FileError("listen at", path, errno: number) }
    return Descriptor(made)
  }

  /// A descriptor that becomes readable when it is told to.
  static func event() -> Descriptor? {
    var made: Int32 = -1
    return unsafe serin_linux_event(&made) == 0 ? Descriptor(made) : nil
  }

  /// Makes an event readable for good.
  static func signal(_ event: Descriptor) {
    var one: UInt64 = 1
    _ = unsafe Glibc.write(event.number, &one, MemoryLayout<UInt64>.size)
  }

  /// Waits for a listener that a runtime hands over; nil when it was stopped or something else came.
  static func receiveListener(_ socket: Descriptor, until stop: Descriptor) -> Descriptor? {
    var received: Int32 = -1
    let number = unsafe serin_linux_receive_listener(socket.number, stop.number, &received)
    guard received >= 0 else { return nil }
    let listener = Descriptor(received)
    return number == 0 ? listener : nil
  }

  /// The next call that waits for an answer; nil when it was stopped or nobody is left who could call.
  static func nextCall(_ listener: Descriptor, until stop: Descriptor) -> ObservedCall? {
    var raw = serin_linux_notification()
    guard unsafe serin_linux_next_notification(listener.number, stop.number, &raw) == 0 else { return nil }
    let arguments = raw.arguments
    let name = unsafe serin_linux_call_name(raw.number).map { unsafe String(cString: $0) }
    return ObservedCall(
      id: raw.id, process: raw.process, number: raw.number, name: name ?? "call \(raw.number)",
      arguments: [arguments.0, arguments.1, arguments.2, arguments.3, arguments.4, arguments.5])
  }

  /// Lets a call go on (0) or fail with an error number; whoever was killed meanwhile needs no answer.
  static func answer(_ listener: Descriptor, _ id: UInt64, _ number: Int32) {
    _ = serin_linux_answer(listener.number, id, number)
  }

  /// Whether a call still waits.
  static func isWaiting(_ listener: Descriptor, _ id: UInt64) -> Bool {
    serin_linux_is_waiting(listener.number, id) == 0
  }

  /// Bytes of another process's memory: as many as there are, at most `count`.
  static func memory(of process: Int32, at address: UInt64, count: Int) -> [UInt8] {
    unsafe [UInt8](unsafeUninitializedCapacity: max(0, count)) { buffer, filled in
      guard let base = buffer.baseAddress else { return }
      if unsafe serin_linux_read_memory(process, address, base, count, &filled) != 0 { filled = 0 }
    }
  }
}

/// Keys in the kernel's memory: keyrings(7).
extension LinuxCalls {
  /// A keyring of this user.
  static func keyring(persistent: Bool) -> Result<Int32, Errno> {
    var keyring: Int32 = 0
    let number = unsafe serin_linux_keyring(persistent ? 1 : 0, &keyring)
    return number == 0 ? .success(keyring) : .failure(Errno(rawValue: number))
  }

  /// Sets what a keyring holds under a name; returns 0 or an error number.
  static func setKey(_ name: String, to value: RawSpan, in keyring: Int32) -> Int32 {
    unsafe value.withUnsafeBytes { bytes in
      guard let start = bytes.baseAddress else { return EINVAL }
      return unsafe serin_linux_key_set(keyring, name, start, bytes.count)
    }
  }

  /// The key of a keyring under a name.
  static func findKey(_ name: String, in keyring: Int32) -> Result<Int32, Errno> {
    var key: Int32 = 0
    let number = unsafe serin_linux_key_find(keyring, name, &key)
    return number == 0 ? .success(key) : .failure(Errno(rawValue: number))
  }

  /// What a key holds; whoever gets the bytes wipes them.
  static func readKey(_ key: Int32, limit: Int) -> Result<[UInt8], Errno> {
    var number: Int32 = 0
    let bytes = unsafe [UInt8](unsafeUninitializedCapacity: limit) { buffer, filled in
      var count = 0
      guard let start = buffer.baseAddress else { return }
      number = unsafe serin_linux_key_read(key, start, limit, &count)
      filled = number == 0 ? min(count, limit) : 0
    }
    return number == 0 ? .success(bytes) : .failure(Errno(rawValue: number))
  }

  /// Removes a key; returns 0 or an error number.
  static func removeKey(_ key: Int32, from keyring: Int32) -> Int32 { serin_linux_key_remove(keyring, key) }
}
