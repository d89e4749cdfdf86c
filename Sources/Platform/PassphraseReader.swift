import Glibc
package import SystemPackage

/// Reads passphrases; whoever gets the bytes wipes them.
package enum PassphraseReader {
  /// The longest passphrase in bytes.
  package static let limit = 1024

  /// Asks at the terminal of this process without showing what is typed.
  ///
  /// - Parameter limit: the longest text in bytes.
  package static func ask(
    _ prompt: String, limit: Int = PassphraseReader.limit, terminal path: FilePath = "/dev/tty"
  ) throws(PassphraseError) -> [UInt8] {
    let terminal: Descriptor
    do throws(FileError) {
      terminal = try SystemCalls.open(path, O_RDWR | O_NOCTTY, operation: "open")
    } catch {
      throw .noTerminal
    }
    return try ask(prompt, limit: limit, at: terminal)
  }

  /// Reads the first line of a file.
  package static func read(file path: FilePath) throws(PassphraseError) -> [UInt8] {
    let file: Descriptor
    do throws(FileError) {
      file = try SystemCalls.open(path, O_RDONLY, operation: "open")
    } catch {
      throw .file(error)
    }
    return try line(from: file, path: path)
  }

  /// Reads the first line of an open descriptor, which stays open.
  package static func read(descriptor number: Int32) throws(PassphraseError) -> [UInt8] {
    let path = FilePath("/dev/fd/\(number)")
    let copy = fcntl(number, F_DUPFD_CLOEXEC, 3)
    guard copy >= 0 else { throw .file(FileError("read", path, errno: errno)) }
    return try line(from: Descriptor(copy), path: path)
  }

  /// Overwrites bytes in a way that the compiler does not leave out.
  package static func wipe(_ bytes: inout [UInt8]) {
    unsafe bytes.withUnsafeMutableBytes { room in
      if let base = room.baseAddress { unsafe explicit_bzero(base, room.count) }
    }
    bytes = []
  }

  /// Asks at one terminal: line editing is done here, so that even Ctrl-C leaves the terminal as it was.
  private static func ask(
    _ prompt: String, limit: Int, at terminal: Descriptor
  ) throws(PassphraseError) -> [UInt8] {
    var before = termios()
    guard unsafe tcgetattr(terminal.number, &before) == 0 else { throw .noTerminal }
    var silent = before
    silent.c_lflag &= ~tcflag_t(ECHO | ECHONL | ICANON | ISIG)
    guard unsafe tcsetattr(terminal.number, TCSAFLUSH, &silent) == 0 else { throw .noTerminal }
    defer {
      unsafe _ = tcsetattr(terminal.number, TCSAFLUSH, &before)
      try? terminal.write("\n", path: "/dev/tty")
    }
    var typed = [UInt8]()
    // Growing would leave copies behind.
    typed.reserveCapacity(limit + 1)
    do throws(PassphraseError) {
      do throws(FileError) { try terminal.write(prompt, path: "/dev/tty") } catch { throw .file(error) }
      while let byte = try next(from: terminal, path: "/dev/tty") {
        switch byte {
        case 10, 13:
          guard !typed.isEmpty else { throw .empty }
          return typed
        case 3: throw .cancelled
        case 4 where typed.isEmpty: throw .cancelled
        case 8, 127: dropLastCharacter(&typed)
        case 21:
          wipe(&typed)
          typed.reserveCapacity(limit + 1)
        default: try append(byte, to: &typed, limit: limit)
        }
      }
      throw .cancelled
    } catch {
      wipe(&typed)
      throw error
    }
  }

  private static func line(from file: Descriptor, path: FilePath) throws(PassphraseError) -> [UInt8] {
    var typed = [UInt8]()
    typed.reserveCapacity(limit + 1)
    do throws(PassphraseError) {
      while let byte = try next(from: file, path: path), byte != 10 { try append(byte, to: &typed, limit: limit) }
      if typed.last == 13 { typed.removeLast() }
      guard !typed.isEmpty else { throw .empty }
      return typed
    } catch {
      wipe(&typed)
      throw error
    }
  }

  /// One byte at a time: reading further would take what belongs to somebody else.
  private static func next(from file: Descriptor, path: FilePath) throws(PassphraseError) -> UInt8? {
    var one: [UInt8] = [0]
    defer { wipe(&one) }
    do throws(FileError) {
      return try file.read(into: &one, path: path) == 1 ? one[0] : nil
    } catch {
      throw .file(error)
    }
  }

  private static func append(
    _ byte: UInt8, to typed: inout [UInt8], limit: Int
  ) throws(PassphraseError) {
    guard typed.count < limit else { throw .tooLong(limit: limit) }
    typed.append(byte)
  }

  private static func dropLastCharacter(_ typed: inout [UInt8]) {
    while let last = typed.popLast() {
      // Continuation bytes of UTF-8 belong to the character before them.
      if last & 0b1100_0000 != 0b1000_0000 { return }
    }
  }
}
