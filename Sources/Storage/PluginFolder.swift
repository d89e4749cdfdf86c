package import Platform
package import Releases
package import Signing
package import SystemPackage

/// One plugin's folder on a host, and where everything in it lies.
///
/// ```
/// trees/<tree>/            read-only, hard links into the object store
/// manifests/<tree>.json    the signed bundle manifest that vouches for the tree, with .minisig, .summary and .seal
/// current                  symlink to trees/<tree>: the one truth about what runs
/// last-known-good, pinned, candidate, baseline, unconfirmed   further symlinks: trees that are never removed
/// state/                   the plugin's data
/// snapshots/<n>/           snapshot.json and a copy of state
/// journal                  what a switch was about to do
/// lock                     held while something switches or starts
/// serin-rescue, rescued    a script that moves `current` without this program, and the tree that it left
/// blocked                  why it may not start: see `IntegrityBlock`
/// running/<tree>.<session> locked while a session runs that tree
/// sessions, sessions.1     what became of sessions, see `SessionLog`
/// audit/                   the calls of sessions, see `AuditLog`
/// ```
package struct PluginFolder: Sendable {
  /// The plugin.
  package let name: PluginName
  /// The folder itself.
  package let root: FilePath
  /// What the folder lies on, and the clock that dates what is kept.
  package let machine: Machine

  var disk: Disk { Disk(files: machine.files) }

  init(name: PluginName, root: FilePath, machine: Machine) {
    self.name = name
    self.root = root
    self.machine = machine
  }

  /// The one folder that the plugin may write and keep; never absent once a release was switched on.
  package var state: FilePath { root.appending("state") }

  var treesFolder: FilePath { root.appending("trees") }
  var manifestsFolder: FilePath { root.appending("manifests") }
  var snapshotsFolder: FilePath { root.appending("snapshots") }
  var currentLink: FilePath { root.appending("current") }
  var journalPath: FilePath { root.appending("journal") }
  /// A restored copy of state on its way in.
  var stateNext: FilePath { root.appending("state.next") }
  /// The replaced state on its way into a snapshot.
  var stateOld: FilePath { root.appending("state.old") }

  /// The folder of a tree; nothing is checked.
  package func path(of tree: TreeName) -> FilePath { treesFolder.appending(tree.text) }

  /// The signed bundle manifest that vouches for a tree.
  package func manifestPath(of tree: TreeName) -> FilePath { manifestsFolder.appending(tree.text + ".json") }

  /// The minisign signature of the bundle manifest.
  package func signaturePath(of tree: TreeName) -> FilePath { manifestsFolder.appending(tree.text + ".json.minisig") }

  func summaryPath(of tree: TreeName) -> FilePath { manifestsFolder.appending(tree.text + ".summary") }

  /// Makes the folders that every plugin has; what is there already stays.
  package func prepare() throws(StorageError) {
    try disk.ensureDirectory(root.removingLastComponent())
    for folder in [root, treesFolder, manifestsFolder, snapshotsFolder] { try disk.ensureDirectory(folder) }
  }

  /// Whether this plugin has a folder on the host.
  package func exists() throws(StorageError) -> Bool { try disk.exists(root) }

  /// Takes the plugin for this process without waiting: for a switch, or to start it on a settled `current`.
  ///
  /// - Throws: `locked` while another process holds it; `notInstalled` when it has no folder.
  package func lock() throws(StorageError) -> FileLock {
    guard try exists() else { throw .notInstalled(plugin: name.text) }
    return try disk.lock(root.appending("lock"))
  }

  /// The tree that is switched on; nil when none ever was.
  ///
  /// - Throws: `damaged` when `current` is not a link to a tree of this plugin that is here.
  package func current() throws(StorageError) -> TreeName? {
    guard let tree = try readTreeLink(currentLink) else { return nil }
    guard try disk.status(path(of: tree))?.kind == .directory else {
      throw .damaged(path: currentLink, reason: "the tree \(tree) that it points to is missing")
    }
    return tree
  }

  /// Whether a complete tree of this name is here together with its signed manifest.
  package func hasTree(_ tree: TreeName) throws(StorageError) -> Bool {
    guard try disk.status(path(of: tree))?.kind == .directory else { return false }
    guard try disk.exists(manifestPath(of: tree)) else { return false }
    return try disk.exists(signaturePath(of: tree))
  }

  /// Every complete tree that is here, sorted by name.
  package func trees() throws(StorageError) -> [TreeName] {
    var found: [TreeName] = []
    for entry in try disk.listIfPresent(treesFolder) where entry.kind == .directory {
      guard let tree = TreeName(entry.name), try hasTree(tree) else { continue }
      found.append(tree)
    }
    return found
  }

  /// The complete tree that came with exactly this bundle manifest; nil when it is not here.
  package func tree(withManifest bytes: [UInt8], of digest: SHA256Digest) throws(StorageError) -> TreeName? {
    let manifest = SHA256Digest.of(bytes)
    for tree in [TreeName(digest), TreeName(digest, manifest: manifest)] where try hasTree(tree) {
      if try summary(of: tree).manifest == manifest { return tree }
    }
    return nil
  }

  /// The bytes of the stored bundle manifest, exactly as they were signed.
  package func manifestBytes(of tree: TreeName) throws(StorageError) -> [UInt8] {
    guard let bytes = try disk.readIfPresent(manifestPath(of: tree), limit: StorageLimits.manifestBytes) else {
      throw .noTree(name: tree.text)
    }
    return bytes
  }

  /// The text of the stored signature.
  package func signatureBytes(of tree: TreeName) throws(StorageError) -> [UInt8] {
    guard let bytes = try disk.readIfPresent(signaturePath(of: tree), limit: StorageLimits.signatureBytes) else {
      throw .noTree(name: tree.text)
    }
    return bytes
  }

  /// The stored bundle manifest without its entries: what is needed to run a release or to compare it with another.
  ///
  /// - Throws: what ``manifest(of:)`` throws.
  package func outline(of tree: TreeName) throws(StorageError) -> BundleManifest { try manifest(of: tree).outline }

  /// The stored bundle manifest, read again; its signature is not checked here.
  ///
  /// - Throws: `damaged` when it is malformed, `manifestMismatch` when it describes another tree.
  package func manifest(of tree: TreeName) throws(StorageError) -> BundleManifest {
    let bytes = try manifestBytes(of: tree)
    let manifest: BundleManifest
    do throws(any Error) { manifest = try BundleManifest(json: bytes) } catch {
      throw .damaged(path: manifestPath(of: tree), reason: "\(error)")
    }
    guard manifest.tree == tree.tree else { throw .manifestMismatch(tree: tree.tree, found: manifest.tree) }
    return manifest
  }

  /// Where a link into `trees/` points; nil when there is no link.
  func readTreeLink(_ link: FilePath) throws(StorageError) -> TreeName? {
    guard let status = try disk.status(link) else { return nil }
    guard status.kind == .symlink else { throw .unexpectedKind(path: link, expected: "a symbolic link") }
    let target = try disk.readLink(link).string
    guard target.hasPrefix("trees/"), let tree = TreeName(String(target.dropFirst("trees/".utf8.count))) else {
      throw .damaged(path: link, reason: "it does not point to a tree of this plugin")
    }
    return tree
  }

  /// Lets a link point to a tree in one step that is on the disk when this returns.
  func replaceTreeLink(_ link: FilePath, with tree: TreeName) throws(StorageError) {
    let beside = root.appending((link.lastComponent?.string ?? "link") + ".new")
    try disk.removeIfPresent(beside)
    try disk.symlink(to: FilePath("trees/" + tree.text), at: beside)
    try disk.rename(beside, to: link)
    try disk.sync(directory: root)
  }
}

/// Bounds of what the storage module reads into memory or copies.
package enum StorageLimits {
  /// The largest bundle manifest in bytes.
  package static let manifestBytes = BundleManifest.maxManifestBytes
  /// The largest minisign signature file in bytes.
  package static let signatureBytes = 16 << 10
  /// The largest `snapshot.json` in bytes: it carries permissions and tool pins.
  package static let snapshotBytes = 32 << 20
  /// The largest journal in bytes; it starts anew between two switches above a quarter of it.
  package static let journalBytes = 1 << 20
  /// How many entries a copy of state may have.
  package static let stateEntries: Int64 = 1_000_000
  /// How many bytes a copy of state may have.
  package static let stateBytes: Int64 = 64 << 30
  /// How deep folders may nest in state.
  package static let stateDepth: Int64 = 128
  /// How many entries the folder of an installed tree may have when it is verified.
  package static let treeEntries: Int64 = 1_000_000
}
