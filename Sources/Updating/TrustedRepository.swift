import Platform
package import Signing
import StrictJSON
import SystemPackage

/// A repository that this host trusts: its address, the root it was trusted by, and how its server proves itself.
package struct TrustedRepository: Hashable, Sendable {
  /// The largest `repository.json` that is read.
  static let maximumBytes = 65_536

  /// The name of its folder, and what `--repository` takes.
  package let id: String
  /// Absolute address without a slash at its end; metadata and targets lie below it.
  package let url: String
  /// Public keys of which the TLS server must present one ("sha256//" and base64); empty means that any certificate of
  /// a known authority will do.
  package let pinnedKeys: [String]
  /// SHA-256 of the root file that the user pinned.
  package let fingerprint: SHA256Digest
  /// When it was trusted, in RFC 3339.
  package let since: String

  var json: JSON {
    .object(
      JSON.Object([
        ("format", .integer(1)), ("id", .string(id)), ("url", .string(url)),
        ("pinnedKeys", .array(pinnedKeys.map { .string($0) })), ("fingerprint", .string(fingerprint.hex)),
        ("since", .string(since)),
      ]))
  }

  init(id: String, url: String, pinnedKeys: [String], fingerprint: SHA256Digest, since: String) {
    self.id = id
    self.url = url
    self.pinnedKeys = pinnedKeys
    self.fingerprint = fingerprint
    self.since = since
  }

  init(bytes: [UInt8], path: FilePath) throws(UpdatingError) {
    let json: JSON
    do {
      json = try JSON.parse(bytes)
    } catch {
      throw .damagedFile(path: path.string, reason: error.description)
    }
    guard json["format"]?.intValue == 1, let id = json["id"]?.stringValue, let url = json["url"]?.stringValue,
      let digest = json["fingerprint"]?.stringValue.flatMap({ SHA256Digest(hex: $0) }),
      let since = json["since"]?.stringValue, let pins = json["pinnedKeys"]?.arrayValue,
      // A pin that cannot be read must not turn into no pin at all.
      pins.allSatisfy({ $0.stringValue != nil }), path.removingLastComponent().lastComponent?.string == id
    else { throw .damagedFile(path: path.string, reason: "it is no record of a trusted repository") }
    self.init(
      id: id, url: url, pinnedKeys: pins.compactMap(\.stringValue), fingerprint: digest, since: since)
  }
}

/// The repositories of a host, each in a folder of its own below `repositories/`.
package struct TrustedRepositories: Sendable {
  /// The most repositories a host keeps.
  static let maximumCount = 256

  let folder: FilePath
  let machine: Machine
  /// Told, in one sentence, what a person should know although nothing failed.
  let warn: @Sendable (String) -> Void

  /// All trusted repositories, by id.
  package func all() throws -> [TrustedRepository] {
    var found: [TrustedRepository] = []
    guard try machine.files.exists(folder) else { return [] }
    for entry in try machine.files.list(folder).prefix(Self.maximumCount) where entry.kind == .directory {
      let path = record(entry.name)
      guard try machine.files.exists(path) else { continue }
      let bytes = try machine.files.readAll(path, limit: TrustedRepository.maximumBytes)
      found.append(try TrustedRepository(bytes: bytes, path: path))
    }
    return found
  }

  /// The repository of this id or address.
  package func named(_ name: String) throws -> TrustedRepository {
    let known = try all()
    guard let found = known.first(where: { $0.id == name || $0.url == name }) else {
      throw UpdatingError.unknownRepository(offered: name, known: known.map(\.id))
    }
    return found
  }

  /// Where a repository's trusted metadata lie.
  func metadata(of id: String) -> MetadataFolder {
    MetadataFolder(root: folder.appending(id), files: machine.files)
  }

  /// The root by which a repository was first trusted.
  func pinnedRoot(of id: String) throws -> [UInt8] {
    try machine.files.readAll(folder.appending(id).appending("pinned.root.json"), limit: MetadataFolder.maximumBytes)
  }

  /// Keeps a newly trusted repository; its record comes last, so that half of it is nothing.
  func add(_ repository: TrustedRepository, root: [UInt8]) throws {
    let home = folder.appending(repository.id)
    try metadata(of: repository.id).create()
    try machine.files.write(root, atomicallyTo: home.appending("pinned.root.json"), mode: 0o600)
    try machine.files.write(
      repository.json.serialized(pretty: true), atomicallyTo: record(repository.id), mode: 0o600)
    try machine.files.sync(directory: folder)
  }

  /// Forgets a repository and everything believed of it.
  func remove(_ id: String) throws {
    try machine.files.removeIfPresent(record(id))
    try machine.files.removeTree(folder.appending(id))
  }

  private func record(_ id: String) -> FilePath { folder.appending(id).appending("repository.json") }
}
