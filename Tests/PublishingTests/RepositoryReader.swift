import Platform
import Releases
import Signing
import Synchronization
import SystemPackage
import TUF

/// A client that knows nothing but the folder that is served: refreshes from the first root on, and checks every byte.
struct RepositoryReader {
  /// What a client believes that a channel offers.
  struct Offer: Hashable {
    let version: String
    let sequence: Int64
  }

  let root: FilePath
  let plugin: PluginName
  private let files = LocalFileSystem()

  init(_ desk: Desk) {
    root = desk.root.appending("repository")
    plugin = desk.plugin
  }

  /// What a channel offers, with every bundle of it found in the other role and read to its end.
  ///
  /// A client that keeps its store is one that was here before; with an empty store it is a newcomer.
  func offer(in channel: String, at seconds: Int64, keeping store: MemoryStore = MemoryStore()) async throws -> Offer? {
    let first = try read("metadata/1.root.json")
    var client = MetadataClient(trustedRoot: first, store: store)
    let fetch: MetadataClient.Fetch = { request in
      guard let bytes = try? read("metadata/" + request.path) else { return .absent }
      return .bytes(bytes)
    }
    try await client.refresh(at: MetadataTime(seconds: seconds), fetch: fetch)
    guard let target = try await client.find("plugins/\(plugin)/\(channel).json", fetch: fetch) else { return nil }
    let bytes = try read("targets/" + target.filePath(consistent: true))
    try target.check(bytes)
    let manifest = try ChannelManifest(json: bytes)
    for bundle in manifest.bundles {
      guard let found = try await client.find(bundle.path, fetch: fetch) else {
        throw TUFError.missing(file: bundle.path)
      }
      try found.check(try read("targets/" + found.filePath(consistent: true)))
    }
    return Offer(version: manifest.version.text, sequence: manifest.sequence)
  }

  private func read(_ name: String) throws -> [UInt8] {
    try files.readAll(root.pushing(FilePath(name)), limit: 64 << 20)
  }
}

/// Trusted metadata in memory.
final class MemoryStore: MetadataStore {
  private let kept = Mutex<[MetadataFile: [UInt8]]>([:])

  func load(_ file: MetadataFile) async throws -> [UInt8]? { kept.withLock { $0[file] } }
  func persist(_ file: MetadataFile, _ bytes: [UInt8]) async throws { kept.withLock { $0[file] = bytes } }
  func discard(_ file: MetadataFile) async throws { kept.withLock { $0[file] = nil } }
}
