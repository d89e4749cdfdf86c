internal import Platform

/// The plain tar bytes of a checked bundle, decompressed as they are asked for, in bounded memory.
struct BundleStream: ~Copyable {
  private let file: any ReadableFile
  private let decompressor: ZstdDecompressor
  private var input = [UInt8](repeating: 0, count: BundleLimits.chunkBytes)
  private var inputStart = 0
  private var inputEnd = 0
  private var fileOffset: Int64 = 0
  private var output = [UInt8](repeating: 0, count: BundleLimits.chunkBytes)
  private var outputStart = 0
  private var outputEnd = 0
  private var isFrameFinished = false

  /// A stream from the front of the file; a frame with a larger window is refused.
  static func open(
    _ checked: CheckedFile, windowLog: Int32 = BundleLimits.windowLog
  ) throws(BundleError) -> BundleStream {
    BundleStream(checked.file, try ZstdDecompressor.start(windowLog: windowLog))
  }

  private init(_ file: any ReadableFile, _ decompressor: consuming ZstdDecompressor) {
    self.file = file
    self.decompressor = decompressor
  }

  /// Takes exactly so many bytes; throws `BundleError.truncated` when there are fewer, naming what was `wanted`.
  mutating func take(_ count: Int, for wanted: @autoclosure () -> String) throws(BundleError) -> [UInt8] {
    if outputEnd - outputStart >= count {
      defer { outputStart += count }
      return Array(output[outputStart..<(outputStart + count)])
    }
    var taken: [UInt8] = []
    taken.reserveCapacity(count)
    while taken.count < count {
      guard try fill() else { throw .truncated(missing: wanted()) }
      let more = min(count - taken.count, outputEnd - outputStart)
      taken += output[outputStart..<(outputStart + more)]
      outputStart += more
    }
    return taken
  }

  /// Takes a whole entry: its header says the size, and everything else of it is known.
  mutating func takeEntry(_ name: String, limit: Int) throws(BundleError) -> [UInt8] {
    let header = try take(TarHeader.blockBytes, for: name)
    guard let size = TarHeader.size(in: header[...]),
      header == TarHeader.bytes(path: name, kind: .file(mode: 0o644, size: size))
    else { throw .unexpectedEntry(expected: name) }
    guard size <= Int64(limit) else { throw .partTooLarge(part: name, limit: limit) }
    let content = try take(Int(size), for: "the end of " + name)
    try expectPadding(after: size, name)
    return content
  }

  /// Takes as many bytes as are expected and compares them; throws `BundleError.unexpectedEntry` when they differ.
  mutating func expect(_ expected: [UInt8], _ name: @autoclosure () -> String) throws(BundleError) {
    if outputEnd - outputStart >= expected.count {
      let end = outputStart + expected.count
      guard output.span.extracting(outputStart..<end).holds(expected.span) else {
        throw .unexpectedEntry(expected: name())
      }
      outputStart = end
      return
    }
    guard try take(expected.count, for: name()) == expected else { throw .unexpectedEntry(expected: name()) }
  }

  /// Takes the zeros that fill the last block of content.
  mutating func expectPadding(after size: Int64, _ name: @autoclosure () -> String) throws(BundleError) {
    let count = TarHeader.padding(after: size)
    if count > 0 { try expect(Array(TarHeader.end[..<count]), "the padding of " + name()) }
  }

  /// Checks that the frame, its checksum and the file end here; throws `BundleError.trailingData` when they go on.
  mutating func expectEnd() throws(BundleError) {
    guard try !fill() else { throw .trailingData }
    if inputStart == inputEnd { _ = try read() }
    guard inputStart == inputEnd else { throw .trailingData }
  }

  /// Makes sure that there is output; false at the end of the frame.
  private mutating func fill() throws(BundleError) -> Bool {
    while outputStart == outputEnd {
      if isFrameFinished { return false }
      let before = inputStart
      let step = try decompressor.decompress(input, from: &inputStart, to: inputEnd, into: &output)
      outputStart = 0
      outputEnd = step.count
      isFrameFinished = step.finished
      // No progress at all means that more input is needed: only then is the file read on.
      let isStuck = step.count == 0 && inputStart == before && !step.finished
      if isStuck, try !read() { throw .truncated(missing: "the end of the compressed data") }
    }
    return true
  }

  /// Reads on from the file; false at its end.
  private mutating func read() throws(BundleError) -> Bool {
    inputEnd = try filing(try file.read(at: fileOffset, into: &input))
    inputStart = 0
    if fileOffset == 0 { try Zstd.requireMagic(input[..<inputEnd]) }
    fileOffset += Int64(inputEnd)
    return inputEnd > 0
  }
}

extension Span<UInt8> {
  /// Whether both hold the same bytes; it looks at all of them, which the compiler turns into wide steps.
  fileprivate func holds(_ other: borrowing Span<UInt8>) -> Bool {
    guard count == other.count else { return false }
    var difference: UInt8 = 0
    for index in indices { difference |= self[index] ^ other[index] }
    return difference == 0
  }
}
