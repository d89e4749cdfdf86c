import Glibc
package import SystemPackage

// Secrets of several lines, such as private keys: the whole of a file, without the line break at its end.
extension PassphraseReader {
  /// Reads a file to its end.
  package static func readWhole(file path: FilePath, limit: Int) throws(PassphraseError) -> [UInt8] {
    let file: Descriptor
    do throws(FileError) { file = try SystemCalls.open(path, O_RDONLY, operation: "open") } catch {
      throw .file(error)
    }
    return try whole(file, path: path, limit: limit)
  }

  /// Reads an open descriptor to its end; it stays open.
  package static func readWhole(descriptor number: Int32, limit: Int) throws(PassphraseError) -> [UInt8] {
    let path = FilePath("/dev/fd/\(number)")
    let copy = fcntl(number, F_DUPFD_CLOEXEC, 3)
    guard copy >= 0 else { throw .file(FileError("read", path, errno: errno)) }
    return try whole(Descriptor(copy), path: path, limit: limit)
  }

  private static func whole(_ file: Descriptor, path: FilePath, limit: Int) throws(PassphraseError) -> [UInt8] {
    var text: [UInt8] = []
    // Growing would leave copies behind.
    text.reserveCapacity(limit + 2)
    var piece = [UInt8](repeating: 0, count: 4096)
    defer { wipe(&piece) }
    do throws(PassphraseError) {
      while true {
        let count: Int
        do throws(FileError) { count = try file.read(into: &piece, path: path) } catch { throw .file(error) }
        guard count > 0 else { break }
        guard text.count + count <= limit + 2 else { throw .tooLong(limit: limit) }
        text.append(contentsOf: piece[..<count])
      }
      if text.last == 10 { text.removeLast() }
      if text.last == 13 { text.removeLast() }
      guard !text.isEmpty else { throw .empty }
      guard text.count <= limit else { throw .tooLong(limit: limit) }
      return text
    } catch {
      wipe(&text)
      throw error
    }
  }
}
