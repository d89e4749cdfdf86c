import NIOCore
import Platform

/// One connection of a plugin, from its first byte to its end.
struct EgressTalk {
  let proxy: EgressProxy
  var reader: EgressReader
  let writer: EgressWriter
  let channel: any Channel

  /// Finds out what is spoken, and serves it.
  mutating func serve() async throws {
    // A greeting of SOCKS begins with its version; no method of HTTP does.
    switch try await reader.peek() {
    case nil: return
    case Socks.version?: try await serveSocks()
    default: try await serveHTTP()
    }
  }

  /// Connects to a place without being asked for it by name: the port inside stands for it.
  mutating func pass(_ place: EgressPlace) async throws {
    guard case .success(let upstream) = await proxy.open(place) else { return }
    try await tunnel(upstream, first: nil)
  }

  private mutating func serveHTTP() async throws {
    guard let head = try await reader.head(limit: proxy.limits.head), let request = EgressRequest(head: head) else {
      proxy.record.deny(.malformed, "something other than a request to a proxy")
      return try await answer(.malformed, "")
    }
    switch await proxy.open(request.place) {
    case .failure(let refused): try await answer(refused.denial, refused.place)
    case .success(let upstream):
      switch request {
      case .tunnel:
        try await writer.write(ByteBuffer(string: "HTTP/1.1 200 Connection established\r\n\r\n"))
        try await tunnel(upstream, first: nil)
      case .forward(_, let head): try await tunnel(upstream, first: ByteBuffer(bytes: head))
      }
    }
  }

  private func answer(_ denial: EgressDenial, _ place: String) async throws {
    let status =
      switch denial {
      case .notDeclared, .notPublic: "403 Forbidden"
      case .malformed: "400 Bad Request"
      case .tooMany: "503 Service Unavailable"
      case .unresolved, .unreachable: "502 Bad Gateway"
      }
    let text = "Serin: \(denial.sentence(place)).\n"
    try await writer.write(
      ByteBuffer(
        string: "HTTP/1.1 \(status)\r\nContent-Type: text/plain; charset=utf-8\r\n"
          + "Content-Length: \(text.utf8.count)\r\nConnection: close\r\n\r\n\(text)"))
  }

  /// Carries bytes both ways until both ends have finished, or one has gone.
  private mutating func tunnel(_ upstream: EgressChannel, first: ByteBuffer?) async throws {
    let (writer, channel) = (writer, channel)
    try await upstream.executeThenClose { inbound, outbound in
      try await withThrowingTaskGroup(of: Void.self) { group in
        group.addTask {
          do {
            for try await piece in inbound { try await writer.write(piece) }
            writer.finish()
          } catch {
            // Nobody would wake the other direction, which waits for the plugin.
            channel.close(promise: nil)
            throw error
          }
        }
        if let first { try await outbound.write(first) }
        while let piece = try await reader.next() { try await outbound.write(piece) }
        outbound.finish()
        try await group.waitForAll()
      }
    }
  }
}

// SOCKS version 5 (RFC 1928), for what does not speak HTTP; names are resolved here, never inside.
extension EgressTalk {
  private enum Socks {
    static let version: UInt8 = 5
    static let connect: UInt8 = 1
    static let noMethod: UInt8 = 0xff

    /// The answer to a request; the address of our own end is nobody's business.
    static func reply(_ code: UInt8) -> ByteBuffer { ByteBuffer(bytes: [version, code, 0, 1, 0, 0, 0, 0, 0, 0]) }
  }

  private mutating func serveSocks() async throws {
    guard let greeting = try await reader.take(2), let methods = try await reader.take(Int(greeting[1])) else { return }
    guard methods.contains(0) else {
      return try await writer.write(ByteBuffer(bytes: [Socks.version, Socks.noMethod]))
    }
    try await writer.write(ByteBuffer(bytes: [Socks.version, 0]))
    guard let request = try await reader.take(4), request[0] == Socks.version else { return }
    let place = try await socksPlace(kind: request[3])
    guard request[1] == Socks.connect, let place else {
      proxy.record.deny(.malformed, "something other than a connection over SOCKS")
      return try await writer.write(Socks.reply(7))
    }
    switch await proxy.open(place) {
    case .success(let upstream):
      try await writer.write(Socks.reply(0))
      try await tunnel(upstream, first: nil)
    case .failure(let refused): try await writer.write(Socks.reply(refused.denial.isRefusal ? 2 : 4))
    }
  }

  private mutating func socksPlace(kind: UInt8) async throws -> EgressPlace? {
    var host: [UInt8] = []
    switch kind {
    case 1, 4:
      guard let bytes = try await reader.take(kind == 1 ? 4 : 16), let address = NetworkAddress(bytes: bytes) else {
        return nil
      }
      host = Array(address.text.utf8)
    case 3:
      guard let length = try await reader.take(1), let name = try await reader.take(Int(length[0])) else { return nil }
      host = name
    default: return nil
    }
    guard let port = try await reader.take(2) else { return nil }
    return EgressPlace(host: host, port: UInt16(port[0]) << 8 | UInt16(port[1]))
  }
}
