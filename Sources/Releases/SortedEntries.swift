/// Questions to the entries of a tree, which are sorted by the bytes of their paths: all that lies in one folder stands
/// together. Answers are found in the list itself, so that no other list of very many paths is needed.
extension [TreeEntry] {
  private static var slash: UInt8 { UInt8(ascii: "/") }

  /// Where a path stands; nil when it is not listed.
  package func sortedIndex(of path: String) -> Int? {
    let place = lowerBound(path)
    return place < count && self[place].path.utf8.elementsEqual(path.utf8) ? place : nil
  }

  /// Whether something that is listed lies in this folder.
  package func liesSomething(inFolder path: String) -> Bool {
    let prefix = path + "/"
    let place = lowerBound(prefix)
    return place < count && self[place].path.utf8.starts(with: prefix.utf8)
  }

  /// The folders in which the entry at an index lies, or which it is, and the entry before it does not: parents first.
  ///
  /// Over all indices that is every folder of the tree, once.
  package func newFolders(at index: Int) -> [String] {
    let path = self[index].path
    var end = index > 0 ? Self.sharedFolders(self[index - 1].path, path) : 0
    var folders: [String] = []
    while let slash = path.utf8.dropFirst(end).firstIndex(of: Self.slash) {
      folders.append(String(path[..<slash]))
      end = path.utf8.distance(from: path.startIndex, to: slash) + 1
    }
    if self[index].kind == .directory { folders.append(path) }
    return folders
  }

  /// How many bytes of two paths are folders that both go through, the last slash included.
  static func sharedFolders(_ one: String, _ other: String) -> Int {
    let (left, right) = (one.utf8Span.span, other.utf8Span.span)
    var shared = 0
    for index in 0..<Swift.min(left.count, right.count) {
      if left[index] != right[index] { break }
      if left[index] == slash { shared = index + 1 }
    }
    return shared
  }

  /// The first place whose path does not sort before this one.
  private func lowerBound(_ path: String) -> Int {
    var (low, high) = (0, count)
    while low < high {
      let middle = low + (high - low) / 2
      if self[middle].path.utf8.lexicographicallyPrecedes(path.utf8) { low = middle + 1 } else { high = middle }
    }
    return low
  }
}
