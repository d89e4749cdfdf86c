import Dispatch
import Hummingbird
import Platform

/// The bytes of one open file, or a part of it, sent in chunks of bounded size.
///
/// The open file is kept, not its name: whatever happens to the name meanwhile, one response carries the bytes of
/// one file.
struct FileBody: Sendable {
  let file: any ReadableFile
  let range: Range<Int64>
  let chunkBytes: Int
  /// Waits until the connection has taken up what was written so far.
  let settle: @Sendable () async throws -> Void

  /// Chunks written before waiting for the connection to take them up: the memory one slow download costs.
  static let chunksInFlight = 4

  /// Bodies up to this size are read at once, which saves a hop to another thread for every metadata file.
  static let smallBytes: Int64 = 64 * 1024

  /// The body for a response.
  /// - Throws: `FileError` when a small file cannot be read.
  func body() throws -> ResponseBody {
    let length = range.upperBound - range.lowerBound
    guard length > Self.smallBytes else {
      return ResponseBody(byteBuffer: ByteBuffer(bytes: try Self.read(file, at: range.lowerBound, count: Int(length))))
    }
    return ResponseBody(contentLength: Int(length)) { writer in
      var position = range.lowerBound
      var unsettled = 0
      while position < range.upperBound {
        let count = Int(min(Int64(chunkBytes), range.upperBound - position))
        // Reading may wait for a disk; the threads that serve everybody else must not.
        let chunk = try await Self.readAside(file, at: position, count: count)
        try await writer.write(ByteBuffer(bytes: chunk))
        position += Int64(chunk.count)
        // A write only waits once the connection has noticed that it is full, and it notices on its own thread: without
        // this a fast disk puts a whole bundle into the queue before a slow client has taken the first part.
        unsettled += chunk.count
        if unsettled >= chunkBytes * Self.chunksInFlight {
          try await settle()
          unsettled = 0
        }
      }
      try await writer.finish(nil)
    }
  }

  private static let readers = DispatchQueue(label: "serin.files", attributes: .concurrent)

  private static func readAside(_ file: any ReadableFile, at offset: Int64, count: Int) async throws -> [UInt8] {
    try await withCheckedThrowingContinuation { continuation in
      readers.async { continuation.resume(with: Result { try read(file, at: offset, count: count) }) }
    }
  }

  /// Reads exactly this many bytes; a file that has become shorter ends the connection, which the client notices.
  private static func read(_ file: any ReadableFile, at offset: Int64, count: Int) throws -> [UInt8] {
    var bytes = [UInt8](repeating: 0, count: count)
    let first = try file.read(at: offset, into: &bytes)
    var filled = first
    while filled > 0, filled < count {
      var rest = [UInt8](repeating: 0, count: count - filled)
      let more = try file.read(at: offset + Int64(filled), into: &rest)
      guard more > 0 else { break }
      bytes.replaceSubrange(filled..<(filled + more), with: rest[..<more])
      filled += more
    }
    guard filled == count else { throw RequestError.repositoryUnreadable }
    return bytes
  }
}
