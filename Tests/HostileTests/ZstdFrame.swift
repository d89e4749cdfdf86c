/// A zstd frame that is put together by hand, of blocks that are stored or repeat one byte (RFC 8878, 3.1).
struct ZstdFrame {
  /// The largest block, in bytes.
  static let blockBytes = 128 * 1024

  var magic: [UInt8] = [0x28, 0xb5, 0x2f, 0xfd]
  /// The window: 17 means 128 KiB; nil means that the frame is one segment, as large as its content.
  var windowLog: UInt8? = 17
  /// The size of the content that the header claims, if it claims any.
  var contentSize: UInt64?
  /// The number of a dictionary.
  var dictionary: UInt32?
  /// The four bytes of a checksum.
  var checksum: [UInt8]?
  var reservedBit = false
  private(set) var blocks: [UInt8] = []
  private var lastHeader = 0

  init() {}

  /// A frame that stores these bytes.
  init(storing content: [UInt8]) {
    for start in stride(from: 0, to: content.count, by: Self.blockBytes) {
      store(content[start..<min(content.count, start + Self.blockBytes)])
    }
  }

  /// Appends a block of stored bytes.
  mutating func store(_ content: ArraySlice<UInt8>) { add(type: 0, size: content.count, Array(content)) }

  /// Appends blocks that repeat one byte: four bytes for 128 KiB each.
  mutating func repeating(_ byte: UInt8, count: Int) {
    var rest = count
    while rest > 0 {
      add(type: 1, size: min(rest, Self.blockBytes), [byte])
      rest -= Self.blockBytes
    }
  }

  /// Appends any block.
  mutating func add(type: Int, size: Int, _ content: [UInt8]) {
    lastHeader = blocks.count
    let header = type << 1 | size << 3
    blocks += [UInt8(header & 0xff), UInt8(header >> 8 & 0xff), UInt8(header >> 16 & 0xff)] + content
  }

  /// The whole frame; the last block says that it is the last, unless the frame is to go on for ever.
  func bytes(isEnding: Bool = true) -> [UInt8] {
    var blocks = blocks.isEmpty ? [0, 0, 0] : blocks
    if isEnding { blocks[lastHeader] |= 1 }
    var descriptor: UInt8 = 0
    var fields: [UInt8] = []
    if let windowLog { fields.append((windowLog - 10) << 3) } else { descriptor |= 0x20 }
    if let dictionary {
      descriptor |= 3
      fields += Self.little(dictionary)
    }
    if let contentSize {
      descriptor |= 0xc0
      fields += Self.little(contentSize)
    }
    if checksum != nil { descriptor |= 4 }
    if reservedBit { descriptor |= 8 }
    return magic + [descriptor] + fields + blocks + (checksum ?? [])
  }

  /// A frame that every reader passes over.
  static func skippable(_ content: [UInt8]) -> [UInt8] {
    [0x50, 0x2a, 0x4d, 0x18] + little(UInt32(content.count)) + content
  }

  static func little<Number: FixedWidthInteger>(_ value: Number) -> [UInt8] {
    (0..<(Number.bitWidth / 8)).map { UInt8(truncatingIfNeeded: value >> ($0 * 8)) }
  }
}
