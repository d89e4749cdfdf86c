internal import Releases

/// The check of what a delta's description says against the two manifests: after it every number is in its range, every
/// content comes exactly once, and no frame needs more memory than the limits allow.
struct DeltaCheck {
  private let needs: DeltaNeeds
  private let old: [TreeEntry]
  private let new: [TreeEntry]
  private var isTaken: [Bool]
  /// The content whose parts have begun, and how far they came.
  private var open: (file: Int, end: Int64)?

  private init(_ needs: DeltaNeeds, old: [TreeEntry], new: [TreeEntry]) {
    self.needs = needs
    self.old = old
    self.new = new
    isTaken = Array(repeating: false, count: needs.entries.count)
  }

  /// Throws `BundleError.badDelta` for the first thing that does not fit.
  static func run(
    _ frames: [DeltaFrame], _ needs: DeltaNeeds, old: [TreeEntry], new: [TreeEntry]
  ) throws(BundleError) {
    var check = DeltaCheck(needs, old: old, new: new)
    for (number, frame) in frames.enumerated() {
      let field = "frames[\(number)]"
      let content = try check.content(of: frame, field)
      let prefix = try check.prefix(of: frame, field)
      guard content <= DeltaLimits.maxContent, prefix <= DeltaLimits.maxPrefix,
        content + prefix <= DeltaLimits.maxSum
      else {
        throw .badDelta(
          field: field,
          reason: "has \(content) bytes of content and a prefix of \(prefix), and at most "
            + "\(DeltaLimits.maxContent), \(DeltaLimits.maxPrefix) and \(DeltaLimits.maxSum) in all are allowed")
      }
      try refuseRepetition(in: frame, field)
    }
    if let open = check.open {
      throw .badDelta(field: "frames", reason: "end before all parts of content \(open.file) have come")
    }
    if let missing = check.isTaken.firstIndex(of: false) {
      throw .badDelta(field: "frames", reason: "leave out content \(missing)")
    }
  }

  /// Nothing is gained by the same old content twice in a prefix, and every mention costs reading and hashing a file.
  private static func refuseRepetition(in frame: DeltaFrame, _ field: String) throws(BundleError) {
    var seen: Set<Int> = []
    for source in frame.sources where !seen.insert(source.entry).inserted {
      throw .badDelta(field: field + ".old", reason: "names entry \(source.entry) again")
    }
  }

  private mutating func content(of frame: DeltaFrame, _ field: String) throws(BundleError) -> Int64 {
    guard let first = frame.files.first else { throw .badDelta(field: field + ".new", reason: "is empty") }
    if let part = frame.part {
      try take(part, of: first, isAlone: frame.files.count == 1, field)
      return part.upperBound - part.lowerBound
    }
    var total: Int64 = 0
    for file in frame.files {
      if let open { throw .badDelta(field: field, reason: "comes before the rest of content \(open.file)") }
      try take(file, field)
      // At most 24,576 sizes of at most 4 GiB each.
      total += size(file)
    }
    return total
  }

  private mutating func take(
    _ part: Range<Int64>, of file: Int, isAlone: Bool, _ field: String
  ) throws(BundleError) {
    guard isAlone else { throw .badDelta(field: field, reason: "has a part of several contents") }
    let begin: Int64
    if let open {
      guard open.file == file else {
        throw .badDelta(field: field, reason: "comes before the rest of content \(open.file)")
      }
      begin = open.end
    } else {
      try take(file, field)
      begin = 0
    }
    guard part.lowerBound == begin, part.upperBound <= size(file) else {
      throw .badDelta(
        field: field + ".part",
        reason: "is \(part.lowerBound)..<\(part.upperBound), and the next part of its \(size(file)) bytes begins at "
          + "\(begin)")
    }
    open = part.upperBound == size(file) ? nil : (file, part.upperBound)
  }

  private mutating func take(_ file: Int, _ field: String) throws(BundleError) {
    guard file < isTaken.count else {
      throw .badDelta(field: field + ".new", reason: "names content \(file), and there are \(isTaken.count)")
    }
    guard !isTaken[file] else { throw .badDelta(field: field + ".new", reason: "names content \(file) again") }
    isTaken[file] = true
  }

  private func size(_ file: Int) -> Int64 { new[needs.entries[file]].size }

  private func prefix(of frame: DeltaFrame, _ field: String) throws(BundleError) -> Int64 {
    var total: Int64 = 0
    for source in frame.sources {
      guard source.entry < old.count, old[source.entry].size > 0 else {
        throw .badDelta(
          field: field + ".old",
          reason: "names entry \(source.entry), which is no content among the \(old.count) of the old tree")
      }
      let size = old[source.entry].size
      let part = source.part ?? 0..<size
      guard part.upperBound <= size else {
        throw .badDelta(
          field: field + ".old",
          reason: "goes up to byte \(part.upperBound) of entry \(source.entry), which has \(size)")
      }
      // A member of a list that holds at most 200,000, so that the sum of sizes cannot overflow.
      total += part.upperBound - part.lowerBound
    }
    return total
  }
}
