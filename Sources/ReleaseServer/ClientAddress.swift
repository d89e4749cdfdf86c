/// Whom a request is counted against.
enum ClientAddress {
  /// The name under which an address is counted: IPv4 whole, IPv6 by its first 64 bits.
  ///
  /// One customer usually holds a whole /64, so counting single IPv6 addresses would count nobody.
  static func key(for address: String) -> String {
    guard address.utf8.count <= maxBytes, address.contains(":") else {
      return String(address.prefix(maxBytes))
    }
    let plain = address.split(separator: "%", maxSplits: 1).first.map(String.init) ?? address
    if let last = plain.split(separator: ":").last, last.contains(".") { return String(last) }
    let halves = plain.split(separator: ":", omittingEmptySubsequences: false)
    guard let gap = halves.firstIndex(where: \.isEmpty) else {
      return halves.prefix(4).joined(separator: ":") + "::/64"
    }
    let front = halves[..<gap].filter { !$0.isEmpty }
    let back = halves[gap...].filter { !$0.isEmpty }
    let zeros = max(0, 8 - front.count - back.count)
    let groups = front.map(String.init) + Array(repeating: "0", count: zeros) + back.map(String.init)
    return groups.prefix(4).joined(separator: ":") + "::/64"
  }

  /// The address of the client: the peer's, or what a proxy on this machine says.
  ///
  /// Only the last entry of `X-Forwarded-For` counts: the proxy added it, the others are whatever the client wrote.
  static func client(peer: String, forwardedFor: String?, isBehindProxy: Bool) -> String {
    guard isBehindProxy, isLoopback(peer), let last = forwardedFor?.split(separator: ",").last else { return peer }
    let address = String(last.trimmingSpaces())
    let isAddress = !address.isEmpty && address.utf8.count <= maxBytes && address.utf8.allSatisfy(isAddressByte)
    return isAddress ? address : peer
  }

  /// The longest textual IPv6 address with a zone.
  private static let maxBytes = 64

  private static func isLoopback(_ peer: String) -> Bool {
    peer == "::1" || peer.hasPrefix("127.") || peer == unknown
  }

  private static func isAddressByte(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "a")...UInt8(ascii: "f"),
      UInt8(ascii: "A")...UInt8(ascii: "F"), UInt8(ascii: "."), UInt8(ascii: ":"):
      true
    default: false
    }
  }

  /// The peer of a request that came over no socket.
  static let unknown = "unknown"
}
