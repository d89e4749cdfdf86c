internal import Platform
package import Releases
internal import Signing
internal import Synchronization
package import SystemPackage

extension TreeStager {
  private static let emptyDigest = SHA256Digest.of([])

  /// Takes every file that is still wanted, and whose content is here, from the object store or from another tree.
  ///
  /// Each one is read and hashed again, on two threads, before it gets its further name.
  ///
  /// - Parameters:
  ///   - folder: a tree that is here, such as the one that a delta starts from; nil takes from the store alone.
  ///   - entries: what the folder holds; files are found by their content, wherever they stood.
  /// - Returns: how many files came that way.
  /// - Throws: `file` when the machine refuses.
  package func reuseAll(from folder: FilePath? = nil, holding entries: [TreeEntry] = []) throws(StorageError) -> Int {
    let others = folder.map { FilesByContent(folder: $0, entries: entries) }
    let found = Mutex<(taken: [Int], ofStore: [Int], failure: StorageError?)>(([], [], nil))
    let (plan, objects, disk, root) = (self.plan, self.objects, self.disk, partial.string + "/")
    inParallel(plan.wanted(), threads: 2) { index in
      guard found.withLock({ $0.failure == nil }) else { return }
      let entry = plan.entries[index]
      guard plan.original(of: index) == nil, let key = StagingPlan.key(of: entry) else {
        return found.withLock { $0.taken.append(index) }
      }
      let destination = FilePath(root + entry.path)
      do throws(StorageError) {
        if key.digest == Self.emptyDigest {
          // Nothing is kept for empty files, and nothing is needed.
          try disk.writeNew([], to: destination, mode: key.mode)
        } else if try objects.link(key, at: destination) {
          found.withLock { $0.ofStore.append(index) }
        } else {
          guard let other = others?.path(key), try disk.holds(key, at: other), disk.linked(other, at: destination)
          else { return }
        }
        found.withLock { $0.taken.append(index) }
      } catch {
        found.withLock { $0.failure = $0.failure ?? error }
      }
    }
    let (taken, ofStore, failure) = found.withLock { $0 }
    if let failure { throw failure }
    took(taken, ofStore: ofStore)
    return taken.count
  }
}

/// The files of a tree, found by what they hold; a few bytes for each entry, as trees may be large.
private struct FilesByContent: Sendable {
  private let root: String
  private let entries: [TreeEntry]
  private let order: [Int32]

  init(folder: FilePath, entries: [TreeEntry]) {
    root = folder.string + "/"
    self.entries = entries
    order = entries.indices.filter { entries[$0].sha256 != nil }.map { Int32(clamping: $0) }.sorted { one, other in
      guard let left = entries[Int(one)].sha256, let right = entries[Int(other)].sha256 else { return one < other }
      return left == right ? one < other : left < right
    }
  }

  /// Where a file of this content and mode stands.
  func path(_ key: ObjectStore.Key) -> FilePath? {
    var (low, high) = (0, order.count)
    while low < high {
      let middle = low + (high - low) / 2
      if let digest = entries[Int(order[middle])].sha256, digest < key.digest {
        low = middle + 1
      } else {
        high = middle
      }
    }
    while low < order.count, entries[Int(order[low])].sha256 == key.digest {
      if StagingPlan.key(of: entries[Int(order[low])]) == key { return FilePath(root + entries[Int(order[low])].path) }
      low += 1
    }
    return nil
  }
}
