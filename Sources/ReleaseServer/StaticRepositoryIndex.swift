package import Platform
import Signing
package import SystemPackage

/// The index of a repository folder, read from its metadata files and kept until they change.
///
/// It follows the same way as a host (timestamp, snapshot role, targets, delegations) but verifies no signature:
/// the server holds no trusted root, and what it shows is not what a host believes. Metadata are replaced by rename
/// while it runs, so nothing is kept longer than the files it came from keep their inode, time and size.
package actor StaticRepositoryIndex: RepositoryIndex {
  private let root: FilePath
  private let files: any FileSystem
  private let limits: ServerLimits
  private var latest: Contents?
  private var manifests: [String: ChannelListing] = [:]

  /// Indexes a repository folder.
  /// - Parameters:
  ///   - root: The folder that holds `metadata/` and `targets/`.
  ///   - files: The file system.
  ///   - limits: How much is read at most.
  package init(root: FilePath, files: any FileSystem, limits: ServerLimits = .standard) {
    self.root = root
    self.files = files
    self.limits = limits
  }

  package func roles() throws -> [RoleStatus] {
    try contents().roles
  }

  package func plugins() throws -> [PluginListing] {
    var channels: [String: [ChannelListing]] = [:]
    for entry in try contents().manifests {
      channels[entry.path.plugin, default: []].append(try listing(entry))
    }
    return channels.map { PluginListing(plugin: $0.key, channels: $0.value) }.sorted { $0.plugin < $1.plugin }
  }

  package func manifest(plugin: String, channel: String) throws -> ManifestDocument? {
    guard let path = ManifestPath(plugin: plugin, channel: channel),
      let entry = try contents().manifests.first(where: { $0.path == path })
    else { return nil }
    return try document(entry)
  }

  // MARK: - Manifests

  private func listing(_ entry: ManifestEntry) throws -> ChannelListing {
    if let known = manifests[entry.digest.hex] { return known }
    let listing = try ChannelListing(manifest: try document(entry).bytes, path: entry.path)
    // Forgetting everything at once is simple, and rare: the table is larger than most repositories.
    if manifests.count >= limits.cachedManifests { manifests.removeAll(keepingCapacity: true) }
    manifests[entry.digest.hex] = listing
    return listing
  }

  private func document(_ entry: ManifestEntry) throws -> ManifestDocument {
    let folder = "targets/plugins/\(entry.path.plugin)"
    let file = "\(folder)/\(entry.digest.hex).\(entry.path.channel).json"
    let bytes = try read(file, limit: min(entry.length, limits.manifestBytes)).bytes
    let found = SHA256Digest.of(bytes)
    guard found == entry.digest else {
      throw IndexError.digestMismatch(file: file, expected: entry.digest, found: found)
    }
    return ManifestDocument(bytes: bytes, digest: found)
  }

  // MARK: - Metadata

  private struct ManifestEntry {
    let path: ManifestPath
    let length: Int64
    let digest: SHA256Digest
  }

  private struct Stamp: Equatable {
    let inode: UInt64
    let size: Int64
    let modified: Instant

    init(_ status: FileStatus) {
      inode = status.inode
      size = status.size
      modified = status.modified
    }
  }

  private struct Contents {
    var stamps: [(file: String, stamp: Stamp)] = []
    var roles: [RoleStatus] = []
    var manifests: [ManifestEntry] = []
  }

  private func contents() throws -> Contents {
    if let latest, try isCurrent(latest) { return latest }
    let fresh = try readAll()
    latest = fresh
    return fresh
  }

  private func isCurrent(_ contents: Contents) throws -> Bool {
    for (file, stamp) in contents.stamps {
      guard let status = try files.status(root.appending(file)), Stamp(status) == stamp else { return false }
    }
    return true
  }

  private func readAll() throws -> Contents {
    var contents = Contents()
    let timestamp = try metadata("timestamp.json", into: &contents)
    contents.roles.append(try timestamp.status(role: "timestamp"))
    let snapshot = try versioned("snapshot", listedIn: timestamp, into: &contents)
    contents.roles.append(try snapshot.status(role: "snapshot"))
    let targets = try versioned("targets", listedIn: snapshot, into: &contents)
    contents.roles.append(try targets.status(role: "targets"))
    if let root = try newestRoot(into: &contents) { contents.roles.insert(root, at: 0) }
    try walk(from: targets, snapshot: snapshot, into: &contents)
    return contents
  }

  /// Visits the delegated roles in pre-order (TUF 1.0.34 section 5.6.7); the first role that lists a path answers
  /// for it.
  private func walk(from top: MetadataFile, snapshot: MetadataFile, into contents: inout Contents) throws {
    var seen: Set<String> = ["targets"]
    var answered: Set<String> = []
    var pending: [(delegation: Delegation, chain: [Delegation])] = top.delegations().reversed().map { ($0, [$0]) }
    while let (delegation, chain) = pending.popLast() {
      guard !seen.contains(delegation.role) else { continue }
      seen.insert(delegation.role)
      guard seen.count <= limits.roles else { throw IndexError.tooMany(what: "delegated roles", limit: limits.roles) }
      guard snapshot.version(of: delegation.role + ".json") != nil else { continue }
      let role = try versioned(delegation.role, listedIn: snapshot, into: &contents)
      contents.roles.append(try role.status(role: delegation.role))
      guard delegation.mayHoldManifests else { continue }
      for target in role.targets() where !answered.contains(target.path) && chain.allSatisfy({ $0.covers(target.path) })
      {
        guard let path = ManifestPath(target.path), let digest = SHA256Digest(hex: target.digest) else { continue }
        answered.insert(target.path)
        contents.manifests.append(ManifestEntry(path: path, length: target.length, digest: digest))
      }
      guard contents.manifests.count <= limits.manifests else {
        throw IndexError.tooMany(what: "channel manifests", limit: limits.manifests)
      }
      pending += role.delegations().reversed().map { ($0, chain + [$0]) }
    }
  }

  /// The highest numbered root; clients climb to it one by one.
  private func newestRoot(into contents: inout Contents) throws -> RoleStatus? {
    let versions = try files.list(root.appending("metadata")).compactMap { entry -> Int64? in
      guard entry.kind == .file, entry.name.hasSuffix(".root.json") else { return nil }
      return Int64(entry.name.dropLast(".root.json".utf8.count))
    }
    guard let newest = versions.max() else { return nil }
    return try metadata("\(newest).root.json", into: &contents).status(role: "root")
  }

  private func versioned(
    _ role: String, listedIn parent: MetadataFile, into contents: inout Contents
  ) throws -> MetadataFile {
    guard let version = parent.version(of: role + ".json") else {
      throw IndexError.malformed(file: parent.name, why: "it names no version of \(role)")
    }
    return try metadata("\(version).\(role).json", into: &contents)
  }

  private func metadata(_ name: String, into contents: inout Contents) throws -> MetadataFile {
    let file = "metadata/" + name
    let (bytes, stamp) = try read(file, limit: limits.metadataBytes)
    contents.stamps.append((file, stamp))
    return try MetadataFile(name: name, bytes: bytes)
  }

  private func read(_ file: String, limit: Int64) throws -> (bytes: [UInt8], stamp: Stamp) {
    let path = root.appending(file)
    guard let status = try files.status(path), status.kind == .file else { throw IndexError.missing(file: file) }
    let open = try files.open(path)
    let opened = try open.status()
    guard opened.size <= limit else { throw IndexError.malformed(file: file, why: "it is larger than \(limit) bytes") }
    var bytes: [UInt8] = []
    bytes.reserveCapacity(Int(opened.size))
    while Int64(bytes.count) <= limit {
      let chunk = try open.read(upTo: 64 * 1024)
      if chunk.isEmpty { break }
      bytes += chunk
    }
    guard Int64(bytes.count) <= limit else {
      throw IndexError.malformed(file: file, why: "it is larger than \(limit) bytes")
    }
    return (bytes, Stamp(opened))
  }
}
