import Platform
package import SystemPackage

/// A temporary folder that goes, with everything in it, together with the last reference.
package final class Scratch: Sendable {
  /// The folder.
  package let path: FilePath
  private let files = LocalFileSystem()

  /// Makes an empty folder below `TMPDIR`, or below another folder.
  package init(in parent: FilePath? = nil) throws {
    let parent = parent ?? FilePath(ProcessEnvironment.current["TMPDIR"] ?? "/tmp")
    path = parent.appending("serin-test-\(SecureRandom.hex(bytes: 8))")
    try files.makeDirectory(path, mode: 0o700)
  }

  deinit { try? files.removeTree(path) }

  /// A path in the folder.
  package static func / (scratch: Scratch, name: String) -> FilePath { scratch.path.pushing(FilePath(name)) }

  /// Writes a file, with the folders above it.
  @discardableResult
  package func write(_ text: String, to name: String, mode: UInt16 = 0o644) throws -> FilePath {
    try write(Array(text.utf8), to: name, mode: mode)
  }

  /// Writes a file, with the folders above it.
  @discardableResult
  package func write(_ bytes: [UInt8], to name: String, mode: UInt16 = 0o644) throws -> FilePath {
    let file = self / name
    try files.makeDirectories(file.removingLastComponent())
    try files.removeIfPresent(file)
    try files.write(bytes, creating: file, mode: mode)
    return file
  }

  /// Reads a file of at most 64 MiB.
  package func read(_ name: String) throws -> [UInt8] { try files.readAll(self / name, limit: 64 << 20) }

  /// Reads a file as text.
  package func text(_ name: String) throws -> String { String(decoding: try read(name), as: UTF8.self) }
}
