internal import Dispatch
internal import Synchronization

/// How many threads the storage module reads and copies with.
enum Workers {
  /// Enough to keep a disk busy, and few enough that their buffers are nothing to speak of.
  static let count = 4
}

/// Works through a collection on a bounded number of threads, each taking the next element when it is done with one, so
/// that a large one holds up nobody; returns when all are done.
func inParallel<Element: Sendable>(_ elements: [Element], threads: Int, _ work: @Sendable (Element) -> Void) {
  guard elements.count > 1, threads > 1 else { return elements.forEach(work) }
  let next = Mutex(0)
  DispatchQueue.concurrentPerform(iterations: min(threads, elements.count)) { _ in
    while true {
      let index = next.withLock { next in
        defer { next += 1 }
        return next
      }
      guard index < elements.count else { return }
      work(elements[index])
    }
  }
}
