/// A tar that is put together by hand, so that it can say what no honest program would.
package struct HostileTar {
  /// What was appended so far.
  package private(set) var bytes: [UInt8] = []

  /// The whole file, with its two closing blocks.
  package var closed: [UInt8] { bytes + [UInt8](repeating: 0, count: 1024) }

  /// Makes an empty file.
  package init() {}

  /// Appends one entry exactly as it is said.
  package mutating func add(
    _ name: String, _ content: String = "", type: Character = "0", mode: UInt16 = 0o644, link: String = "",
    device: UInt16 = 0
  ) {
    add(name: Array(name.utf8), Array(content.utf8), type: type, mode: mode, link: Array(link.utf8), device: device)
  }

  /// Appends one entry whose name, content and link are any bytes.
  package mutating func add(
    name: [UInt8], _ content: [UInt8] = [], type: Character = "0", mode: UInt16 = 0o644, link: [UInt8] = [],
    device: UInt16 = 0, claimedSize: Int? = nil, size: [UInt8]? = nil
  ) {
    var block = [UInt8](repeating: 0, count: 512)
    block.replaceSubrange(0..<min(name.count, 100), with: name.prefix(100))
    func octal(_ value: Int, at offset: Int, digits: Int) {
      let text = String(value, radix: 8)
      let padded = String(repeating: "0", count: max(0, digits - text.count)) + text
      block.replaceSubrange(offset..<(offset + digits), with: padded.utf8)
    }
    octal(Int(mode), at: 100, digits: 7)
    octal(1000, at: 108, digits: 7)
    octal(1000, at: 116, digits: 7)
    octal(claimedSize ?? content.count, at: 124, digits: 11)
    if let size { block.replaceSubrange(124..<136, with: size.prefix(12)) }
    octal(1_700_000_000, at: 136, digits: 11)
    block[156] = type.asciiValue ?? 0
    block.replaceSubrange(157..<(157 + min(link.count, 100)), with: link.prefix(100))
    block.replaceSubrange(257..<265, with: "ustar\u{0}00".utf8)
    octal(Int(device), at: 329, digits: 7)
    octal(Int(device), at: 337, digits: 7)
    block.replaceSubrange(148..<156, with: "        ".utf8)
    octal(block.reduce(0) { $0 + Int($1) }, at: 148, digits: 6)
    block[154] = 0
    bytes += block + content
    bytes += [UInt8](repeating: 0, count: (512 - content.count % 512) % 512)
  }

  /// Appends any bytes.
  package mutating func append(_ more: [UInt8]) { bytes += more }

  /// Appends a pax header that gives the next entry a path of any length and any bytes.
  package mutating func addPaxPath(_ path: [UInt8]) {
    let rest = Array(" path=".utf8) + path + [10]
    var length = rest.count + 1
    while String(length).utf8.count + rest.count != length { length = String(length).utf8.count + rest.count }
    add(name: Array("pax".utf8), Array(String(length).utf8) + rest, type: "x")
  }
}

/// A zip without compression, put together by hand.
package struct TinyZip {
  private var bytes: [UInt8] = []
  private var directory: [UInt8] = []
  private var count = 0

  /// Makes an empty file.
  package init() {}

  /// Appends one entry; `mode` is a whole Unix mode with the kind of file.
  package mutating func add(_ name: String, _ content: [UInt8], mode: UInt16 = 0o100644, flags: UInt16 = 0x0800) {
    let sum = crc32(content)
    let offset = UInt32(bytes.count)
    let size = UInt32(content.count)
    let nameBytes = Array(name.utf8)
    let common =
      little(flags) + little(UInt16(0)) + little(UInt32(0x5a21_0000)) + little(sum) + little(size)
      + little(size) + little(UInt16(nameBytes.count)) + little(UInt16(0))
    bytes += little(UInt32(0x0403_4b50)) + little(UInt16(20)) + common + nameBytes + content
    directory += little(UInt32(0x0201_4b50)) + little(UInt16(0x0314)) + little(UInt16(20)) + common
    directory += little(UInt16(0)) + little(UInt16(0)) + little(UInt16(0)) + little(UInt32(mode) << 16)
    directory += little(offset) + nameBytes
    count += 1
  }

  /// The whole file; a comment length other than that of the comment is what a patched MCPB signature leaves.
  package func closed(commentLength: UInt16 = 0) -> [UInt8] {
    let counts = little(UInt16(count)) + little(UInt16(count))
    let place = little(UInt32(directory.count)) + little(UInt32(bytes.count))
    let end = little(UInt32(0x0605_4b50)) + little(UInt32(0)) + counts + place + little(commentLength)
    return bytes + directory + end
  }

  private func little<Number: FixedWidthInteger>(_ value: Number) -> [UInt8] {
    (0..<(Number.bitWidth / 8)).map { UInt8(truncatingIfNeeded: value >> ($0 * 8)) }
  }

  private func crc32(_ content: [UInt8]) -> UInt32 {
    var sum: UInt32 = 0xffff_ffff
    for byte in content {
      sum ^= UInt32(byte)
      for _ in 0..<8 { sum = sum & 1 == 1 ? sum >> 1 ^ 0xedb8_8320 : sum >> 1 }
    }
    return ~sum
  }
}
