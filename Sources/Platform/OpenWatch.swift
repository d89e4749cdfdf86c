import Glibc
import Synchronization
package import SystemPackage

/// Counts how often files are opened, by whomever and under whatever name (inotify(7)).
package final class OpenWatch: Sendable {
  /// The bytes that are read in one go: room for a hundred events at least.
  private static let bufferSize = 1 << 16
  /// An event's fixed part: watch, mask, cookie and the length of the name after it, 4 bytes each.
  private static let headSize = 16

  private let descriptor: Descriptor
  private let paths: [Int32: FilePath]
  private let counts = Mutex<[FilePath: Int]>([:])

  /// Watches files; throws where the kernel grants no more watches.
  package init(_ files: [FilePath]) throws(FileError) {
    let number = inotify_init1(Int32(IN_CLOEXEC | IN_NONBLOCK))
    guard number >= 0 else { throw FileError("watch", files.first ?? FilePath("/"), errno: errno) }
    descriptor = Descriptor(number)
    var paths: [Int32: FilePath] = [:]
    for path in files {
      let watch = unsafe path.withPlatformString { unsafe inotify_add_watch(number, $0, UInt32(IN_OPEN)) }
      guard watch >= 0 else { throw FileError("watch", path, errno: errno) }
      paths[watch] = path
    }
    self.paths = paths
  }

  /// How often each file was opened so far, at least.
  ///
  /// The kernel joins events that follow each other and are the same.
  /// Files that were not opened are missing.
  package func opened() -> [FilePath: Int] {
    counts.withLock { counts in
      var buffer = [UInt8](repeating: 0, count: Self.bufferSize)
      while let size = try? descriptor.read(into: &buffer, path: "inotify"), size >= Self.headSize {
        var rest = buffer[..<size]
        while rest.count >= Self.headSize {
          let watch = Int32(truncatingIfNeeded: Self.number(rest, 0))
          let isOpening = Self.number(rest, 4) & UInt32(IN_OPEN) != 0
          if isOpening, let path = paths[watch] { counts[path, default: 0] += 1 }
          rest = rest.dropFirst(Self.headSize + Int(Self.number(rest, 12)))
        }
      }
      return counts
    }
  }

  private static func number(_ bytes: ArraySlice<UInt8>, _ offset: Int) -> UInt32 {
    bytes.dropFirst(offset).prefix(4).reversed().reduce(0) { $0 << 8 | UInt32($1) }
  }
}
