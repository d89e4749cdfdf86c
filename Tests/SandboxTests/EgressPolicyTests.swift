import Platform
import Releases
import Sandbox
import Testing

/// What the egress proxy admits, and where it may connect to.
@Suite struct EgressPolicyTests {
  private static func policy(_ rules: String...) throws -> EgressPolicy {
    EgressPolicy(rules: try rules.map { try NetworkRule($0) })
  }

  private static func place(_ text: String) throws -> EgressPlace {
    try #require(EgressPlace(authority: text.utf8, defaultPort: 443))
  }

  @Test(arguments: [
    ("api.example.com:443", true), ("API.Example.COM:443", true), ("api.example.com.:443", true),
    ("api.example.com:80", false), ("example.com:443", false), ("xapi.example.com:443", false),
    ("a.cdn.example.org:8443", true), ("a.b.cdn.example.org:8443", true), ("cdn.example.org:8443", false),
    ("evilcdn.example.org:8443", false), ("a.cdn.example.org:443", false), ("93.184.216.34:443", false),
    ("localhost:443", false), ("[::1]:443", false), ("api.example.com.evil.example:443", false),
  ])
  func `only what a rule names is admitted`(place: String, isAdmitted: Bool) throws {
    let policy = try Self.policy("api.example.com", "*.cdn.example.org:8443")
    #expect(policy.admits(try Self.place(place)) == isAdmitted)
  }

  @Test func `the whole internet is admitted by name and by address`() throws {
    let policy = try Self.policy("internet")
    for place in ["example.com:1", "93.184.216.34:80", "[2606:2800::1]:443", "127.0.0.1:22", "localhost:22"] {
      #expect(policy.admits(try Self.place(place)))
    }
    #expect(policy.ownPorts == [])
  }

  @Test(arguments: [
    "", ":443", "host:", "host:0", "host:65536", "host:-1", "host:1x", "a b:1", "user@host:1", "host/:1", "[::1",
    "[::1]x", "[::1]1", "a\u{0}b:1", "exämple.com:1", String(repeating: "a", count: 254) + ":1", "a:b:1",
  ])
  func `what is no place is refused`(text: String) {
    #expect(EgressPlace(authority: text.utf8, defaultPort: nil) == nil)
  }

  private static func address(_ text: String) async throws -> NetworkAddress {
    try #require(await SystemResolver().addresses(of: text).first)
  }

  @Test(arguments: [
    "0.0.0.0", "10.1.2.3", "100.64.0.1", "100.127.255.255", "127.0.0.1", "127.255.255.254", "169.254.169.254",
    "172.16.0.1", "172.31.255.255", "192.0.0.170", "192.0.2.1", "192.88.99.1", "192.168.1.1", "198.18.0.1",
    "198.19.255.255", "198.51.100.1", "203.0.113.1", "224.0.0.251", "239.255.255.250", "240.0.0.1", "255.255.255.255",
    "::", "::1", "::ffff:10.0.0.1", "::ffff:93.184.216.34", "::93.184.216.34", "64:ff9b::a00:1", "64:ff9b::5db8:d822",
    "64:ff9b:1::1", "100::1", "2001::1", "2001:db8::1", "2002:a00:1::1", "3fff::1", "fc00::1", "fd00::1", "fe80::1",
    "fec0::1", "ff02::1", "2001:1ff::1", "5f00::1",
  ])
  func `no address of a private network, of the machine, or without a place in the internet is used`(
    text: String
  ) async throws {
    let address = try await Self.address(text)
    #expect(!address.isPublic)
    let usable = try Self.policy("internet", "localhost:80").usable(
      [address], for: try Self.place("a.example:80"), own: [])
    #expect(usable.isEmpty)
  }

  @Test(arguments: [
    "1.1.1.1", "9.255.255.255", "11.0.0.0", "93.184.216.34", "100.63.255.255", "100.128.0.0", "126.255.255.255",
    "128.0.0.1", "169.253.255.255", "172.15.255.255", "172.32.0.0", "192.0.1.1", "192.167.255.255", "198.17.255.255",
    "198.20.0.0", "223.255.255.255", "2606:2800:220:1::1", "2001:200::1", "2a00:1450::1", "2003::1", "3ffe::1",
  ])
  func `public addresses are used`(text: String) async throws {
    let address = try await Self.address(text)
    #expect(address.isPublic)
    let place = try Self.place("a.example:80")
    let policy = try Self.policy("a.example:80")
    #expect(policy.usable([address], for: place, own: []) == [address])
    #expect(policy.usable([address], for: place, own: [address]).isEmpty, "this machine's own address")
  }

  @Test func `of a name with mixed addresses only the public ones are used`() async throws {
    let mixed = [try await Self.address("10.0.0.1"), try await Self.address("1.1.1.1")]
    #expect(try Self.policy("a.example").usable(mixed, for: try Self.place("a.example"), own: []) == [mixed[1]])
  }

  @Test func `only a rule that says localhost means this machine, and only at its port`() async throws {
    let both = [try await Self.address("127.0.0.1"), try await Self.address("::1"), try await Self.address("1.1.1.1")]
    let policy = try Self.policy("localhost:8080", "internet")
    #expect(policy.ownPorts == [8080])
    #expect(policy.usable(both, for: try Self.place("localhost:8080"), own: both) == Array(both.prefix(2)))
    #expect(policy.usable(both, for: try Self.place("localhost:22"), own: []) == [both[2]])
    #expect(policy.usable(both, for: try Self.place("rebound.example:8080"), own: []) == [both[2]])
  }
}
