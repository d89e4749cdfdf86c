internal import Bundles
internal import Platform
internal import Signing

/// An offline bundle while it is written: headers and contents go to the disk as they come.
struct OfflineWriter {
  private let file: any WritableFile
  private var hasher = SHA256Hasher()
  private var length: Int64 = 0

  init(_ file: any WritableFile) { self.file = file }

  /// Writes a small file.
  mutating func add(_ name: String, _ bytes: [UInt8]) throws {
    try begin(name, length: Int64(bytes.count))
    try write(bytes)
    try end(length: Int64(bytes.count))
  }

  /// Writes the header of a file whose content follows.
  mutating func begin(_ name: String, length: Int64) throws {
    do throws(OfflineRefusal) { try OfflineEntry.check(name) } catch { throw OfflineError.missing(path: name) }
    try write(OfflineEntry.header(name, length: length))
  }

  /// Writes more content of the file that was begun.
  mutating func write(_ bytes: [UInt8]) throws(OfflineError) {
    try filing(try file.write(bytes))
    hasher.update(bytes)
    length += Int64(bytes.count)
  }

  /// Ends the file that was begun.
  mutating func end(length: Int64) throws(OfflineError) {
    try write([UInt8](repeating: 0, count: TarHeader.padding(after: length)))
  }

  /// Ends the tar and waits until it is on the disk; returns its length and digest.
  mutating func finish() throws(OfflineError) -> (length: Int64, sha256: SHA256Digest) {
    try write(TarHeader.end)
    try filing(try file.sync())
    try filing(try file.close())
    return (length, hasher.finalize())
  }
}
