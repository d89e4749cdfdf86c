import Bundles
package import Platform
package import Signing
package import SystemPackage

/// Brings a file of known length and digest onto this machine, and goes on where an earlier try stopped.
package struct BundleFetch: Sendable {
  /// The slowest transfer that is not given up, so that the whole deadline follows from the file's length.
  static let slowestBytesPerSecond: Int64 = 16_384
  /// Seconds that every transfer gets, however small the file.
  static let baseSeconds: Int64 = 60

  /// Where the file is, and what it must be.
  package struct Promise: Hashable, Sendable {
    /// Absolute address.
    package var url: String
    /// Exact length in bytes, as signed.
    package var length: Int64
    /// Digest of the whole file, as signed.
    package var sha256: SHA256Digest
    /// TLS public keys that the server must present one of.
    package var pinnedKeys: [String]
  }

  /// The network and the disk.
  package let machine: Machine
  /// The folder for finished and unfinished downloads.
  package let folder: FilePath

  /// The path of the complete file, downloaded if it is not there yet.
  ///
  /// Throws ``UpdatingError/wrongDownload(path:expected:found:)`` when the server sends other bytes than promised; they
  /// are removed, so that the next try starts anew.
  package func fetch(_ promise: Promise, progress: (@Sendable (Int64, Int64?) -> Void)? = nil) async throws -> FilePath
  {
    let path = folder.appending(promise.sha256.hex)
    let partial = folder.appending(promise.sha256.hex + ".part")
    if try machine.files.status(path)?.size == promise.length, try digest(of: path) == promise.sha256 { return path }

    let resumed = try await transfer(promise, to: partial, progress: progress)
    var found = try digest(of: partial)
    if found != promise.sha256 && resumed {
      // What an earlier try left may have been of another file: the names are digests, so this is not expected.
      try machine.files.removeIfPresent(partial)
      _ = try await transfer(promise, to: partial, progress: progress)
      found = try digest(of: partial)
    }
    guard found == promise.sha256 else {
      try machine.files.removeIfPresent(partial)
      throw UpdatingError.wrongDownload(
        path: promise.url, expected: "digest …\(promise.sha256.lastSix)", found: "…\(found.lastSix)")
    }
    try machine.files.rename(partial, to: path)
    return path
  }

  /// How many bytes of the file of this digest are here already, in this or in an earlier process.
  package func partialBytes(_ digest: SHA256Digest) throws -> Int64 {
    for name in [digest.hex, digest.hex + ".part"] {
      if let status = try machine.files.status(folder.appending(name)) { return status.size }
    }
    return 0
  }

  private func digest(of path: FilePath) throws -> SHA256Digest {
    try FileDigest.compute(path, files: machine.files).sha256
  }

  /// Whether the transfer went on where an earlier one had stopped.
  private func transfer(
    _ promise: Promise, to partial: FilePath, progress: (@Sendable (Int64, Int64?) -> Void)?
  ) async throws -> Bool {
    let there = try machine.files.status(partial)?.size ?? 0
    if there == promise.length { return true }
    let offset = there > 0 && there < promise.length ? there : nil
    let seconds = Self.baseSeconds + promise.length / Self.slowestBytesPerSecond
    let request = TransferRequest(
      url: promise.url, limit: promise.length, timeout: .seconds(seconds), pinnedKeys: promise.pinnedKeys)
    let response = try await machine.transport.download(request, to: partial, resumingFrom: offset, progress: progress)
    guard response.length == promise.length else {
      try machine.files.removeIfPresent(partial)
      throw UpdatingError.wrongDownload(
        path: promise.url, expected: "\(promise.length) bytes", found: "\(response.length)")
    }
    return offset != nil
  }
}
