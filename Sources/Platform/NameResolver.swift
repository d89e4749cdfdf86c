import Dispatch
import Glibc

/// An internet address as its bytes: four, or sixteen.
package struct NetworkAddress: Hashable, Sendable {
  /// The bytes, the most significant first.
  package let bytes: [UInt8]

  /// Takes the bytes of an address; nil unless there are four or sixteen.
  package init?(bytes: [UInt8]) {
    guard bytes.count == 4 || bytes.count == 16 else { return nil }
    self.bytes = bytes
  }

  /// Takes the bytes out of a socket address of the C library; nil for other families.
  fileprivate init?(_ address: UnsafePointer<sockaddr>) {
    switch Int32(unsafe address.pointee.sa_family) {
    case AF_INET:
      self.init(
        bytes: unsafe address.withMemoryRebound(to: sockaddr_in.self, capacity: 1) {
          unsafe withUnsafeBytes(of: $0.pointee.sin_addr) { unsafe [UInt8]($0) }
        })
    case AF_INET6:
      self.init(
        bytes: unsafe address.withMemoryRebound(to: sockaddr_in6.self, capacity: 1) {
          unsafe withUnsafeBytes(of: $0.pointee.sin6_addr) { unsafe [UInt8]($0) }
        })
    default: return nil
    }
  }
}

/// Turns names into addresses.
package protocol NameResolver: Sendable {
  /// The addresses of a name, in the order in which they should be tried; none when it has none or nobody answers.
  func addresses(of name: String) async -> [NetworkAddress]
  /// The addresses of this machine's own interfaces.
  func ownAddresses() -> [NetworkAddress]
}

/// The resolver of this machine.
package struct SystemResolver: NameResolver {
  /// The most addresses that are taken from one answer.
  private static let most = 16
  /// The C library blocks while it asks.
  private static let queue = DispatchQueue(label: "serin.names", attributes: .concurrent)

  /// Asks as this machine is set up to ask.
  package init() {}

  /// The addresses of a name or of an address in text.
  package func addresses(of name: String) async -> [NetworkAddress] {
    await withCheckedContinuation { continuation in
      Self.queue.async { continuation.resume(returning: Self.lookUp(name)) }
    }
  }

  private static func lookUp(_ name: String) -> [NetworkAddress] {
    var hints = unsafe addrinfo()
    unsafe hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
    var list: UnsafeMutablePointer<addrinfo>?
    guard unsafe getaddrinfo(name, nil, &hints, &list) == 0 else { return [] }
    defer { unsafe freeaddrinfo(list) }
    var found: [NetworkAddress] = []
    var next = unsafe list
    while let entry = unsafe next, found.count < most {
      if let address = unsafe entry.pointee.ai_addr, let known = unsafe NetworkAddress(UnsafePointer(address)),
        !found.contains(known)
      {
        found.append(known)
      }
      unsafe next = entry.pointee.ai_next
    }
    return found
  }

  /// The addresses of this machine's own interfaces, as they are now.
  package func ownAddresses() -> [NetworkAddress] {
    var list: UnsafeMutablePointer<ifaddrs>?
    guard unsafe getifaddrs(&list) == 0 else { return [] }
    defer { unsafe freeifaddrs(list) }
    var found: [NetworkAddress] = []
    var next = unsafe list
    while let entry = unsafe next {
      if let address = unsafe entry.pointee.ifa_addr, let known = unsafe NetworkAddress(UnsafePointer(address)) {
        found.append(known)
      }
      unsafe next = entry.pointee.ifa_next
    }
    return found
  }
}
