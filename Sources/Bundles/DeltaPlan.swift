internal import Platform
internal import Releases

/// Which frames a delta has, and what stands in the prefix of each; a pure function of the two trees.
struct DeltaPlan {
  /// Content up to this size shares a frame with others, in bytes.
  static let smallFile: Int64 = 512 << 10
  /// The content of a shared frame, and of a part with a relative, in bytes.
  private static let frameContent: Int64 = 4 << 20
  /// The content of a part without a relative, in bytes.
  private static let lonelyContent: Int64 = 8 << 20
  /// How much of an old file stands in the prefix of a part, in bytes: what is aligned, and a margin.
  private static let partPrefix: Int64 = 5 << 20
  /// A file up to this size whose relative is no larger is one part, in bytes: looking twice costs more time.
  private static let wholeFile: Int64 = 6 << 20
  /// How much old content with the names of the new stands in the prefix of a shared frame, in bytes.
  private static let relatives: Int64 = 6 << 20
  /// How much old content without a successor every shared frame may look at, in bytes.
  private static let goneForAll: Int64 = 1 << 20
  /// How many old files without a successor a shared frame may look at.
  private static let maxGone = 512

  private let old: TreeContents
  private let new: TreeContents
  private let needs: DeltaNeeds
  private let matcher: DeltaMatcher

  private init(_ needs: DeltaNeeds, from old: TreeContents, to new: TreeContents) {
    self.needs = needs
    self.old = old
    self.new = new
    matcher = DeltaMatcher(old: old.entries, new: new.entries)
  }

  /// The frames, those that take longest first; throws `BundleError.changedWhilePacking` or `.file`.
  static func make(
    _ needs: DeltaNeeds, from old: TreeContents, to new: TreeContents
  ) throws(BundleError) -> [DeltaFrame] {
    guard !needs.entries.isEmpty else { return [] }
    let plan = DeltaPlan(needs, from: old, to: new)
    let files = needs.entries.indices
    let large = files.filter { plan.size($0) > Self.smallFile }.sorted { one, other in
      plan.size(one) == plan.size(other) ? one < other : plan.size(one) > plan.size(other)
    }
    var frames: [DeltaFrame] = []
    for file in large { frames += try plan.frames(ofLarge: file) }
    return frames + plan.batches(files.filter { plan.size($0) <= Self.smallFile })
  }

  private func size(_ file: Int) -> Int64 { entry(file).size }
  private func entry(_ file: Int) -> TreeEntry { new.entries[needs.entries[file]] }

  // MARK: large files

  private func frames(ofLarge file: Int) throws(BundleError) -> [DeltaFrame] {
    let index = needs.entries[file]
    guard let match = matcher.match(index) else {
      try new.check(index)
      return Self.parts(of: size(file), length: Self.lonelyContent).map {
        DeltaFrame(files: [file], part: $0, sources: [])
      }
    }
    let (oldSize, newSize) = (old.entries[match].size, size(file))
    let isOnePart = max(oldSize, newSize) <= Self.wholeFile
    let parts = Self.parts(of: newSize, length: isOnePart ? Self.wholeFile : Self.frameContent)
    let stretches: [Range<Int64>]
    if oldSize <= DeltaLimits.maxPrefix {
      try new.check(index)
      try old.check(match)
      stretches = parts.map { _ in 0..<oldSize }
    } else {
      let alignment = try DeltaAlignment(oldSize: oldSize, newSize: newSize) { (take) throws(BundleError) in
        try old.check(match, take)
      }
      stretches = try alignment.stretches(for: parts, length: Self.partPrefix) { (take) throws(BundleError) in
        try new.check(index, take)
      }
    }
    return zip(parts, stretches).map { part, stretch in
      DeltaFrame(files: [file], part: part, sources: [DeltaFrame.Source(entry: match, part: stretch)])
    }
  }

  /// Cuts a file into as few parts of at most this length as there can be, all of about the same length.
  private static func parts(of size: Int64, length: Int64) -> [Range<Int64>] {
    let count = (size + length - 1) / length
    let part = (size + count - 1) / count
    return (0..<count).map { $0 * part..<min(size, ($0 + 1) * part) }
  }

  // MARK: small files

  private struct Batch {
    var files: [Int] = []
    var content: Int64 = 0
    var relatives: [Int] = []
    var relativesSize: Int64 = 0
    /// How much content has no relative of its own path.
    var strange: Int64 = 0
    var kinds: Set<String> = []
  }

  /// Puts related files together: those of one kind, in the order of their paths.
  private func batches(_ files: [Int]) -> [DeltaFrame] {
    let kinds = files.map { DeltaMatcher.kind(entry($0).path) }
    let order = files.indices.sorted {
      kinds[$0] == kinds[$1] ? $0 < $1 : kinds[$0].utf8.lexicographicallyPrecedes(kinds[$1].utf8)
    }
    let total = files.reduce(0) { $0 + size($1) }
    let count = max(1, (total + Self.frameContent - 1) / Self.frameContent)
    // A file more or less must not open a batch for very little.
    let target = min(Self.frameContent, total / count + Self.smallFile / 2)
    var batches: [Batch] = []
    var batch = Batch()
    var seen: Set<Int> = []
    for place in order {
      let (file, kind) = (files[place], kinds[place])
      let match = matcher.match(needs.entries[file]).flatMap { isUsable($0) ? $0 : nil }
      let more = match.map { seen.contains($0) ? 0 : old.entries[$0].size } ?? 0
      let isFull = batch.content + size(file) > target || batch.relativesSize + more > Self.relatives
      if isFull, !batch.files.isEmpty {
        batches.append(batch)
        batch = Batch()
        seen = []
      }
      batch.files.append(file)
      batch.content += size(file)
      batch.kinds.insert(kind)
      if let match, seen.insert(match).inserted {
        batch.relatives.append(match)
        batch.relativesSize += old.entries[match].size
      }
      if match.map({ old.entries[$0].path != entry(file).path }) ?? true { batch.strange += size(file) }
    }
    if !batch.files.isEmpty { batches.append(batch) }
    return batches.map(frame)
  }

  /// An old file stands in a shared prefix as a whole or not at all.
  private func isUsable(_ index: Int) -> Bool { old.entries[index].size <= 2 * Self.smallFile }

  /// What is gone stands before the relatives: zstd finds the nearest best.
  private func frame(_ batch: Batch) -> DeltaFrame {
    let budget = min(Self.goneForAll + batch.strange, DeltaLimits.maxPrefix - batch.relativesSize)
    let relatives = Set(batch.relatives)
    var gone: [Int] = []
    var size: Int64 = 0
    for index in matcher.gone where !relatives.contains(index) && old.entries[index].size <= Self.smallFile {
      guard batch.kinds.contains(DeltaMatcher.kind(old.entries[index].path)) else { continue }
      guard gone.count < Self.maxGone, size + old.entries[index].size <= budget else { continue }
      size += old.entries[index].size
      gone.append(index)
    }
    return DeltaFrame(
      files: batch.files, sources: (gone + batch.relatives).map { DeltaFrame.Source(entry: $0) })
  }
}
