internal import Platform

/// What surrounds the zip in an `.mcpb` file.
enum MCPBFile {
  private static let start = Array("MCPB_SIG_V1".utf8)
  private static let end = Array("MCPB_SIG_END".utf8)

  /// How many bytes of the file are the archive: all of them, or those in front of a signature block.
  ///
  /// MCPB appends `MCPB_SIG_V1`, four bytes of length (little-endian), a PKCS#7 signature and `MCPB_SIG_END`, with or
  /// without patching the length of the zip's comment. The signature is not checked: the published tool cannot
  /// verify what it signs, and a bundle gets a signature of its own. Throws `FileError`.
  static func archiveLength(of file: any ReadableFile) throws(FileError) -> Int64 {
    let size = try file.size()
    let overhead = start.count + 4 + end.count
    guard size >= Int64(overhead), try bytes(of: file, at: size - Int64(end.count), count: end.count) == end else {
      return size
    }
    let window = Int(min(size, Int64(BundleLimits.maxSignatureBlock + overhead)))
    let tail = try bytes(of: file, at: size - Int64(window), count: window)
    guard tail.count == window else { return size }
    // The block says its own length, so a marker inside the signature cannot be mistaken for its start.
    var index = window - overhead
    while index >= 0 {
      let length = window - overhead - index
      if tail[index] == start[0], tail[index..<(index + start.count)].elementsEqual(start),
        littleEndian(tail, at: index + start.count) == length
      {
        return size - Int64(window - index)
      }
      index -= 1
    }
    return size
  }

  private static func littleEndian(_ bytes: [UInt8], at index: Int) -> Int {
    (0..<4).reduce(0) { $0 | Int(bytes[index + $1]) << (8 * $1) }
  }

  private static func bytes(of file: any ReadableFile, at offset: Int64, count: Int) throws(FileError) -> [UInt8] {
    var result: [UInt8] = []
    while result.count < count {
      var buffer = [UInt8](repeating: 0, count: count - result.count)
      let read = try file.read(at: offset + Int64(result.count), into: &buffer)
      if read == 0 { break }
      result += buffer[..<read]
    }
    return result
  }
}
