package import Platform
package import Releases
internal import Signing
package import SystemPackage

/// The folder in which one user's plugins are installed, and where everything in it lies.
///
/// ```
/// host-id                          who this host is for rollout buckets, 32 hexadecimal digits
/// lock                             held by whoever changes something
/// agent.lock, agent.json           held by the agent, and what it does
/// repositories/<id>/               trusted metadata
/// downloads/                       bundles on their way
/// objects/ab/<sha256>[.x]          content, shared by all trees
/// plugins/<namespace>/<name>/      see `PluginFolder`
/// quarantine/                      damaged files, a bounded amount of them
/// sandboxes/, canary/              what runs in sandboxes now
/// trash/                           what is being removed
/// self/                            this program's own releases, in a host folder of their own
/// ledger.sqlite                    see `Ledger`
/// ```
package struct HostFolder: Sendable {
  /// The folder itself.
  package let root: FilePath
  /// What the folder lies on, and the clock that dates what is kept.
  package let machine: Machine

  var disk: Disk { Disk(files: machine.files) }

  /// Names a host's folder without touching it.
  package init(root: FilePath, machine: Machine) {
    self.root = root
    self.machine = machine
  }

  /// Opens a host's folder, making it with mode 0700 when it is not there.
  package static func open(_ root: FilePath, machine: Machine) throws(StorageError) -> HostFolder {
    let host = HostFolder(root: root, machine: machine)
    let disk = host.disk
    if try disk.status(root) == nil {
      try disk.run { () throws(FileError) in try machine.files.makeDirectories(root.removingLastComponent()) }
    }
    try disk.ensureDirectory(root)
    for folder in [host.repositories, host.downloads, host.objectsFolder, host.pluginsFolder, host.trash] {
      try disk.ensureDirectory(folder)
    }
    return host
  }

  /// Trusted metadata, one folder per repository.
  package var repositories: FilePath { root.appending("repositories") }

  /// Bundles on their way; whatever lies here may be removed at any time.
  package var downloads: FilePath { root.appending("downloads") }

  /// The file of the ledger.
  package var ledgerPath: FilePath { root.appending("ledger.sqlite") }

  /// The content that all trees share.
  package var objects: ObjectStore { ObjectStore(root: objectsFolder, files: machine.files) }

  var objectsFolder: FilePath { root.appending("objects") }
  var pluginsFolder: FilePath { root.appending("plugins") }
  var trash: FilePath { root.appending("trash") }

  /// The folder of one repository's trusted metadata.
  ///
  /// - Throws: `unusableName` unless the id is one plain path component.
  package func repository(_ id: String) throws(StorageError) -> FilePath {
    repositories.appending(try Self.component(id))
  }

  /// The folder of one plugin; nothing is made or checked.
  package func plugin(_ name: PluginName) throws(StorageError) -> PluginFolder {
    let namespace = try Self.component(name.namespace)
    let root = pluginsFolder.appending(namespace).appending(try Self.component(name.name))
    return PluginFolder(name: name, root: root, machine: machine)
  }

  /// Every plugin that has a folder here, sorted by name.
  package func plugins() throws(StorageError) -> [PluginFolder] {
    var found: [PluginFolder] = []
    for namespace in try disk.listIfPresent(pluginsFolder) where namespace.kind == .directory {
      for entry in try disk.list(pluginsFolder.appending(namespace.name)) where entry.kind == .directory {
        guard let name = try? PluginName("\(namespace.name)/\(entry.name)") else { continue }
        found.append(try plugin(name))
      }
    }
    return found.sorted { $0.name < $1.name }
  }

  /// Who this host is: 128 random bits in hexadecimal, made once.
  ///
  /// It decides rollout buckets and is never sent anywhere.
  package func hostID() throws(StorageError) -> String {
    let path = root.appending("host-id")
    if let bytes = try disk.readIfPresent(path, limit: 64) {
      let digits = bytes.last == UInt8(ascii: "\n") ? bytes.dropLast() : bytes[...]
      guard digits.count == 32, digits.allSatisfy({ (48...57).contains($0) || (97...102).contains($0) }) else {
        throw .damaged(path: path, reason: "it must hold 32 hexadecimal digits")
      }
      return String(decoding: digits, as: UTF8.self)
    }
    var random = SystemRandomNumberGenerator()
    let text = [random.next(), random.next()].map { (word: UInt64) in
      let digits = String(word, radix: 16)
      return String(repeating: "0", count: 16 - digits.utf8.count) + digits
    }.joined()
    try disk.write(Array((text + "\n").utf8), atomicallyTo: path, mode: 0o600)
    return text
  }

  /// Takes the host for this process without waiting.
  ///
  /// - Throws: `locked` while another process holds it.
  package func lock() throws(StorageError) -> HostLock {
    HostLock(root: root, lock: try disk.lock(root.appending("lock")))
  }

  private static func component(_ text: String) throws(StorageError) -> FilePath.Component {
    guard let component = FilePath.Component(text), component.kind == .regular, component.string == text else {
      throw .unusableName(text)
    }
    return component
  }
}

/// The proof that this process alone changes a host; it ends with the value or with the process.
package final class HostLock: Sendable {
  /// The host's folder.
  package let root: FilePath
  private let lock: FileLock

  init(root: FilePath, lock: FileLock) {
    self.root = root
    self.lock = lock
  }
}
