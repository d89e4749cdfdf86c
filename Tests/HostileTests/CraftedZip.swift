/// A zip whose local headers and central directory may disagree about everything.
struct CraftedZip {
  /// What one of the two headers of an entry says.
  struct Header {
    var name: [UInt8]
    var flags: UInt16 = 0x0800
    var method: UInt16 = 0
    var crc: UInt32
    var packed: UInt32
    var size: UInt32
    var extra: [UInt8] = []
    /// A whole Unix mode with the kind of file.
    var mode: UInt16 = 0o100644
    var offset: UInt32
  }

  private(set) var bytes: [UInt8] = []
  private var directory: [UInt8] = []
  private var count = 0
  /// What stands in front of the first entry.
  var prefix: [UInt8] = [] { didSet { bytes = prefix + bytes.dropFirst(oldValue.count) } }
  var comment: [UInt8] = []
  var commentLength: UInt16?
  var countLie: Int?
  var directoryOffsetLie: UInt32?
  var omitsEnd = false

  init() {}

  /// Appends an entry; the closures change what its two headers say.
  mutating func add(
    _ name: String, _ content: [UInt8] = [], method: UInt16 = 0, size: Int? = nil, plain: [UInt8]? = nil,
    local changeLocal: (inout Header) -> Void = { _ in }, central changeCentral: (inout Header) -> Void = { _ in }
  ) {
    var local = Header(
      name: Array(name.utf8), method: method, crc: Self.crc32(plain ?? content), packed: UInt32(content.count),
      size: UInt32(size ?? plain?.count ?? content.count), offset: UInt32(bytes.count))
    var central = local
    changeLocal(&local)
    changeCentral(&central)
    bytes += little(UInt32(0x0403_4b50)) + little(UInt16(20)) + common(local) + local.name + local.extra + content
    list(central)
  }

  /// Lists an entry in the directory alone.
  mutating func list(_ central: Header) {
    directory += little(UInt32(0x0201_4b50)) + little(UInt16(0x0314)) + little(UInt16(20)) + common(central)
    directory += little(UInt16(0)) + little(UInt16(0)) + little(UInt16(0)) + little(UInt32(central.mode) << 16)
    directory += little(central.offset) + central.name + central.extra
    count += 1
  }

  private func common(_ header: Header) -> [UInt8] {
    little(header.flags) + little(header.method) + little(UInt32(0x5a21_0000)) + little(header.crc)
      + little(header.packed) + little(header.size) + little(UInt16(header.name.count))
      + little(UInt16(header.extra.count))
  }

  /// The whole file.
  var closed: [UInt8] {
    let number = little(UInt16(countLie ?? count))
    let offset = directoryOffsetLie ?? UInt32(bytes.count)
    let end =
      little(UInt32(0x0605_4b50)) + little(UInt32(0)) + number + number + little(UInt32(directory.count))
      + little(offset) + little(commentLength ?? UInt16(comment.count)) + comment
    return bytes + directory + (omitsEnd ? [] : end)
  }

  /// An extra field of a header.
  static func extra(_ tag: UInt16, _ content: [UInt8]) -> [UInt8] {
    ZstdFrame.little(tag) + ZstdFrame.little(UInt16(content.count)) + content
  }

  private func little<Number: FixedWidthInteger>(_ value: Number) -> [UInt8] { ZstdFrame.little(value) }

  static func crc32(_ content: [UInt8]) -> UInt32 {
    var sum: UInt32 = 0xffff_ffff
    for byte in content {
      sum ^= UInt32(byte)
      for _ in 0..<8 { sum = sum & 1 == 1 ? sum >> 1 ^ 0xedb8_8320 : sum >> 1 }
    }
    return ~sum
  }
}
