internal import Releases

/// Finds for content of the new tree the old file that it most probably grew from, by names and sizes alone.
struct DeltaMatcher {
  /// How many files of one name are looked at.
  private static let maxCandidates = 256

  private let old: [TreeEntry]
  private let new: [TreeEntry]
  /// Old files whose path is not in the new tree and whose content is not either: what was renamed and changed.
  let gone: [Int]
  private let isGone: [Bool]
  /// Old files by their path without version numbers, and by the last part of it; those that are gone come first.
  private let byShape: [String: [Int]]
  private let byName: [String: [Int]]
  private let byKind: [String: [Int]]

  init(old: [TreeEntry], new: [TreeEntry]) {
    self.old = old
    self.new = new
    let contents = Set(new.compactMap(\.sha256))
    var isGone = [Bool](repeating: false, count: old.count)
    for (index, entry) in old.enumerated() where entry.size > 0 {
      guard let digest = entry.sha256, !contents.contains(digest) else { continue }
      isGone[index] = new.sortedIndex(of: entry.path) == nil
    }
    gone = old.indices.filter { isGone[$0] }
    self.isGone = isGone
    let files = gone + old.indices.filter { !isGone[$0] && old[$0].size > 0 }
    byShape = Dictionary(grouping: files) { Self.shape(old[$0].path) }
    byName = Dictionary(grouping: files) { Self.shape(Self.name(old[$0].path)) }
    byKind = Dictionary(grouping: gone) { Self.kind(old[$0].path) }
  }

  /// The old entry that a new one is compared with; nil when there is nothing like it.
  func match(_ index: Int) -> Int? {
    let entry = new[index]
    if let same = old.sortedIndex(of: entry.path), old[same].size > 0 { return same }
    let shape = Self.shape(entry.path)
    if let candidates = byShape[shape] ?? byName[Self.name(shape)] { return best(candidates, for: entry) }
    // Nothing has the name: what is gone and of the same kind, and of about the same size.
    let near = (byKind[Self.kind(entry.path)] ?? []).filter {
      old[$0].size / 2 <= entry.size && entry.size / 2 <= old[$0].size
    }
    return best(near, for: entry)
  }

  private func best(_ candidates: [Int], for entry: TreeEntry) -> Int? {
    candidates.prefix(Self.maxCandidates).min { one, other in
      if isGone[one] != isGone[other] { return isGone[one] }
      let parts = (Self.sharedEnd(old[one].path, entry.path), Self.sharedEnd(old[other].path, entry.path))
      if parts.0 != parts.1 { return parts.0 > parts.1 }
      let distances = (abs(old[one].size - entry.size), abs(old[other].size - entry.size))
      return distances.0 == distances.1 ? one < other : distances.0 < distances.1
    }
  }

  /// A path with every number in it, dots between digits included, replaced by one sign: `foo-1.2.dist-info` and
  /// `foo-1.3.1.dist-info` are the same.
  static func shape(_ path: String) -> String {
    var shape: [UInt8] = []
    var isNumber = false
    let bytes = path.utf8Span.span
    for index in bytes.indices {
      let byte = bytes[index]
      let isDigit = (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
      if isDigit || (isNumber && byte == UInt8(ascii: ".") && isDigitByte(bytes, index + 1)) {
        if !isNumber { shape.append(UInt8(ascii: "#")) }
        isNumber = true
      } else {
        isNumber = false
        shape.append(byte)
      }
    }
    return String(decoding: shape, as: UTF8.self)
  }

  private static func isDigitByte(_ bytes: Span<UInt8>, _ index: Int) -> Bool {
    index < bytes.count && (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(bytes[index])
  }

  /// The last part of a path.
  static func name(_ path: String) -> String {
    path.utf8.lastIndex(of: UInt8(ascii: "/")).map { String(path[path.utf8.index(after: $0)...]) } ?? path
  }

  /// What follows the last dot of a name; for names without one the name itself.
  static func kind(_ path: String) -> String {
    let name = name(path)
    return name.utf8.lastIndex(of: UInt8(ascii: ".")).map { String(name[$0...]) } ?? name
  }

  /// How many bytes two paths have in common at their ends.
  private static func sharedEnd(_ one: String, _ other: String) -> Int {
    zip(one.utf8.reversed(), other.utf8.reversed()).prefix { $0 == $1 }.count
  }
}
