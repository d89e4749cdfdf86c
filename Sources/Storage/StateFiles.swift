internal import Platform
internal import Synchronization
internal import SystemPackage

/// Copies the files of a state on several threads, and keeps the sums of all of them within the limits.
///
/// A buffer for each thread and a list of a bounded number of names are all the memory that this takes. Where the file
/// system can share blocks, nothing is read at all; whether it can is asked with the first file, not with every one.
final class StateFiles: Sendable {
  /// One file on both sides.
  struct Job: Sendable {
    let from: FilePath
    let to: FilePath
  }

  private struct Progress {
    var bytes: Int64 = 0
    var shared: Int64 = 0
    /// Whether the file system can share blocks; nil before anybody has asked it.
    var canShare: Bool?
    var failure: StorageError?
  }

  private let disk: Disk
  private let progress = Mutex(Progress())

  init(disk: Disk) { self.disk = disk }

  /// The bytes that were copied or shared.
  var bytes: Int64 { progress.withLock { $0.bytes } }

  /// How many files share their blocks with the original.
  var shared: Int64 { progress.withLock { $0.shared } }

  /// Copies files; returns when all of them are there.
  ///
  /// - Throws: the first refusal; what was begun is left for the caller to remove.
  func copy(_ jobs: [Job]) throws(StorageError) {
    var rest = jobs[...]
    // One file after the other until it is known how: four threads need not find the same thing out.
    while progress.withLock({ $0.canShare == nil }), let job = rest.popFirst() { attempt(job) }
    inParallel(Array(rest), threads: Workers.count) { self.attempt($0) }
    if let failure = progress.withLock({ $0.failure }) { throw failure }
  }

  private func attempt(_ job: Job) {
    guard progress.withLock({ $0.failure == nil }) else { return }
    do throws(StorageError) { try copy(job) } catch {
      progress.withLock { if $0.failure == nil { $0.failure = error } }
    }
  }

  private func copy(_ job: Job) throws(StorageError) {
    guard let status = try disk.status(job.from), status.kind == .file else { throw .stateChanged(path: job.from) }
    let mode = status.mode & 0o777
    try count(status.size)
    if status.size > 0, progress.withLock({ $0.canShare != false }), try share(job, mode) { return }
    let room = StorageLimits.stateBytes - bytes
    let copied = try disk.copyStateFile(
      job.from, to: job.to, mode: mode, status: status, limit: status.size.addingReportingOverflow(room).partialValue)
    try count(copied - status.size)
  }

  private func share(_ job: Job, _ mode: UInt16) throws(StorageError) -> Bool {
    let isShared = try disk.run { () throws(FileError) in try disk.files.clone(job.from, to: job.to, mode: mode) }
    progress.withLock { progress in
      if isShared { progress.shared += 1 }
      // One file on another file system says nothing about those that could be shared before it.
      if progress.canShare == nil { progress.canShare = isShared }
    }
    return isShared
  }

  private func count(_ size: Int64) throws(StorageError) {
    let isTooMuch = progress.withLock { progress in
      let (sum, overflow) = progress.bytes.addingReportingOverflow(size)
      if !overflow { progress.bytes = sum }
      return overflow || sum > StorageLimits.stateBytes
    }
    if isTooMuch { throw .stateTooLarge(what: "bytes", limit: StorageLimits.stateBytes) }
  }
}

extension Disk {
  /// Copies a file that a plugin may be writing to: what was opened must be what was looked at, and may not grow for
  /// ever.
  fileprivate func copyStateFile(
    _ from: FilePath, to: FilePath, mode: UInt16, status: FileStatus, limit: Int64
  ) throws(StorageError) -> Int64 {
    let input = try open(from)
    let opened = try run { () throws(FileError) in try input.status() }
    guard opened.kind == .file, opened.inode == status.inode, opened.device == status.device else {
      throw .stateChanged(path: from)
    }
    let output = try create(to, mode: mode)
    var buffer = [UInt8](repeating: 0, count: Int(min(max(status.size, 1), Int64(Self.readChunk))))
    var copied: Int64 = 0
    while true {
      let count = try run { () throws(FileError) in try input.read(into: &buffer) }
      if count == 0 { break }
      copied += Int64(count)
      guard copied <= limit else { throw .stateTooLarge(what: "bytes", limit: StorageLimits.stateBytes) }
      try run { () throws(FileError) in try output.write(buffer[..<count]) }
    }
    try run { () throws(FileError) in try output.close() }
    return copied
  }
}
