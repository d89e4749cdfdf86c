import Platform
import Synchronization
import SystemPackage

/// A network that serves one folder, as well or as badly as a test wants it to.
final class FolderTransport: Transport {
  /// The address that stands for the folder.
  static let url = "https://updates.example.org/acme"

  private struct State {
    var requests: [TransferRequest] = []
    var replaced: [String: [UInt8]] = [:]
    var missing: Set<String> = []
    var refused: [String: Int] = [:]
    var cuts: [String: Int] = [:]
    var isDown = false
    var ignoresRanges = false
  }

  private let state = Mutex(State())
  private let folder: FilePath
  private let files = LocalFileSystem()

  init(_ folder: FilePath) { self.folder = folder }

  /// Everything that was asked for.
  var transfers: [TransferRequest] { state.withLock { $0.requests } }

  /// Everything that was asked for, by its path below the address.
  var requests: [String] { state.withLock { $0.requests.map { Self.path($0.url) } } }

  /// Whether nothing answers at all.
  var isDown: Bool {
    get { state.withLock { $0.isDown } }
    set { state.withLock { $0.isDown = newValue } }
  }

  /// Whether every download is answered from its first byte on.
  func ignoreRanges() { state.withLock { $0.ignoresRanges = true } }

  /// Answers other bytes than those of the folder, for paths that end so; nil ends it.
  func replace(_ suffix: String, with bytes: [UInt8]?) { state.withLock { $0.replaced[suffix] = bytes } }

  /// Answers 404 for paths that end so.
  func miss(_ suffix: String) { state.withLock { _ = $0.missing.insert(suffix) } }

  /// Answers this status for paths that end so; nil ends it.
  func refuse(_ suffix: String, with status: Int?) { state.withLock { $0.refused[suffix] = status } }

  /// Breaks the connection after so many bytes of the next download of a path that ends so.
  func cut(_ suffix: String, after count: Int) { state.withLock { $0.cuts[suffix] = count } }

  func fetch(_ request: TransferRequest) async throws(TransferError) -> TransferResponse {
    let bytes = try answer(request)
    guard Int64(bytes.count) <= request.limit else {
      throw .tooLarge(url: request.url, limit: request.limit, offered: Int64(bytes.count))
    }
    return TransferResponse(body: bytes, url: request.url)
  }

  func download(
    _ request: TransferRequest, to path: FilePath, resumingFrom offset: Int64?,
    progress: (@Sendable (Int64, Int64?) -> Void)?
  ) async throws(TransferError) -> TransferResponse {
    let bytes = try answer(request)
    let start = state.withLock { $0.ignoresRanges } ? 0 : min(Int(offset ?? 0), bytes.count)
    var end = bytes.count
    let cut: Int? = state.withLock { state in
      guard let key = state.cuts.keys.first(where: { request.url.hasSuffix($0) }) else { return nil }
      return state.cuts.removeValue(forKey: key)
    }
    if let cut { end = min(end, start + cut) }
    let isTooLarge = Int64(end) > request.limit
    if isTooLarge { end = Int(request.limit) }
    do throws(FileError) {
      if start == 0 {
        try files.removeIfPresent(path)
        try files.write([], creating: path, mode: 0o600)
      }
      try files.truncate(path, to: Int64(start))
      let file = try files.openForAppending(path)
      try file.write(Array(bytes[start..<end]))
      try file.close()
    } catch {
      throw .file(error)
    }
    progress?(Int64(end), Int64(bytes.count))
    if isTooLarge { throw .tooLarge(url: request.url, limit: request.limit, offered: nil) }
    if cut != nil { throw .truncated(url: request.url, received: Int64(end)) }
    return TransferResponse(
      status: start > 0 ? 206 : 200, url: request.url, resumedFrom: Int64(start), length: Int64(end))
  }

  private func answer(_ request: TransferRequest) throws(TransferError) -> [UInt8] {
    let (isDown, isMissing, refused, replaced) = state.withLock { state in
      state.requests.append(request)
      return (
        state.isDown, state.missing.contains { request.url.hasSuffix($0) },
        state.refused.first { request.url.hasSuffix($0.key) }?.value,
        state.replaced.first { request.url.hasSuffix($0.key) }?.value
      )
    }
    if isDown { throw .connection(url: request.url, reason: "the network is down") }
    if isMissing { throw .notFound(url: request.url, status: 404) }
    if let refused {
      if [403, 404, 410].contains(refused) { throw .notFound(url: request.url, status: refused) }
      throw .status(url: request.url, code: refused)
    }
    if let replaced { return replaced }
    do {
      return try files.readAll(folder.pushing(FilePath(Self.path(request.url))), limit: 64 << 20)
    } catch {
      throw .notFound(url: request.url, status: 404)
    }
  }

  private static func path(_ url: String) -> String { String(url.dropFirst(Self.url.utf8.count + 1)) }
}
