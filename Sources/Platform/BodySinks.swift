import SystemPackage

/// Keeps a body in memory; the exchange has checked its size before.
final class MemorySink: BodySink {
  private(set) var bytes: [UInt8] = []

  func begin(_ head: ResponseHead) throws(TransferError) {
    // Room that is reserved and not used costs nothing, but what a server announces is not worth more than a guess.
    bytes.reserveCapacity(Int(min(head.contentLength ?? 0, 16 << 20)))
  }

  func receive(_ span: RawSpan) throws(TransferError) {
    unsafe span.withUnsafeBytes { unsafe bytes.append(contentsOf: $0) }
  }
}

/// Writes a body into a file, or the rest of it behind what the file holds.
final class FileSink: BodySink {
  private let files: any FileSystem
  private let path: FilePath
  private let offset: Int64?
  private let progress: (@Sendable (Int64, Int64?) -> Void)?
  private var file: (any WritableFile)?
  private var expected: Int64?

  /// How many bytes the file holds.
  private(set) var length: Int64 = 0

  init(
    _ files: any FileSystem, path: FilePath, offset: Int64?, progress: (@Sendable (Int64, Int64?) -> Void)?
  ) {
    self.files = files
    self.path = path
    self.offset = offset
    self.progress = progress
  }

  func begin(_ head: ResponseHead) throws(TransferError) {
    do throws(FileError) {
      if head.status == 206, let offset {
        try files.truncate(path, to: offset)
        file = try files.openForAppending(path)
        length = offset
      } else {
        try files.removeIfPresent(path)
        file = try files.create(path, mode: 0o600)
        length = 0
      }
    } catch {
      throw .file(error)
    }
    expected = head.total(after: offset)
    progress?(length, expected)
  }

  func receive(_ span: RawSpan) throws(TransferError) {
    do throws(FileError) { try file?.write(span) } catch { throw .file(error) }
    length += Int64(span.byteCount)
    progress?(length, expected)
  }

  func close() throws(TransferError) {
    do throws(FileError) { try file?.close() } catch { throw .file(error) }
    file = nil
  }
}
