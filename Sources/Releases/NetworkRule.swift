/// A place on the network that a plugin may connect to.
package enum NetworkRule: Hashable, Sendable {
  /// One host and port.
  case host(String, port: UInt16)
  /// Every host below a domain, and the port.
  case subdomains(of: String, port: UInt16)
  /// Everything that is public.
  case internet

  /// The port where none is written.
  package static let defaultPort: UInt16 = 443
  private static let rule =
    "be HOST, HOST:PORT, *.DOMAIN:PORT with a domain of at least two parts, or internet; "
    + "names in lower case and no addresses"

  /// Reads a rule; throws a `ReleaseError` that states what a rule is.
  package init(_ text: String) throws(ReleaseError) {
    guard text != "internet" else {
      self = .internet
      return
    }
    let refused = ReleaseError("", .invalid(offered: text, rule: NetworkRule.rule))
    let parts = text.split(separator: ":", omittingEmptySubsequences: false)
    guard parts.count <= 2, text.utf8.count <= 260 else { throw refused }
    var port = NetworkRule.defaultPort
    if parts.count == 2 {
      guard parts[1].utf8.allSatisfy(Characters.isDigit), !parts[1].hasPrefix("0"), let number = UInt16(parts[1]) else {
        throw refused
      }
      port = number
    }
    if parts[0].hasPrefix("*.") {
      let domain = String(parts[0].dropFirst(2))
      guard NetworkRule.isHost(domain), domain.contains(".") else { throw refused }
      self = .subdomains(of: domain, port: port)
    } else {
      let host = String(parts[0])
      guard NetworkRule.isHost(host) else { throw refused }
      self = .host(host, port: port)
    }
  }

  /// The rule as permissions write it, with its port.
  package var text: String {
    switch self {
    case .host(let host, let port): "\(host):\(port)"
    case .subdomains(let domain, let port): "*.\(domain):\(port)"
    case .internet: "internet"
    }
  }

  /// The rule in words for people.
  package var words: String {
    switch self {
    case .host(let host, let port): port == NetworkRule.defaultPort ? host : "\(host) on port \(port)"
    case .subdomains(let domain, let port):
      "every host below \(domain)" + (port == NetworkRule.defaultPort ? "" : " on port \(port)")
    case .internet: "the whole internet"
    }
  }

  /// Whether a connection to this host and port is allowed by the rule.
  package func allows(host: String, port: UInt16) -> Bool {
    let name = host.lowercased()
    switch self {
    case .host(let allowed, let allowedPort): return allowedPort == port && allowed == name
    case .subdomains(let domain, let allowedPort): return allowedPort == port && name.hasSuffix("." + domain)
    case .internet: return true
    }
  }

  /// Whether every connection that another rule allows is allowed by this one.
  package func covers(_ other: NetworkRule) -> Bool {
    switch (self, other) {
    case (.internet, _): true
    case (_, .internet): false
    case (_, .host(let host, let port)): allows(host: host, port: port)
    case (.subdomains(let domain, let port), .subdomains(let narrower, let otherPort)):
      port == otherPort && (domain == narrower || narrower.hasSuffix("." + domain))
    case (.host, .subdomains): false
    }
  }

  /// A DNS name in lower case whose last part is no number, so that addresses are none.
  private static func isHost(_ host: String) -> Bool {
    let labels = host.utf8.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
    guard host.utf8.count <= 253, let last = labels.last, !last.allSatisfy(Characters.isDigit) else { return false }
    return labels.allSatisfy { label in
      label.count <= 63 && !label.isEmpty && label.first != UInt8(ascii: "-") && label.last != UInt8(ascii: "-")
        && label.allSatisfy { Characters.isLower($0) || Characters.isDigit($0) || $0 == UInt8(ascii: "-") }
    }
  }
}
