import Platform
import Signing
import TUF

/// The library at work: a repository's metadata over HTTP, kept in a folder.
struct RepositoryAccess {
  let folder: ClientFolder
  let metadataURL: String
  let transport: CurlTransport
  private var client: MetadataClient?
  private var lock: FileLock?

  init(folder: ClientFolder, metadataURL: String) {
    self.folder = folder
    self.metadataURL = metadataURL
    transport = CurlTransport(files: folder.files)
  }

  /// Brings the top-level metadata up to date; no other process may do so at the same time.
  mutating func refresh() async throws {
    lock = try folder.lock()
    var client = try MetadataClient(trustedRoot: folder.pinnedRoot(), store: folder)
    // TUF 5.1: one reference time for everything.
    let time = MetadataTime(seconds: SystemClock().now().seconds)
    try await client.refresh(at: time) { request in try await fetch(request) }
    self.client = client
  }

  /// Whether target files carry digests in their names.
  var consistentSnapshot: Bool { client?.trusted?.consistentSnapshot ?? false }

  /// What the repository says of a target; refresh first.
  mutating func find(_ name: String) async throws -> TargetInfo {
    guard var client else { throw TUFError.unexpectedAnswer }
    let found = try await client.find(name) { request in try await fetch(request) }
    self.client = client
    guard let found else { throw TUFError.missing(file: name) }
    return found
  }

  private func fetch(_ request: FetchRequest) async throws -> FetchAnswer {
    do throws(TransferError) {
      let address = metadataURL + (metadataURL.hasSuffix("/") ? "" : "/") + request.path
      return .bytes(try await transport.fetch(TransferRequest(url: address, limit: Int64(request.limit))).body)
    } catch {
      // TUF 5.3.3: only the server's word that there is no such file ends the chain of roots.
      if error.isNotFound { return .absent }
      throw error
    }
  }
}
