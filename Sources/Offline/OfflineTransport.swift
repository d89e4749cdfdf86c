internal import Bundles
package import Platform
package import SystemPackage

/// Answers the addresses of one repository from an offline bundle, and no other address.
///
/// It stands where the network stands, so that everything behind it is verified as if it had come from a server: roots,
/// thresholds, floors, expiry, digests. TLS pins mean nothing here, because nothing is believed for where it lies.
package struct OfflineTransport: Transport {
  private let file: OfflineFile
  private let base: String
  private let files: any FileSystem

  /// Makes the transport.
  /// - Parameters:
  ///   - file: what answers.
  ///   - base: the repository's address, without a slash at its end.
  ///   - files: where downloads are written.
  package init(_ file: OfflineFile, as base: String, files: any FileSystem) {
    self.file = file
    self.base = base + "/"
    self.files = files
  }

  /// Hands out a whole entry; throws `TransferError.notInFile` for everything that the file does not hold.
  package func fetch(_ request: TransferRequest) async throws(TransferError) -> TransferResponse {
    let (name, length) = try entry(request)
    let bytes = try filing(try file.read(name, count: length))
    guard Int64(bytes.count) == length else {
      throw .truncated(url: request.url, received: Int64(bytes.count))
    }
    return TransferResponse(body: bytes, url: request.url)
  }

  /// Copies an entry, or the rest of it, into a file, and leaves there what it got when it fails.
  package func download(
    _ request: TransferRequest, to path: FilePath, resumingFrom offset: Int64?,
    progress: (@Sendable (Int64, Int64?) -> Void)?
  ) async throws(TransferError) -> TransferResponse {
    let (name, length) = try entry(request)
    let start = try begin(path, at: offset, of: length)
    let target = try filing(try files.openForAppending(path))
    var done = start
    progress?(done, length)
    while done < length {
      guard !Task.isCancelled else { throw .cancelled(url: request.url) }
      let bytes = try filing(try file.read(name, from: done, count: Int64(BundleLimits.chunkBytes)))
      guard !bytes.isEmpty else { throw .truncated(url: request.url, received: done) }
      try filing(try target.write(bytes))
      done += Int64(bytes.count)
      progress?(done, length)
    }
    try filing(try target.close())
    return TransferResponse(
      status: start > 0 ? 206 : 200, url: request.url, resumedFrom: start, length: length)
  }

  /// Makes the file ready for more; returns the byte from which on it is to be filled.
  private func begin(_ path: FilePath, at offset: Int64?, of length: Int64) throws(TransferError) -> Int64 {
    // As with a server: a file that is shorter than claimed, or longer than ours, cannot be gone on with.
    if let offset, offset > 0, offset <= length, try filing(try files.status(path))?.size ?? 0 >= offset {
      try filing(try files.truncate(path, to: offset))
      return offset
    }
    try filing(try files.removeIfPresent(path))
    try filing(try files.write([], creating: path, mode: 0o600))
    return 0
  }

  /// The entry that an address means.
  private func entry(_ request: TransferRequest) throws(TransferError) -> (name: String, length: Int64) {
    guard request.url.hasPrefix(base), let name = Self.decoded(request.url.dropFirst(base.count)),
      let length = file.length(of: name)
    else { throw .notInFile(url: request.url, file: file.path.string) }
    guard length <= request.limit else {
      throw .tooLarge(url: request.url, limit: request.limit, offered: length)
    }
    return (name, length)
  }

  /// The name that an address below the repository's has in the file: paths of targets lose their percent signs, names
  /// of metadata keep theirs, as on the disk of a server.
  private static func decoded(_ path: Substring) -> String? {
    guard path.hasPrefix(OfflineEntry.targets) else { return String(path) }
    var bytes: [UInt8] = []
    var rest = path.utf8[...]
    while let byte = rest.popFirst() {
      guard byte == UInt8(ascii: "%") else {
        bytes.append(byte)
        continue
      }
      guard rest.count >= 2, let value = UInt8(String(decoding: Array(rest.prefix(2)), as: UTF8.self), radix: 16) else {
        return nil
      }
      bytes.append(value)
      rest = rest.dropFirst(2)
    }
    return String(validating: bytes, as: UTF8.self)
  }

  private func filing<Result>(_ body: @autoclosure () throws(FileError) -> Result) throws(TransferError) -> Result {
    do throws(FileError) { return try body() } catch { throw .file(error) }
  }
}
