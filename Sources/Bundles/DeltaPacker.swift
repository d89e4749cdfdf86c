internal import Dispatch
package import Platform
internal import Releases
internal import Signing
internal import Synchronization
package import SystemPackage

/// Writes the delta from one tree to the next, the same bytes for the same trees however many threads help.
///
/// Each thread holds one frame with its prefix and zstd's tables for them, about 100 MiB; what is finished waits in
/// memory for its turn, a few frames at most.
package struct DeltaPacker: Sendable {
  /// How hard zstd tries; a delta is made once and fetched often.
  private static let level: Int32 = 19
  /// The outer frame holds what is compressed already.
  private static let outerLevel: Int32 = 1
  private static let maxThreads = 4

  private let files: any FileSystem
  private let threads: Int

  /// A packer that uses this many threads, by default one for each processor up to four.
  package init(files: any FileSystem, threads: Int = MachineLimits.current.processors) {
    self.files = files
    self.threads = max(1, min(threads, Self.maxThreads))
  }

  /// Writes the delta; nil, and no file, when it would be longer than `limit` bytes.
  ///
  /// A file at the path is replaced in one step. Throws `BundleError.changedWhilePacking` when a tree is not what its
  /// manifest says, `.file` or `.compression`.
  package func pack(
    from old: DeltaTree, to new: DeltaTree, at path: FilePath, limit: Int64
  ) throws(BundleError) -> PackedDelta? {
    let contents = (
      old: TreeContents(old, files: files, isInstalled: false), new: TreeContents(new, files: files, isInstalled: false)
    )
    let needs = DeltaNeeds(from: contents.old.entries, to: contents.new.entries)
    let frames = try DeltaPlan.make(needs, from: contents.old, to: contents.new)
    let folder = path.removingLastComponent()
    let temporary = folder.appending(".delta-\(SecureRandom.hex(bytes: 8)).new")
    do throws(BundleError) {
      let job = FrameJob(frames: frames, needs: needs, old: contents.old, new: contents.new, level: Self.level)
      guard let result = try write(job, from: old, to: new, at: temporary, limit: limit) else {
        try filing(try files.removeIfPresent(temporary))
        return nil
      }
      try filing(try files.rename(temporary, to: path))
      try filing(try files.sync(directory: folder.isEmpty ? "." : folder))
      return PackedDelta(path: path, length: result.length, sha256: result.sha256)
    } catch {
      try? files.removeIfPresent(temporary)
      throw error
    }
  }

  private func write(
    _ job: FrameJob, from old: DeltaTree, to new: DeltaTree, at path: FilePath, limit: Int64
  ) throws(BundleError) -> BundleOutput.Result? {
    let description = DeltaDescription(
      from: .of(old.signed.json), manifestSize: new.signed.json.count, frames: job.frames
    ).encoded()
    // No reader would take it; a delta that needs so many words is no saving either.
    guard Self.isReadable(job.frames), description.count <= DeltaLimits.maxDescriptionBytes else { return nil }
    let workers = FrameWorkers(job, threads: threads)
    defer { workers.stop() }
    var output = try BundleOutput.create(
      path, contentSize: nil, level: Self.outerLevel, windowLog: DeltaLimits.windowLog, files: files)
    let manifest = try ZstdPatch.compress(new.signed.json, prefix: old.signed.json, level: Self.level)
    try output.writeEntry(DeltaPart.description, description)
    try output.writeEntry(DeltaPart.manifest, manifest)
    try output.writeEntry(BundlePart.signatureName, new.signed.signature)
    for (number, frame) in job.frames.enumerated() {
      try output.writeEntry(DeltaPart.frame(number, frame), try workers.take(number))
      guard output.length <= limit else { return nil }
    }
    try output.write(TarHeader.end)
    let result = try output.finish()
    return result.length <= limit ? result : nil
  }
}

extension DeltaPacker {
  /// Whether the description of these frames keeps the limits that readers hold it to.
  private static func isReadable(_ frames: [DeltaFrame]) -> Bool {
    // At most four lists or members for a frame, four for an old file, and those at the top.
    let members = frames.reduce(8) { $0 + 6 + $1.files.count + 4 * $1.sources.count }
    return frames.count <= DeltaLimits.maxFrames && members <= DeltaLimits.maxDescriptionMembers
  }
}

extension BundleOutput {
  /// Writes a file of a tar with its padding.
  mutating func writeEntry(_ name: String, _ bytes: [UInt8]) throws(BundleError) {
    let size = Int64(bytes.count)
    try write(TarHeader.bytes(path: name, kind: .file(mode: 0o644, size: size)))
    try write(bytes)
    try write([UInt8](repeating: 0, count: TarHeader.padding(after: size)))
  }
}

/// What the threads of a packer work on.
struct FrameJob: Sendable {
  let frames: [DeltaFrame]
  let needs: DeltaNeeds
  let old: TreeContents
  let new: TreeContents
  let level: Int32

  /// Parts that are smaller than this fraction of their content without much effort are nearly all old content.
  private static let nearlyOld = 64
  private static let probeLevel: Int32 = 3
  private static let quickLevel: Int32 = 12

  /// Makes one frame.
  func compress(_ number: Int) throws(BundleError) -> [UInt8] {
    let frame = frames[number]
    let prefix = try old.prefix(frame.sources)
    var content: [UInt8] = []
    if let part = frame.part {
      content = try new.part(needs.entries[frame.files[0]], part)
      let probe = try ZstdPatch.compress(content, prefix: prefix, level: Self.probeLevel)
      // Where hardly anything changed the long search has nothing to find, and would take nearly as long as elsewhere.
      if probe.count < content.count / Self.nearlyOld {
        let quick = try ZstdPatch.compress(content, prefix: prefix, level: Self.quickLevel)
        return quick.count <= probe.count ? quick : probe
      }
    } else {
      content.reserveCapacity(Int(frame.files.reduce(0) { $0 + new.entries[needs.entries[$1]].size }))
      for file in frame.files { content += try new.whole(needs.entries[file]) }
    }
    return try ZstdPatch.compress(content, prefix: prefix, level: level)
  }
}

/// Threads that make frames ahead of whoever takes them in order; only so many finished ones wait.
final class FrameWorkers: Sendable {
  private enum Frame: Sendable {
    case pending
    case done(Result<[UInt8], BundleError>)
  }

  private let job: FrameJob
  private let state: Mutex<(next: Int, isStopped: Bool, frames: [Frame])>
  private let ready: [DispatchSemaphore]
  private let slots: DispatchSemaphore
  private let group = DispatchGroup()
  private let threads: Int

  init(_ job: FrameJob, threads: Int) {
    self.job = job
    self.threads = min(threads, job.frames.count)
    state = Mutex((0, false, Array(repeating: .pending, count: job.frames.count)))
    ready = job.frames.map { _ in DispatchSemaphore(value: 0) }
    slots = DispatchSemaphore(value: 2 * self.threads)
    let queue = DispatchQueue(label: "serin.delta", attributes: .concurrent)
    for _ in 0..<self.threads { queue.async(group: group) { self.run() } }
  }

  /// The frame of this number, which is waited for; each is taken once, in order.
  func take(_ number: Int) throws(BundleError) -> [UInt8] {
    ready[number].wait()
    let frame = state.withLock { state in
      defer { state.frames[number] = .pending }
      return state.frames[number]
    }
    slots.signal()
    guard case .done(let result) = frame else { throw .compression(reason: "frame \(number) was taken twice") }
    return try result.get()
  }

  /// Lets the threads end, and waits until they have.
  func stop() {
    state.withLock { $0.isStopped = true }
    // For every thread, and for every finished frame that nobody takes any more.
    for _ in 0..<(3 * threads) { slots.signal() }
    group.wait()
  }

  private func run() {
    while true {
      // The slot comes before the number, so that the lowest number always has a thread.
      slots.wait()
      let number: Int? = state.withLock { state in
        guard !state.isStopped, state.next < job.frames.count else { return nil }
        defer { state.next += 1 }
        return state.next
      }
      guard let number else {
        slots.signal()
        return
      }
      let result: Result<[UInt8], BundleError>
      do throws(BundleError) { result = .success(try job.compress(number)) } catch { result = .failure(error) }
      state.withLock { $0.frames[number] = .done(result) }
      ready[number].signal()
    }
  }
}
