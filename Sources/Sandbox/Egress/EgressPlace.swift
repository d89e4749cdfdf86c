/// A host and port that a plugin asks the proxy for, in one spelling.
package struct EgressPlace: Hashable, Sendable {
  /// The longest name of a host in bytes (RFC 1035, section 2.3.4).
  private static let longestHost = 253

  /// A name in lower case, or an address as text.
  package let host: String
  /// The port.
  package let port: UInt16

  /// Takes a host as a plugin writes it; nil for what is neither a name nor an address.
  package init?(host: some Collection<UInt8>, port: UInt16) {
    var bytes = Array(host)
    // The root's dot changes nothing about where a name leads.
    if bytes.count > 1, bytes.last == UInt8(ascii: ".") { bytes.removeLast() }
    guard (1...Self.longestHost).contains(bytes.count), port > 0, bytes.allSatisfy(Self.isHost) else { return nil }
    self.host = String(decoding: bytes, as: UTF8.self).lowercased()
    self.port = port
  }

  /// Reads `host:port`, `host` or `[address]:port` (RFC 9112, section 3.2.3).
  ///
  /// - Parameter defaultPort: the port where none is written; nil demands one.
  package init?(authority: some Collection<UInt8>, defaultPort: UInt16?) {
    let bytes = Array(authority)
    var host = bytes[...]
    var rest = bytes[bytes.endIndex...]
    if bytes.first == UInt8(ascii: "[") {
      guard let end = bytes.firstIndex(of: UInt8(ascii: "]")) else { return nil }
      (host, rest) = (bytes[1..<end], bytes[(end + 1)...])
    } else if let colon = bytes.firstIndex(of: UInt8(ascii: ":")) {
      (host, rest) = (bytes[..<colon], bytes[colon...])
    }
    guard !rest.isEmpty else {
      guard let defaultPort else { return nil }
      self.init(host: host, port: defaultPort)
      return
    }
    let digits = rest.dropFirst()
    guard rest.first == UInt8(ascii: ":"), (1...5).contains(digits.count),
      digits.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }),
      let port = UInt16(String(decoding: digits, as: UTF8.self))
    else { return nil }
    self.init(host: host, port: port)
  }

  /// `host:port`, with brackets around an IPv6 address.
  package var text: String { host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)" }

  private static func isHost(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
      UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"),
      UInt8(ascii: ":"):
      true
    default: false
    }
  }
}
