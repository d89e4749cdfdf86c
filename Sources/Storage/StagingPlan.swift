internal import Releases

/// One file that a staged tree must get.
struct StagedFile: Sendable {
  let path: String
  let key: ObjectStore.Key
  let size: Int64
  /// Whether an earlier file of the tree has the same content; this one becomes a link to it once all are written.
  let isTwin: Bool
}

/// What a tree that is being staged still needs, and which of its files repeat the content of another.
///
/// A few bytes for each entry beside the manifest that is in memory anyway: names and paths are made when they are
/// needed, so that a tree of very many files costs little more than its manifest.
struct StagingPlan {
  let entries: [TreeEntry]
  /// For each entry the first file with the same content: itself, when nothing earlier has it.
  private let originals: [Int32]
  private var isWanted: [Bool]
  /// Which files are further names of objects; empty while none is.
  private var areObjects: [Bool] = []
  /// How many files have not come yet.
  private(set) var missing: Int
  /// Where the next file probably stands: they come in the manifest's order.
  private var next = 0

  init(_ entries: [TreeEntry]) {
    self.entries = entries
    originals = Self.originals(entries)
    isWanted = entries.map { $0.sha256 != nil }
    missing = isWanted.count { $0 }
  }

  /// What object an entry is; nil for what is no file, and for empty files: a shared one would soon have more names
  /// than a file system allows.
  func shareableKey(_ index: Int) -> ObjectStore.Key? {
    entries[index].size > 0 ? Self.key(of: entries[index]) : nil
  }

  /// The first file with the content of this one, when that is another.
  func original(of index: Int) -> Int? {
    let original = Int(originals[index])
    return original == index ? nil : original
  }

  /// Takes a file off the list; nil when it is not expected, or has come already.
  mutating func take(_ path: String) -> StagedFile? {
    guard let index = index(of: path), isWanted[index], let key = Self.key(of: entries[index]) else { return nil }
    isWanted[index] = false
    missing -= 1
    next = index + 1
    return StagedFile(
      path: entries[index].path, key: key, size: entries[index].size, isTwin: original(of: index) != nil)
  }

  /// Puts a file back on the list.
  mutating func putBack(_ path: String) {
    guard let index = index(of: path), !isWanted[index] else { return }
    isWanted[index] = true
    missing += 1
  }

  /// The places of all files that have not come.
  func wanted() -> [Int] { entries.indices.filter { isWanted[$0] } }

  /// Notes files that came from the object store.
  mutating func markObjects(_ indices: [Int]) {
    if areObjects.isEmpty { areObjects = Array(repeating: false, count: entries.count) }
    for index in indices { areObjects[index] = true }
  }

  /// Whether a file came from the object store, so that it need not be named there.
  func isObject(_ index: Int) -> Bool { !areObjects.isEmpty && areObjects[index] }

  /// Takes files off the list that came by their places.
  mutating func take(_ indices: [Int]) {
    for index in indices where isWanted[index] {
      isWanted[index] = false
      missing -= 1
    }
  }

  /// Whether a file is still wanted.
  func wants(_ path: String) -> Bool { index(of: path).map { isWanted[$0] } ?? false }

  /// The first files that have not come.
  func firstMissing(_ count: Int) -> [String] {
    Array(entries.indices.lazy.filter { isWanted[$0] }.prefix(count).map { entries[$0].path })
  }

  private func index(of path: String) -> Int? {
    if next < entries.count, entries[next].path.utf8.elementsEqual(path.utf8) { return next }
    return entries.sortedIndex(of: path)
  }

  /// What object a file is; nil for what is no file.
  static func key(of entry: TreeEntry) -> ObjectStore.Key? {
    guard case .file(let mode, _, let digest) = entry.kind else { return nil }
    return ObjectStore.Key(digest, isExecutable: mode & 0o100 != 0)
  }

  /// Finds equal content by sorting, which needs far less memory than a dictionary of digests.
  private static func originals(_ entries: [TreeEntry]) -> [Int32] {
    var originals = entries.indices.map { Int32(clamping: $0) }
    let files = originals.filter { entries[Int($0)].size > 0 }.sorted { left, right in
      guard let one = key(of: entries[Int(left)]), let other = key(of: entries[Int(right)]) else { return left < right }
      if one.digest != other.digest { return one.digest < other.digest }
      return one.isExecutable == other.isExecutable ? left < right : other.isExecutable
    }
    for (earlier, later) in zip(files, files.dropFirst())
    where key(of: entries[Int(earlier)]) == key(of: entries[Int(later)]) {
      originals[Int(later)] = originals[Int(earlier)]
    }
    return originals
  }
}
