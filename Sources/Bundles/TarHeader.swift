/// One header of a bundle's tar, as a pure function of the entry.
///
/// The format is ustar, with a pax record where ustar has no room (POSIX.1-2001). Bundles have exactly one form: no
/// times, no owners, fixed modes. The writer writes these bytes and the reader compares with them, so that nothing in
/// a bundle is ever parsed beyond the two sizes at its front.
package struct TarHeader: Sendable {
  /// What an entry is.
  package enum Kind: Hashable, Sendable {
    /// A file with its permission bits and its size in bytes.
    case file(mode: UInt16, size: Int64)
    /// A symbolic link with its target.
    case symlink(target: String)
    /// An empty folder.
    case directory
  }

  /// The unit of tar: headers and padded content are multiples of it.
  package static let blockBytes = 512
  /// Two blocks of zeros end a tar.
  package static let end = [UInt8](repeating: 0, count: 2 * blockBytes)
  /// The largest size that a ustar header can say: eleven octal digits.
  package static let maxSize: Int64 = 0o77777777777

  /// The header's bytes: one block, or three or more with a pax record in front.
  package static func bytes(path: String, kind: Kind) -> [UInt8] {
    var name = Array(path.utf8)
    if kind == .directory { name.append(UInt8(ascii: "/")) }
    var records: [UInt8] = []
    let fitting = split(name)
    if fitting == nil { records += record("path", name) }
    var link: [UInt8] = []
    if case .symlink(let target) = kind {
      link = Array(target.utf8)
      if link.count > 100 || !isASCII(link) {
        records += record("linkpath", link)
        link = Array("link".utf8)
      }
    }
    let (mode, size, type) = fields(of: kind)
    var result: [UInt8] = []
    if !records.isEmpty {
      let place = Place(prefix: [], name: Array("PaxHeaders/entry".utf8))
      result += block(place, mode: 0o644, size: Int64(records.count), type: UInt8(ascii: "x"), link: [])
      result += records
      result += [UInt8](repeating: 0, count: padding(after: Int64(records.count)))
    }
    // Readers that know pax ignore the short name; the others see a name that cannot collide with a bundle's parts.
    result += block(
      fitting ?? Place(prefix: [], name: Array("tree/long-name".utf8)), mode: mode, size: size, type: type, link: link)
    return result
  }

  /// How many zero bytes follow content of this size.
  package static func padding(after size: Int64) -> Int {
    let rest = Int(size % Int64(blockBytes))
    return rest == 0 ? 0 : blockBytes - rest
  }

  /// The size that a ustar header claims; nil unless it is eleven octal digits and a NUL.
  package static func size(in block: ArraySlice<UInt8>) -> Int64? {
    guard block.count >= blockBytes else { return nil }
    let field = block.dropFirst(124).prefix(12)
    guard field.last == 0 else { return nil }
    var value: Int64 = 0
    for digit in field.dropLast() {
      guard (UInt8(ascii: "0")...UInt8(ascii: "7")).contains(digit) else { return nil }
      value = value << 3 | Int64(digit - UInt8(ascii: "0"))
    }
    return value
  }

  private struct Place {
    let prefix: [UInt8]
    let name: [UInt8]
  }

  private static func fields(of kind: Kind) -> (mode: UInt16, size: Int64, type: UInt8) {
    switch kind {
    case .file(let mode, let size): (mode, size, UInt8(ascii: "0"))
    case .symlink: (0o777, 0, UInt8(ascii: "2"))
    case .directory: (0o755, 0, UInt8(ascii: "5"))
    }
  }

  /// Where a path goes in a ustar header; nil when it has no room there or is not ASCII, which ustar leaves undefined.
  private static func split(_ path: [UInt8]) -> Place? {
    guard isASCII(path) else { return nil }
    if path.count <= 100 { return Place(prefix: [], name: path) }
    guard path.count <= 256 else { return nil }
    // The slash between the two fields is not stored. The leftmost cut that fits is the one that is taken.
    for index in path.indices where path[index] == UInt8(ascii: "/") {
      let rest = path.count - index - 1
      if index > 0, index <= 155, rest > 0, rest <= 100 {
        return Place(prefix: Array(path[..<index]), name: Array(path[(index + 1)...]))
      }
    }
    return nil
  }

  private static func isASCII(_ bytes: [UInt8]) -> Bool { bytes.allSatisfy { $0 < 0x80 } }

  /// A pax record: its own length in decimal, a space, key=value and a line feed.
  private static func record(_ key: String, _ value: [UInt8]) -> [UInt8] {
    let rest = Array(" \(key)=".utf8) + value + [UInt8(ascii: "\n")]
    var length = rest.count + 1
    while String(length).utf8.count + rest.count != length { length = String(length).utf8.count + rest.count }
    return Array(String(length).utf8) + rest
  }

  private static func block(_ place: Place, mode: UInt16, size: Int64, type: UInt8, link: [UInt8]) -> [UInt8] {
    var block = [UInt8](repeating: 0, count: blockBytes)
    func put(_ bytes: some Collection<UInt8>, at offset: Int) {
      block.replaceSubrange(offset..<(offset + bytes.count), with: bytes)
    }
    func putOctal(_ value: Int64, at offset: Int, digits: Int) {
      var rest = value
      for index in stride(from: offset + digits - 1, through: offset, by: -1) {
        block[index] = UInt8(ascii: "0") + UInt8(truncatingIfNeeded: rest & 7)
        rest >>= 3
      }
    }
    put(place.name, at: 0)
    putOctal(Int64(mode), at: 100, digits: 7)
    putOctal(0, at: 108, digits: 7)
    putOctal(0, at: 116, digits: 7)
    putOctal(size, at: 124, digits: 11)
    putOctal(0, at: 136, digits: 11)
    block[156] = type
    put(link, at: 157)
    put("ustar\u{0}00".utf8, at: 257)
    putOctal(0, at: 329, digits: 7)
    putOctal(0, at: 337, digits: 7)
    put(place.prefix, at: 345)
    // The checksum counts its own field as eight spaces.
    let sum = block.reduce(Int64(8 * 32)) { $0 + Int64($1) }
    putOctal(sum, at: 148, digits: 6)
    block[155] = UInt8(ascii: " ")
    return block
  }
}
