package import Platform
package import Releases

/// What a plugin may connect to: a pure function of its rules, the place it names, and where that name leads.
package struct EgressPolicy: Hashable, Sendable {
  /// The name under which a rule means the user's own machine.
  private static let ownMachine = "localhost"

  /// The declared places.
  package let rules: [NetworkRule]

  /// Admits what the rules name, and nothing else.
  package init(rules: [NetworkRule]) { self.rules = rules }

  /// Ports of the user's own machine that rules name as `localhost`; they can be reached at the same port inside.
  package var ownPorts: [UInt16] {
    var ports: Set<UInt16> = []
    for case .host(Self.ownMachine, let port) in rules { ports.insert(port) }
    return ports.sorted()
  }

  /// Whether a rule names the place.
  package func admits(_ place: EgressPlace) -> Bool {
    rules.contains { $0.allows(host: place.host, port: place.port) }
  }

  /// The addresses to which a connection may really be made, out of those that an admitted name has.
  ///
  /// A name proves nothing about where it leads: whoever owns it can let it lead into the user's own network. So only
  /// public addresses are left, and none of this machine's own; only a rule that says `localhost` means this machine.
  package func usable(
    _ addresses: [NetworkAddress], for place: EgressPlace, own: [NetworkAddress]
  ) -> [NetworkAddress] {
    if place.host == Self.ownMachine, ownPorts.contains(place.port) { return addresses.filter(\.isLoopback) }
    return addresses.filter { $0.isPublic && !own.contains($0) }
  }
}

extension NetworkAddress {
  /// The first bytes of a range of addresses, and how many bits of them count.
  private struct Range {
    let prefix: [UInt8]
    let bits: Int

    func contains(_ bytes: [UInt8]) -> Bool {
      for (index, byte) in prefix.enumerated() {
        let left = bits - index * 8
        let mask: UInt8 = left >= 8 ? 0xff : ~(0xff >> UInt8(max(left, 0)))
        if bytes[index] & mask != byte & mask { return false }
      }
      return true
    }
  }

  /// IPv4 addresses that lead nowhere public (IANA IPv4 Special-Purpose Address Registry; multicast and reserved).
  private static let special4: [Range] = [
    Range(prefix: [0], bits: 8), Range(prefix: [10], bits: 8), Range(prefix: [100, 64], bits: 10),
    Range(prefix: [127], bits: 8), Range(prefix: [169, 254], bits: 16), Range(prefix: [172, 16], bits: 12),
    Range(prefix: [192, 0, 0], bits: 24), Range(prefix: [192, 0, 2], bits: 24), Range(prefix: [192, 88, 99], bits: 24),
    Range(prefix: [192, 168], bits: 16), Range(prefix: [198, 18], bits: 15), Range(prefix: [198, 51, 100], bits: 24),
    Range(prefix: [203, 0, 113], bits: 24), Range(prefix: [224], bits: 4), Range(prefix: [240], bits: 4),
  ]

  /// What leads nowhere public, or hides another address, within 2000::/3.
  ///
  /// Out of the IANA IPv6 Special-Purpose Address Registry: protocol assignments with Teredo, documentation, 6to4. IPv4-mapped and NAT64 addresses lie outside of 2000::/3.
  private static let special6: [Range] = [
    Range(prefix: [0x20, 0x01, 0x00], bits: 23), Range(prefix: [0x20, 0x01, 0x0d, 0xb8], bits: 32),
    Range(prefix: [0x20, 0x02], bits: 16), Range(prefix: [0x3f, 0xff, 0x00], bits: 20),
  ]
  private static let global6 = Range(prefix: [0x20], bits: 3)

  /// Whether the address belongs to the internet, and to nobody's own network or machine.
  package var isPublic: Bool {
    if bytes.count == 4 { return !Self.special4.contains { $0.contains(bytes) } }
    return Self.global6.contains(bytes) && !Self.special6.contains { $0.contains(bytes) }
  }

  /// Whether the address means the machine itself.
  package var isLoopback: Bool {
    bytes.count == 4 ? bytes[0] == 127 : bytes.dropLast().allSatisfy { $0 == 0 } && bytes.last == 1
  }

  /// The address as people write it; IPv6 in full.
  package var text: String {
    if bytes.count == 4 { return bytes.map { String($0) }.joined(separator: ".") }
    return stride(from: 0, to: bytes.count, by: 2)
      .map { String(UInt16(bytes[$0]) << 8 | UInt16(bytes[$0 + 1]), radix: 16) }.joined(separator: ":")
  }
}
