internal import Bundles
internal import Platform
internal import Releases

/// One entry of an offline bundle: a file of a repository, under the path that it has there.
///
/// An offline bundle is a plain tar that unpacks to the folders `metadata` and `targets` of a repository which any web
/// server could serve. Entries have exactly one form, that of bundles: the reader takes name and size from a header,
/// computes what the header must then be, and compares. So nothing of tar is interpreted beyond these two fields.
struct OfflineEntry: Hashable {
  /// The folder of metadata, slash included.
  static let metadata = "metadata/"
  /// The folder of targets, slash included.
  static let targets = "targets/"
  /// The most entries of a file; a chain of 256 roots and a release for each platform is far below.
  static let maxCount = 4096
  /// The largest pax record that a path can need, in bytes.
  private static let maxRecordBytes = TreePath.maxBytes + 16

  let name: String
  /// Where the content begins in the tar.
  let start: Int64
  /// How long the content is.
  let length: Int64
  /// Where the next header begins.
  var end: Int64 { start + length + Int64(TarHeader.padding(after: length)) }

  /// The header of a file.
  static func header(_ name: String, length: Int64) -> [UInt8] {
    TarHeader.bytes(path: name, kind: .file(mode: 0o644, size: length))
  }

  /// Reads the header that begins at an offset; throws the reason why it is none.
  init(at offset: Int64, of file: borrowing TarWindow) throws(OfflineRefusal) {
    let first = try file.block(at: offset)
    var header = first
    var path = Self.path(in: first)
    if first[156] == UInt8(ascii: "x") {
      guard let size = TarHeader.size(in: first[...]), size > 0, size <= Int64(Self.maxRecordBytes) else {
        throw OfflineRefusal("a pax header has another size than a path needs")
      }
      let records = try file.bytes(at: offset + 512, count: Int(size) + TarHeader.padding(after: size))
      path = Self.path(inRecord: records.prefix(Int(size)))
      header += records + (try file.block(at: offset + 512 + Int64(records.count)))
    }
    guard let text = String(validating: path, as: UTF8.self) else {
      throw OfflineRefusal("a name is not UTF-8")
    }
    guard let length = TarHeader.size(in: header.suffix(512)) else {
      throw OfflineRefusal("a header does not say a size in the one form that sizes have")
    }
    try Self.check(text)
    guard header == Self.header(text, length: length) else {
      throw OfflineRefusal("the header at byte \(offset) is not that of a plain file in the one form that headers have")
    }
    guard length <= BundleLimits.maxBundleBytes else {
      throw OfflineRefusal("an entry has \(length) bytes, and at most \(BundleLimits.maxBundleBytes) are allowed")
    }
    name = text
    start = offset + Int64(header.count)
    self.length = length
  }

  /// Only files of the two folders of a repository, under names that could be nothing else.
  static func check(_ name: String) throws(OfflineRefusal) {
    do { try TreePath.check(name, field: "name") } catch { throw OfflineRefusal("\(error)") }
    if name.hasPrefix(targets) { return }
    guard name.hasPrefix(metadata), !name.dropFirst(metadata.count).utf8.contains(UInt8(ascii: "/")) else {
      throw OfflineRefusal("an entry lies neither among metadata nor among targets")
    }
  }

  /// The path that ustar's two fields make.
  private static func path(in block: [UInt8]) -> [UInt8] {
    let name = block[0..<100].prefix { $0 != 0 }
    let prefix = block[345..<500].prefix { $0 != 0 }
    return prefix.isEmpty ? Array(name) : Array(prefix) + [UInt8(ascii: "/")] + Array(name)
  }

  /// What stands behind the first "=" of a pax record; whether the record is one is seen when it is compared.
  private static func path(inRecord record: ArraySlice<UInt8>) -> [UInt8] {
    Array(record.drop { $0 != UInt8(ascii: "=") }.dropFirst().dropLast())
  }
}

/// Why a file is no offline bundle.
struct OfflineRefusal: Error {
  let reason: String
  /// The machine's own failure, where it is one.
  var file: FileError?

  init(_ reason: String, file: FileError? = nil) {
    self.reason = reason
    self.file = file
  }
}

/// A file that is read at offsets, each read complete or an error.
struct TarWindow: ~Copyable {
  let file: any ReadableFile
  let size: Int64

  func block(at offset: Int64) throws(OfflineRefusal) -> [UInt8] {
    try bytes(at: offset, count: TarHeader.blockBytes)
  }

  func bytes(at offset: Int64, count: Int) throws(OfflineRefusal) -> [UInt8] {
    // The subtraction cannot overflow: neither side is negative.
    guard offset <= size, Int64(count) <= size - offset else { throw OfflineRefusal("it ends before it is complete") }
    let bytes: [UInt8]
    do throws(FileError) { bytes = try file.part(at: offset, count: count) } catch {
      throw OfflineRefusal(error.description, file: error)
    }
    guard bytes.count == count else { throw OfflineRefusal("it became shorter while it was read") }
    return bytes
  }
}

extension ReadableFile {
  /// Reads a part of the file; fewer bytes than asked for mean that it ends there.
  func part(at offset: Int64, count: Int) throws(FileError) -> [UInt8] {
    var result: [UInt8] = []
    result.reserveCapacity(count)
    while result.count < count {
      var buffer = [UInt8](repeating: 0, count: min(count - result.count, BundleLimits.chunkBytes))
      let read = try read(at: offset + Int64(result.count), into: &buffer)
      if read == 0 { break }
      result += buffer[..<read]
    }
    return result
  }
}
