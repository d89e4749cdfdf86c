package import Platform
package import Signing
package import SystemPackage

/// Length and SHA-256 digest of a whole file.
package struct FileDigest: Hashable, Sendable {
  /// The length in bytes.
  package let length: Int64
  /// The digest.
  package let sha256: SHA256Digest

  /// Reads a file from front to end in bounded memory; throws `FileError`.
  package static func compute(_ path: FilePath, files: any FileSystem) throws(FileError) -> FileDigest {
    try compute(of: files.open(path))
  }

  /// Reads an open file from front to end in bounded memory; throws `FileError`.
  package static func compute(of file: any ReadableFile) throws(FileError) -> FileDigest {
    var hasher = SHA256Hasher()
    let length = try feed(file) { hasher.update($0) }
    return FileDigest(length: length, sha256: hasher.finalize())
  }

  /// Hands all the content of a file over in pieces; returns how much there was in bytes.
  static func feed(_ file: any ReadableFile, _ take: ([UInt8]) -> Void) throws(FileError) -> Int64 {
    var buffer = [UInt8](repeating: 0, count: BundleLimits.chunkBytes)
    var offset: Int64 = 0
    while true {
      let count = try file.read(at: offset, into: &buffer)
      if count == 0 { return offset }
      take(count == buffer.count ? buffer : Array(buffer[..<count]))
      offset += Int64(count)
    }
  }
}
