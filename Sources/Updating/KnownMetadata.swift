import Platform
import Releases
import Signing
import TUF

extension PluginHost {
  /// The keys that may sign bundles of a repository, from the trusted metadata on this host alone.
  ///
  /// Expiry does not count here: expired metadata stop updates, never what is installed.
  func knownBundleKeys(of repository: TrustedRepository) async throws -> [PublicKey] {
    try await repositories.knownBundleKeys(of: repository)
  }
}

extension TrustedRepositories {
  /// The keys that may sign bundles of a repository, as above.
  func knownBundleKeys(of repository: TrustedRepository) async throws -> [PublicKey] {
    let store = FrozenMetadata(folder: metadata(of: repository.id))
    var client = try MetadataClient(trustedRoot: pinnedRoot(of: repository.id), store: store)
    let trusted = try await client.refresh(at: .distantPast) { request in
      guard request.path == RoleName.timestamp.fileName, let bytes = try await store.load(.timestamp) else {
        return .absent
      }
      return .bytes(bytes)
    }
    guard case .roles(let roles)? = trusted.targets?.content.delegations else { return [] }
    return roles.filter { $0.name.text == "bundles" }.flatMap(\.authority.entries).compactMap { $0.key.ed25519 }
  }
}

/// The trusted metadata as they are: read, and never changed.
private struct FrozenMetadata: MetadataStore {
  let folder: MetadataFolder

  func load(_ file: MetadataFile) async throws -> [UInt8]? { try await folder.load(file) }
  func persist(_ file: MetadataFile, _ bytes: [UInt8]) async throws {}
  func discard(_ file: MetadataFile) async throws {}
}
