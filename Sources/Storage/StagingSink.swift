internal import Dispatch
internal import Platform
internal import Signing
internal import Synchronization
internal import SystemPackage

/// Where staged bytes go: two threads that hash, compare and write, fed through a queue of bounded size.
///
/// One producer hands over files; a full queue makes it wait. The first refusal is kept and ends everything.
final class StagingSink: Sendable {
  /// What was done, for the report.
  struct Counts: Sendable {
    var written = 0
    var linked = 0
    var bytesWritten: Int64 = 0
  }

  /// How many bytes may wait in memory.
  private static let budgetBytes = 2 << 20
  /// One unit of the budget; whatever waits costs at least one.
  private static let unitBytes = 16 << 10

  private let disk: Disk
  private let objects: ObjectStore
  private let root: String
  private let queues: [DispatchQueue]
  private let budget = DispatchSemaphore(value: budgetBytes / unitBytes)
  private let outcome = Mutex<(counts: Counts, failure: StorageError?)>((Counts(), nil))

  /// - Parameter root: the folder under which the files stand.
  init(disk: Disk, objects: ObjectStore, root: FilePath, threads: Int = 2) {
    self.disk = disk
    self.objects = objects
    self.root = root.string + "/"
    queues = (0..<max(1, threads)).map { DispatchQueue(label: "serin.staging.\($0)") }
  }

  /// The number of threads; a turn chooses one of them.
  var threads: Int { queues.count }

  /// Where a file comes to stand.
  func destination(of file: StagedFile) -> FilePath { FilePath(root + file.path) }

  /// Throws the first refusal of a thread, if there was one.
  func check() throws(StorageError) {
    if let failure = outcome.withLock({ $0.failure }) { throw failure }
  }

  /// Waits until everything that was handed over is done.
  func drain() throws(StorageError) -> Counts {
    for queue in queues { queue.sync {} }
    try check()
    return outcome.withLock { $0.counts }
  }

  /// Hands over whole files.
  func submit(_ batch: [(file: StagedFile, bytes: [UInt8])], turn: Int) {
    submit(cost: batch.reduce(0) { $0 + $1.bytes.count }, turn: turn) { sink throws(StorageError) in
      for (file, bytes) in batch { try sink.store(file, bytes) }
    }
  }

  /// Hands over the next piece of a large file; all pieces of one file must have the same turn.
  func submit(_ chunk: [UInt8], of large: LargeFile, turn: Int) {
    submit(cost: chunk.count, turn: turn) { sink throws(StorageError) in
      try large.append(chunk, to: sink.destination(of: large.file), disk: sink.disk, objects: sink.objects)
    }
  }

  /// Ends a large file: its content is compared with what was signed.
  func finish(_ large: LargeFile, turn: Int) {
    submit(cost: 0, turn: turn) { sink throws(StorageError) in
      let counts = try large.finish(disk: sink.disk)
      sink.count(written: counts.written, linked: counts.linked, bytes: counts.bytesWritten)
    }
  }

  private func submit(
    cost: Int, turn: Int, _ work: @escaping @Sendable (StagingSink) throws(StorageError) -> Void
  ) {
    let units = min(max(1, (cost + Self.unitBytes - 1) / Self.unitBytes), Self.budgetBytes / Self.unitBytes)
    for _ in 0..<units { budget.wait() }
    queues[turn % queues.count].async { [self] in
      defer { for _ in 0..<units { budget.signal() } }
      guard outcome.withLock({ $0.failure == nil }) else { return }
      do throws(StorageError) { try work(self) } catch {
        outcome.withLock { if $0.failure == nil { $0.failure = error } }
      }
    }
  }

  private func store(_ file: StagedFile, _ bytes: [UInt8]) throws(StorageError) {
    let found = SHA256Digest.of(bytes)
    guard found == file.key.digest else {
      throw .digestMismatch(path: file.path, expected: file.key.digest, found: found)
    }
    guard !file.isTwin else { return }
    let destination = destination(of: file)
    if !bytes.isEmpty, try objects.link(file.key, at: destination) {
      return count(written: 0, linked: 1, bytes: 0)
    }
    try disk.writeNew(bytes, to: destination, mode: file.key.mode)
    count(written: 1, linked: 0, bytes: Int64(bytes.count))
  }

  private func count(written: Int, linked: Int, bytes: Int64) {
    outcome.withLock {
      $0.counts.written += written
      $0.counts.linked += linked
      $0.counts.bytesWritten += bytes
    }
  }
}

/// A file that is too large to wait in memory as a whole; its pieces arrive one after the other on one thread.
final class LargeFile: Sendable {
  private struct State {
    var hasher = SHA256Hasher()
    var isLinked = false
    var output: (any WritableFile)?
    var size: Int64 = 0
  }

  let file: StagedFile
  private let state = Mutex(State())

  init(_ file: StagedFile) { self.file = file }

  fileprivate func append(
    _ chunk: [UInt8], to destination: FilePath, disk: Disk, objects: ObjectStore
  ) throws(StorageError) {
    try state.withLock { state throws(StorageError) in
      if state.size == 0, !file.isTwin {
        state.isLinked = try objects.link(file.key, at: destination)
        if !state.isLinked { state.output = try disk.create(destination, mode: file.key.mode) }
      }
      state.hasher.update(chunk)
      state.size += Int64(chunk.count)
      if let output = state.output { try disk.run { () throws(FileError) in try output.write(chunk) } }
    }
  }

  fileprivate func finish(disk: Disk) throws(StorageError) -> StagingSink.Counts {
    try state.withLock { state throws(StorageError) in
      var counts = StagingSink.Counts()
      if let output = state.output {
        try disk.run { () throws(FileError) in try output.close() }
        counts.written = 1
        counts.bytesWritten = state.size
      }
      if state.isLinked { counts.linked = 1 }
      let found = state.hasher.finalize()
      guard found == file.key.digest else {
        throw .digestMismatch(path: file.path, expected: file.key.digest, found: found)
      }
      return counts
    }
  }
}
