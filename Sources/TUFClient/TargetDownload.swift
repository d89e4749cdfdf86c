import Platform
import SystemPackage
import TUF

/// Brings targets into a folder: nothing is fetched twice, nothing unverified gets a target's name, and a cut download
/// goes on where it ended, in this run or in the next.
struct TargetDownload {
  /// How often one run goes on with a download that breaks off.
  static let attempts = 8
  /// The slowest acceptable transfer on average; the whole deadline follows from the signed length.
  static let slowestBytesPerSecond: Int64 = 16_384
  private static let chunkBytes = 128 << 10

  let baseURL: String
  let folder: FilePath
  let files: any FileSystem
  let transport: any Transport
  let consistent: Bool

  /// Makes the folder hold the target.
  func fetch(_ target: TargetInfo) async throws {
    let path = folder.appending(target.storageName)
    if try files.status(path)?.size == target.length, (try? check(path, target)) != nil { return }
    try files.makeDirectories(folder)
    let partial = folder.appending(".\(target.contentName).part")
    let isResumed = try await complete(target, partial)
    do {
      try check(partial, target)
    } catch {
      try files.removeIfPresent(partial)
      // What an earlier run left may have been damaged since; what this one fetched whole has no excuse.
      guard isResumed else { throw error }
      try await complete(target, partial)
      do {
        try check(partial, target)
      } catch {
        try files.removeIfPresent(partial)
        throw error
      }
    }
    let file = try files.openForAppending(partial)
    try file.sync()
    try file.close()
    try files.rename(partial, to: path)
    try files.sync(directory: folder)
  }

  /// Downloads what is missing; whether something from an earlier run was kept.
  @discardableResult
  private func complete(_ target: TargetInfo, _ partial: FilePath) async throws -> Bool {
    let address = baseURL + (baseURL.hasSuffix("/") ? "" : "/") + target.urlPath(consistent: consistent)
    let request = TransferRequest(
      url: address, limit: target.length, timeout: .seconds(60 + target.length / Self.slowestBytesPerSecond))
    let earlier = try files.status(partial)?.size ?? 0
    let isResumed = earlier > 0 && earlier <= target.length
    if isResumed && earlier == target.length { return true }
    var held = isResumed ? earlier : 0
    var attempt = 1
    while true {
      do throws(TransferError) {
        _ = try await transport.download(
          request, to: partial, resumingFrom: held > 0 ? held : nil, progress: nil)
        return isResumed
      } catch {
        let now = try files.status(partial)?.size ?? 0
        // As long as each try brings something, the limit is on tries and not on luck.
        guard error.isInterruption, now > held, attempt < Self.attempts else { throw error }
        held = now
        attempt += 1
      }
    }
  }

  /// Compares a file with what was signed, in bounded memory.
  private func check(_ path: FilePath, _ target: TargetInfo) throws {
    var check = target.beginCheck()
    let file = try files.open(path, followingLinks: false)
    var buffer = [UInt8](repeating: 0, count: Self.chunkBytes)
    while true {
      let count = try file.read(into: &buffer)
      if count == 0 { break }
      try check.update(count == buffer.count ? buffer : Array(buffer[..<count]))
    }
    try check.finish()
  }
}

extension TransferError {
  /// Whether the connection broke in the middle, so that asking for the rest is worth a try.
  fileprivate var isInterruption: Bool {
    switch self {
    case .truncated, .connection, .timedOut, .tooSlow: true
    default: false
    }
  }
}
