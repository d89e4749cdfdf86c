internal import Platform
internal import Signing
internal import SystemPackage

/// A bundle file while it is written: plain tar bytes in, compressed bytes to the disk, hashed on their way.
struct BundleOutput: ~Copyable {
  private let file: any WritableFile
  private var compressor: ZstdCompressor
  private var pending: [UInt8] = []
  private var sha256 = SHA256Hasher()
  private var blake = Minisign.Hasher()
  /// How many bytes are in the file so far.
  private(set) var length: Int64 = 0

  /// What came out.
  struct Result: Sendable {
    let length: Int64
    let sha256: SHA256Digest
    let digest: Minisign.Digest
  }

  /// Creates the file for so many bytes of tar; nil when nobody knows yet.
  static func create(
    _ path: FilePath, contentSize: Int64?, level: Int32, windowLog: Int32 = BundleLimits.windowLog,
    files: any FileSystem
  ) throws(BundleError) -> BundleOutput {
    let compressor = try ZstdCompressor.start(
      level: level, contentSize: contentSize.map { UInt64(clamping: $0) }, windowLog: windowLog)
    return BundleOutput(try filing(try files.create(path, mode: 0o644)), compressor)
  }

  private init(_ file: any WritableFile, _ compressor: consuming ZstdCompressor) {
    self.file = file
    self.compressor = compressor
  }

  /// Writes the next bytes of the tar; small pieces are gathered before they are compressed.
  mutating func write(_ bytes: some Collection<UInt8>) throws(BundleError) {
    pending += bytes
    if pending.count >= BundleLimits.chunkBytes { try flush(last: false) }
  }

  /// Ends the frame and waits until everything is on the disk.
  consuming func finish() throws(BundleError) -> Result {
    try flush(last: true)
    try filing(try file.sync())
    try filing(try file.close())
    return Result(length: length, sha256: sha256.finalize(), digest: blake.finalize())
  }

  private mutating func flush(last: Bool) throws(BundleError) {
    var compressed: [[UInt8]] = []
    try compressor.compress(pending[...], last: last) { compressed.append($0) }
    pending.removeAll(keepingCapacity: true)
    for piece in compressed {
      try filing(try file.write(piece))
      sha256.update(piece)
      blake.update(piece)
      length += Int64(piece.count)
    }
  }
}
