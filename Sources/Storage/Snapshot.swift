package import Platform
package import Releases
package import StrictJSON
package import SystemPackage

/// What a rollback restores: a release, and the plugin's state at the moment when it was replaced.
package struct Snapshot: Hashable, Sendable {
  /// What replaced the release that a snapshot keeps.
  package enum Kind: String, Hashable, Sendable {
    /// Another release was switched on.
    case update
    /// A rollback, which can be undone for as long as this is the newest snapshot.
    case rollback
    /// The undoing of a rollback, which can be undone in its turn.
    case undo
  }

  /// Its number; later ones are larger.
  package let number: Int
  /// The tree that was current.
  package let tree: TreeName
  /// The version of that tree's release.
  package let version: ReleaseVersion
  /// When it was taken.
  package let created: Instant
  /// Why it was taken, in a few words: "update to 2.0".
  package let reason: String
  /// What the caller wants back with it: permissions, tool pins.
  package let details: JSON
  /// Whether it holds a copy of the state.
  package let hasState: Bool
  /// What replaced it.
  package let kind: Kind
}

extension Snapshot {
  init?(json: JSON) {
    guard json["format"]?.intValue == 1, let number = json["number"]?.intValue, number > 0,
      let tree = json["tree"]?.stringValue.flatMap({ TreeName($0) }),
      let version = json["version"]?.stringValue.flatMap({ try? ReleaseVersion($0) }),
      let created = json["created"]?.stringValue.flatMap({ Instant(rfc3339: $0) }),
      let reason = json["reason"]?.stringValue, let hasState = json["state"]?.boolValue,
      let kind = json["kind"].map({ $0.stringValue.flatMap(Kind.init(rawValue:)) }) ?? .update
    else { return nil }
    self.number = number
    self.tree = tree
    self.version = version
    self.created = created
    self.reason = reason
    details = json["details"] ?? .null
    self.hasState = hasState
    self.kind = kind
  }

  var json: JSON {
    [
      "format": 1, "number": .int(number), "tree": .string(tree.text), "version": .string(version.text),
      "created": .string(created.rfc3339), "reason": .string(reason), "state": .bool(hasState), "details": details,
      "kind": .string(kind.rawValue),
    ]
  }
}

extension PluginFolder {
  /// The kept snapshots, newest first; what cannot be read is left out.
  package func snapshots() throws(StorageError) -> [Snapshot] {
    var found: [Snapshot] = []
    for number in try snapshotNumbers() {
      if let snapshot = try? snapshot(number) { found.append(snapshot) }
    }
    return found.sorted { $0.number > $1.number }
  }

  /// One kept snapshot.
  ///
  /// - Throws: `noSnapshot` when there is none of this number, `damaged` when its file is malformed.
  package func snapshot(_ number: Int) throws(StorageError) -> Snapshot {
    let path = snapshotFolder(number).appending("snapshot.json")
    guard let bytes = try disk.readIfPresent(path, limit: StorageLimits.snapshotBytes) else {
      throw .noSnapshot(wanted: "number \(number)", kept: try snapshotNumbers().map { String($0) })
    }
    guard let json = try? JSON.parse(bytes, limits: .own), let snapshot = Snapshot(json: json),
      snapshot.number == number
    else { throw .damaged(path: path, reason: "it is not a snapshot's description") }
    return snapshot
  }

  /// The snapshot that keeps what the last rollback replaced, or the undoing of one; nil when there was none, or when
  /// another release was switched on since.
  ///
  /// Every switch leaves a snapshot of what it replaced, and the newest one always stays: it says what came last.
  package func undoable() throws(StorageError) -> Snapshot? {
    guard let newest = try snapshotNumbers().max() else { return nil }
    let snapshot = try snapshot(newest)
    return snapshot.kind == .update ? nil : snapshot
  }

  /// The copy of the state that a snapshot holds.
  package func statePath(of snapshot: Snapshot) -> FilePath { snapshotFolder(snapshot.number).appending("state") }

  func snapshotFolder(_ number: Int) -> FilePath { snapshotsFolder.appending(String(number)) }

  func snapshotNumbers() throws(StorageError) -> [Int] {
    try disk.listIfPresent(snapshotsFolder).filter { $0.kind == .directory }.compactMap { entry in
      Int(entry.name).flatMap { $0 > 0 && String($0) == entry.name ? $0 : nil }
    }
  }

  /// The next snapshot's number: larger than every kept or half-made one.
  func nextSnapshotNumber() throws(StorageError) -> Int {
    let numbers = try disk.listIfPresent(snapshotsFolder).compactMap { entry in
      Int(entry.name.hasSuffix(".partial") ? String(entry.name.dropLast(".partial".count)) : entry.name)
    }
    return (numbers.max() ?? 0) + 1
  }

  /// Removes a snapshot; a crash never leaves half of one under its name.
  func removeSnapshot(_ number: Int) throws(StorageError) {
    let folder = snapshotFolder(number)
    try disk.removeTree(folder.partial)
    guard try disk.exists(folder) else { return }
    try disk.rename(folder, to: folder.partial)
    try disk.sync(directory: snapshotsFolder)
    try disk.removeTree(folder.partial)
  }
}

/// Which snapshots stay.
package enum Retention {
  /// How many of the newest snapshots stay in any case.
  package static let newest = 3

  /// The numbers of the snapshots that may go.
  ///
  /// The three newest stay, and beyond them the newest one of every protected tree: three bad updates in a row never
  /// take away the state that belongs to the last known good release.
  package static func superfluous(_ snapshots: [Snapshot], protected trees: Set<TreeName>) -> [Int] {
    let sorted = snapshots.sorted { $0.number > $1.number }
    var kept = Set(sorted.prefix(newest).map(\.number))
    for tree in trees {
      if let newest = sorted.first(where: { $0.tree == tree }) { kept.insert(newest.number) }
    }
    return sorted.map(\.number).filter { !kept.contains($0) }.sorted()
  }
}
