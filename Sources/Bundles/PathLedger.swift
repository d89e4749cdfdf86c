internal import Releases

/// The paths of a tree that were seen so far: finds duplicates, collisions, and files that are used as folders.
struct PathLedger: Sendable {
  /// What a path is.
  enum Kind: Sendable {
    case file, symlink, directory
  }

  private struct Record {
    var path: String
    var kind: Kind
    /// A folder that was only seen as the way to something else may still come as an entry of its own.
    var isImplied: Bool
  }

  /// By folded path: two records under one key would be one file on some file systems.
  private var records: [String: Record] = [:]
  private let maxEntries: Int

  /// An empty ledger for at most so many paths, folders on the way included.
  init(maxEntries: Int) { self.maxEntries = maxEntries }

  /// Enters a path in the form of `TreePath.read`; throws the `ArchiveError` that refuses it.
  mutating func add(_ path: String, _ kind: Kind) throws(ArchiveError) {
    try addParents(of: path)
    let key = TreePath.folded(path)
    guard let known = records[key] else {
      try insert(Record(path: path, kind: kind, isImplied: false), at: key)
      return
    }
    try Self.checkSpelling(path, known.path)
    guard kind == .directory, known.kind == .directory, known.isImplied else {
      if known.isImplied { throw .fileAsParent(path + "/…", parent: path) }
      throw .duplicate(path)
    }
    records[key]?.isImplied = false
  }

  private mutating func addParents(of path: String) throws(ArchiveError) {
    var end = path.utf8.startIndex
    while let slash = path.utf8[end...].firstIndex(of: UInt8(ascii: "/")) {
      let parent = String(path[..<slash])
      end = path.utf8.index(after: slash)
      let key = TreePath.folded(parent)
      guard let known = records[key] else {
        try insert(Record(path: parent, kind: .directory, isImplied: true), at: key)
        continue
      }
      try Self.checkSpelling(parent, known.path)
      guard known.kind == .directory else { throw .fileAsParent(path, parent: parent) }
    }
  }

  private mutating func insert(_ record: Record, at key: String) throws(ArchiveError) {
    guard records.count < maxEntries else { throw .tooManyEntries(limit: maxEntries) }
    records[key] = record
  }

  /// Refuses two spellings of one folded path.
  private static func checkSpelling(_ path: String, _ known: String) throws(ArchiveError) {
    if path.utf8.elementsEqual(known.utf8) { return }
    // Swift's == is canonical equivalence: equal texts of different bytes are two Unicode spellings.
    if path == known { throw .unicodeCollision(path, other: known) }
    throw .caseCollision(path, other: known)
  }
}
