internal import Platform
package import Signing
internal import Synchronization
package import SystemPackage

/// An object of the store that is not what its name promises.
package struct BadObject: Hashable, Sendable, Comparable {
  /// What is wrong with it.
  package enum Problem: Hashable, Sendable {
    /// It has other content.
    case content(found: SHA256Digest)
    /// Its content is right, its permission bits are not.
    case mode(expected: UInt16, found: UInt16)
    /// It is no ordinary file.
    case kind(found: String)
    /// It cannot be read.
    case unreadable(String)
  }

  /// The content and mode that its name promises.
  package let key: ObjectStore.Key
  /// Where it lies.
  package let path: FilePath
  /// What is wrong with it.
  package let problem: Problem

  /// The object's name.
  package var name: String { path.lastComponent?.string ?? path.string }

  /// One sentence that names the object and what is wrong with it.
  package var description: String {
    switch problem {
    case .content(let found): "object \(name) has other content: SHA-256 \(found)"
    case .mode(let expected, let found):
      "object \(name) has mode 0\(String(found, radix: 8)), not 0\(String(expected, radix: 8))"
    case .kind(let found): "object \(name) is \(found), not a file"
    case .unreadable(let reason): "object \(name) cannot be read: \(reason)"
    }
  }

  /// Orders objects by name.
  package static func < (one: BadObject, other: BadObject) -> Bool { one.name < other.name }
}

/// What re-reading the whole object store found.
package struct ObjectCheck: Hashable, Sendable {
  /// How many objects were read.
  package var objects = 0
  /// How many bytes were read.
  package var bytes: Int64 = 0
  /// The objects that are not what their names promise, sorted by name.
  package var bad: [BadObject] = []

  /// Nothing was read yet.
  package init() {}
}

extension HostFolder {
  /// Reads every object again and compares it with its name, on several threads; one folder of the store at a time, so
  /// that memory does not grow with it.
  ///
  /// Entries whose names are no object's are passed over; ``HostInventory`` names them.
  package func checkObjects() throws(StorageError) -> ObjectCheck {
    var check = ObjectCheck()
    for shard in try disk.listIfPresent(objectsFolder) where shard.kind == .directory {
      let folder = objectsFolder.appending(shard.component)
      let named = try disk.list(folder).compactMap { entry in
        ObjectStore.Key(name: entry.name, in: shard.name).map { (key: $0, path: folder.appending(entry.component)) }
      }
      let found = Mutex<(bytes: Int64, bad: [BadObject])>((0, []))
      inParallel(named, threads: Workers.count) { object in
        let (problem, size) = disk.problem(of: object.key, at: object.path)
        found.withLock { found in
          found.bytes += size
          if let problem { found.bad.append(BadObject(key: object.key, path: object.path, problem: problem)) }
        }
      }
      check.objects += named.count
      found.withLock { found in
        check.bytes += found.bytes
        check.bad += found.bad
      }
    }
    check.bad.sort()
    return check
  }
}

extension ObjectStore.Key {
  /// Reads an object's name back; nil for what is none, or lies in a folder where it does not belong.
  init?(name: String, in shard: String) {
    let isExecutable = name.hasSuffix(".x")
    let hex = isExecutable ? String(name.dropLast(2)) : name
    guard let digest = SHA256Digest(hex: hex), digest.hex == hex, hex.hasPrefix(shard), shard.utf8.count == 2 else {
      return nil
    }
    self.init(digest, isExecutable: isExecutable)
  }
}

extension ObjectStore.Key {
  /// The key of the object at a path of the store; nil for what is none.
  init?(_ path: FilePath) {
    guard let name = path.lastComponent, let shard = path.removingLastComponent().lastComponent else { return nil }
    self.init(name: name.string, in: shard.string)
  }
}

extension Disk {
  /// What is wrong with an object, and how many bytes were read to find out.
  fileprivate func problem(of key: ObjectStore.Key, at path: FilePath) -> (BadObject.Problem?, Int64) {
    do throws(StorageError) {
      // Gone meanwhile: an object that is missing is no damage.
      guard let status = try status(path) else { return (nil, 0) }
      guard status.kind == .file else { return (.kind(found: status.kind.noun), 0) }
      let found = try digest(of: path, size: status.size)
      if found != key.digest { return (.content(found: found), status.size) }
      return (status.mode == key.mode ? nil : .mode(expected: key.mode, found: status.mode), status.size)
    } catch {
      return (.unreadable(error.description), 0)
    }
  }
}

/// What is known of the store after all of it was read: a file of a tree that is the very same file as a sound object
/// need not be read again.
package struct SoundObjects: Sendable {
  private let disk: Disk
  private let store: ObjectStore
  private let bad: Set<ObjectStore.Key>

  init(_ check: ObjectCheck, host: HostFolder) {
    disk = host.disk
    store = host.objects
    bad = Set(check.bad.map(\.key))
  }

  /// The objects that were found to be damaged.
  package var damaged: Set<ObjectStore.Key> { bad }

  /// Whether a file is a further name of an object whose content was just read and found right.
  func vouches(for key: ObjectStore.Key, _ status: FileStatus) -> Bool {
    guard status.links > 1, !bad.contains(key), let object = try? disk.status(store.path(key)) else { return false }
    return object.inode == status.inode && object.device == status.device
  }

  /// Takes a sound file of a tree as the object that was damaged and is gone; what fails is only a lost saving.
  func replace(_ key: ObjectStore.Key, from file: FilePath) {
    guard bad.contains(key), (try? disk.exists(store.path(key))) == false,
      (try? disk.status(file))?.mode == key.mode
    else { return }
    _ = store.adopt(file, as: key)
  }
}

extension HostFolder {
  /// What a check of the store lets be known about files that are the same as its objects.
  package func soundObjects(after check: ObjectCheck) -> SoundObjects { SoundObjects(check, host: self) }
}
