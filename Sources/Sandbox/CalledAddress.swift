/// The address in a system call of the network.
struct CalledAddress: Hashable, Sendable {
  /// The longest address in bytes (sockaddr_storage).
  static let longest = 128

  /// What it leads to; nil for families that a plugin may not use or that lead nowhere.
  let touch: Touch?
  /// The port; 0 where there is none.
  let port: UInt16

  /// Reads an address as it lies in memory; nil for less than a family.
  init?(_ bytes: [UInt8]) {
    guard bytes.count >= 2 else { return nil }
    let family = Bytes.number(bytes, 0, 2)
    // Ports are in the order of the network.
    let port = bytes.count >= 4 ? UInt16(bytes[2]) << 8 | UInt16(bytes[3]) : 0
    switch family {
    case 1:
      self.port = 0
      // An abstract name begins with 0 and ends with the network namespace: it is the plugin's own.
      let name = bytes.dropFirst(2).prefix { $0 != 0 }
      touch = name.isEmpty ? nil : .socketFile(String(decoding: name, as: UTF8.self))
    case 2 where bytes.count >= 8:
      self.port = port
      touch = Self.connection(four: Array(bytes[4..<8]), port)
    case 10 where bytes.count >= 24:
      self.port = port
      touch = Self.connection(six: Array(bytes[8..<24]), port)
    default:
      self.port = 0
      touch = nil
    }
  }

  private static func connection(four bytes: [UInt8], _ port: UInt16) -> Touch {
    .connection(
      host: bytes.map { String($0) }.joined(separator: "."), port: port,
      isLoopback: bytes[0] == 127 || bytes.allSatisfy { $0 == 0 })
  }

  private static func connection(six bytes: [UInt8], _ port: UInt16) -> Touch {
    let mapped: [UInt8] = [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff]
    if Array(bytes.prefix(12)) == mapped { return connection(four: Array(bytes.suffix(4)), port) }
    let isLoopback = bytes.dropLast().allSatisfy { $0 == 0 } && bytes[15] <= 1
    let groups = stride(from: 0, to: 16, by: 2).map { UInt16(bytes[$0]) << 8 | UInt16(bytes[$0 + 1]) }
    return .connection(host: "[" + text(groups) + "]", port: port, isLoopback: isLoopback)
  }

  /// The text of an IPv6 address as RFC 5952 wants it: the longest run of zero groups is left out.
  private static func text(_ groups: [UInt16]) -> String {
    var best = 0..<0
    var start = 0
    while start < groups.count {
      var end = start
      while end < groups.count, groups[end] == 0 { end += 1 }
      if end - start > max(best.count, 1) { best = start..<end }
      start = max(end, start + 1)
    }
    func hex(_ part: ArraySlice<UInt16>) -> String { part.map { String($0, radix: 16) }.joined(separator: ":") }
    guard !best.isEmpty else { return hex(groups[...]) }
    return hex(groups[..<best.lowerBound]) + "::" + hex(groups[best.upperBound...])
  }
}

/// A question to a name server (RFC 1035 section 4.1).
enum DNSQuestion {
  /// Where name servers answer.
  static let port: UInt16 = 53
  /// The most bytes of a question that are read.
  static let longest: UInt64 = 512

  /// The name that is asked for; nil for anything else.
  static func name(in bytes: [UInt8]) -> String? {
    // A header of 12 bytes: a question (the highest bit of the third byte is 0), and one at least.
    guard bytes.count > 12, bytes[2] & 0x80 == 0, bytes[4] != 0 || bytes[5] != 0 else { return nil }
    var labels: [String] = []
    var rest = bytes.dropFirst(12)
    while let length = rest.popFirst(), length > 0 {
      guard length < 64, rest.count > Int(length) else { return nil }
      let label = rest.prefix(Int(length))
      guard label.allSatisfy({ Self.isPlain($0) }) else { return nil }
      labels.append(String(decoding: label, as: UTF8.self).lowercased())
      rest = rest.dropFirst(Int(length))
    }
    return labels.isEmpty ? nil : labels.joined(separator: ".")
  }

  private static func isPlain(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
      UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "_"):
      true
    default: false
    }
  }
}
