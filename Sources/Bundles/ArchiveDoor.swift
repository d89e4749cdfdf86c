internal import CLibArchive
internal import Platform
internal import SystemPackage

/// The header of one entry of an archive, as it is written there: nothing about it is believed yet.
struct ArchiveItem: Sendable {
  /// What the entry claims to be.
  enum Kind: Sendable {
    case file, directory, symlink, hardLink, device, fifo, socket, unknown
  }

  let path: [UInt8]
  let target: [UInt8]
  let kind: Kind
  let mode: UInt16
  let isEncrypted: Bool
}

/// A tar or zip archive that libarchive reads from an open file; used by one thread.
@safe struct ArchiveHandle: ~Copyable {
  private let raw: UnsafeMutableRawPointer
  private let source: UnsafeMutablePointer<serin_archive_source>
  private let world: ArchiveSource

  /// Opens the first `length` bytes of a file as an archive; throws an `ArchiveError`.
  static func open(_ file: any ReadableFile, length: Int64) throws(ArchiveError) -> ArchiveHandle {
    if let reason = unsafe serin_archive_load() {
      throw .libraryMissing(reason: unsafe String(cString: reason))
    }
    guard let raw = unsafe serin_archive_new() else {
      throw .libraryMissing(reason: "libarchive.so.13 lacks a format or filter that is needed")
    }
    let handle = unsafe ArchiveHandle(raw, ArchiveSource(file, length: length))
    guard unsafe serin_archive_open(handle.raw, handle.source) == ARCHIVE_OK else {
      throw .unknownFormat(reason: handle.sentence())
    }
    return handle
  }

  private init(_ raw: UnsafeMutableRawPointer, _ world: ArchiveSource) {
    unsafe self.raw = unsafe raw
    self.world = world
    unsafe source = .allocate(capacity: 1)
    unsafe source.initialize(
      to: serin_archive_source(
        context: Unmanaged.passUnretained(world).toOpaque(),
        read: { context, bytes in
          unsafe Unmanaged<ArchiveSource>.fromOpaque(context).takeUnretainedValue().read(bytes)
        },
        seek: { context, position in
          unsafe Unmanaged<ArchiveSource>.fromOpaque(context).takeUnretainedValue().seek(position)
        },
        length: { context in
          unsafe Unmanaged<ArchiveSource>.fromOpaque(context).takeUnretainedValue().length
        },
        position: 0))
  }

  deinit {
    unsafe serin_archive_free(raw)
    unsafe source.deinitialize(count: 1)
    unsafe source.deallocate()
    withExtendedLifetime(world) {}
  }

  /// The failure of the file itself, when that is why libarchive stopped.
  var fileFailure: FileError? { world.failure }

  /// The next header; nil at the end.
  ///
  /// Throws `ArchiveError.damaged` or `.notUTF8`.
  mutating func next() throws(ArchiveError) -> ArchiveItem? {
    var entry = unsafe serin_archive_entry()
    let code = unsafe serin_archive_next(raw, &entry)
    if code == ARCHIVE_EOF { return nil }
    guard code == ARCHIVE_OK || code == ARCHIVE_WARN else { throw .damaged(reason: sentence()) }
    let path = unsafe Self.bytes(entry.path)
    if code == ARCHIVE_WARN {
      guard String(validating: path, as: UTF8.self) != nil else {
        throw .notUTF8(String(decoding: path, as: UTF8.self))
      }
      throw .damaged(reason: sentence())
    }
    return unsafe ArchiveItem(
      path: path, target: Self.bytes(entry.target), kind: Self.kind(entry.kind),
      mode: UInt16(truncatingIfNeeded: entry.mode), isEncrypted: entry.encrypted != 0)
  }

  /// Reads content of the current entry into the front of the buffer; 0 at its end.
  ///
  /// Throws `ArchiveError.damaged`.
  mutating func read(into buffer: inout [UInt8]) throws(ArchiveError) -> Int {
    let raw = unsafe raw
    let count = unsafe buffer.withUnsafeMutableBytes { target -> Int in
      guard let start = target.baseAddress else { return 0 }
      return unsafe serin_archive_read(raw, start, target.count)
    }
    guard count >= 0 else { throw .damaged(reason: sentence()) }
    return count
  }

  private func sentence() -> String {
    guard let text = unsafe serin_archive_sentence(raw) else { return "libarchive does not say why" }
    return unsafe String(cString: text)
  }

  private static func bytes(_ text: UnsafePointer<CChar>?) -> [UInt8] {
    guard let text = unsafe text else { return [] }
    return unsafe Array(String.UTF8View.bytes(of: text))
  }

  private static func kind(_ kind: serin_archive_kind) -> ArchiveItem.Kind {
    switch kind {
    case serin_archive_file: .file
    case serin_archive_directory: .directory
    case serin_archive_symlink: .symlink
    case serin_archive_hardlink: .hardLink
    case serin_archive_device: .device
    case serin_archive_fifo: .fifo
    case serin_archive_socket: .socket
    default: .unknown
    }
  }
}

extension String.UTF8View {
  /// The bytes of a C text without any repair, at most a hundred times the longest path.
  fileprivate static func bytes(of text: UnsafePointer<CChar>) -> [UInt8] {
    var bytes: [UInt8] = []
    var cursor = unsafe text
    while unsafe cursor.pointee != 0, bytes.count < 100 * 1024 {
      bytes.append(unsafe UInt8(bitPattern: cursor.pointee))
      unsafe cursor += 1
    }
    return bytes
  }
}

/// Where libarchive gets its bytes: a window on an open file.
@safe private final class ArchiveSource {
  let length: Int64
  private(set) var failure: FileError?
  private let file: any ReadableFile
  private let buffer: UnsafeMutableRawBufferPointer
  private var staging: [UInt8]
  private var position: Int64 = 0

  init(_ file: any ReadableFile, length: Int64) {
    self.file = file
    self.length = length
    self.staging = [UInt8](repeating: 0, count: BundleLimits.chunkBytes)
    unsafe self.buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: BundleLimits.chunkBytes, alignment: 16)
  }

  deinit { unsafe buffer.deallocate() }

  /// Fills the buffer, which stays valid until the next call, as libarchive demands.
  func read(_ bytes: UnsafeMutablePointer<UnsafeRawPointer?>) -> Int {
    do throws(FileError) {
      let count = Int(min(Int64(try file.read(at: position, into: &staging)), max(0, length - position)))
      unsafe staging.withUnsafeBytes { source in
        unsafe buffer.copyMemory(from: UnsafeRawBufferPointer(rebasing: source[..<count]))
      }
      position += Int64(count)
      unsafe bytes.pointee = UnsafeRawPointer(buffer.baseAddress)
      return count
    } catch {
      failure = error
      return -1
    }
  }

  func seek(_ wanted: Int64) -> Int64 {
    position = min(wanted, length)
    return position
  }
}
