import Platform
import StrictJSON
import TUF
import TestSupport
import Testing

/// A client of ours that fetches over real HTTP.
struct WebClient {
  let store = MemoryStore()
  let root: [UInt8]
  private let transport = CurlTransport(files: LocalFileSystem())

  init(root: [UInt8]) {
    self.root = root
  }

  /// The present moment: python-tuf follows the real clock.
  static var now: MetadataTime { MetadataTime(seconds: Machine.live.clock.now().seconds) }

  /// Refreshes, and downloads the targets that somebody lists.
  ///
  /// - Parameter url: The address below which `metadata/` and `targets/` lie, with a slash at its end.
  func download(_ targets: [String], from url: String) async throws -> [String: String] {
    var client = MetadataClient(trustedRoot: root, store: store)
    let fetch = { (request: FetchRequest) async throws -> FetchAnswer in
      do throws(TransferError) {
        let url = url + "metadata/" + request.path
        return .bytes(try await transport.fetch(TransferRequest(url: url, limit: Int64(request.limit))).body)
      } catch {
        if error.isNotFound { return .absent }
        throw error
      }
    }
    let trusted = try await client.refresh(at: Self.now, fetch: fetch)
    var contents: [String: String] = [:]
    for path in targets {
      guard let target = try await client.find(path, fetch: fetch) else { continue }
      let address = url + "targets/" + target.urlPath(consistent: trusted.consistentSnapshot)
      let bytes = try await transport.fetch(TransferRequest(url: address, limit: target.length)).body
      try target.check(bytes)
      contents[path] = String(decoding: bytes, as: UTF8.self)
    }
    return contents
  }

  /// The version of each role in the store.
  var versions: [String: Int64] {
    get async throws {
      var versions: [String: Int64] = [:]
      for (file, bytes) in await store.files {
        let version = try #require(try SignedEnvelope(bytes, role: file.role).signed["version"]?.int64Value)
        versions[file.role.text] = max(version, versions[file.role.text] ?? 0)
      }
      return versions
    }
  }
}
