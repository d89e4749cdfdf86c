import Sandbox
import Testing

/// What the egress proxy makes of the heads of requests.
@Suite struct EgressRequestTests {
  private static func place(_ host: String, _ port: UInt16) throws -> EgressPlace {
    try #require(EgressPlace(host: host.utf8, port: port))
  }

  private static func head(_ lines: String...) -> [UInt8] { Array((lines.joined(separator: "\r\n") + "\r\n\r\n").utf8) }

  @Test func `a tunnel is asked for by host and port`() throws {
    let request = EgressRequest(head: Self.head("CONNECT API.example.com:443 HTTP/1.1", "Host: other.example"))
    #expect(request == .tunnel(try Self.place("api.example.com", 443)))
  }

  @Test func `a plain request goes on without what concerns the proxy, and says the host that was judged`() throws {
    let request = EgressRequest(
      head: Self.head(
        "GET http://Example.com:8080/a?b=http://c HTTP/1.1", "Host: inner.example", "Proxy-Connection: keep-alive",
        "Connection: close, X-Hop", "X-Hop: 1", "Proxy-Authorization: Basic eA==", "Accept: */*",
        "Content-Length: 3"))
    let expected = Self.head(
      "GET /a?b=http://c HTTP/1.1", "Host: example.com:8080", "Accept: */*", "Content-Length: 3", "Connection: close")
    #expect(request == .forward(try Self.place("example.com", 8080), head: expected))
  }

  @Test(arguments: [
    ("GET http://example.com HTTP/1.1", "GET / HTTP/1.1"), ("GET http://example.com?x HTTP/1.0", "GET /?x HTTP/1.0"),
  ])
  func `a path that is missing is the root`(line: String, rewritten: String) throws {
    let request = EgressRequest(head: Self.head(line))
    #expect(
      request
        == .forward(
          try Self.place("example.com", 80), head: Self.head(rewritten, "Host: example.com", "Connection: close")))
  }

  @Test func `a body keeps its length, whatever is said of the connection`() throws {
    let request = EgressRequest(
      head: Self.head("POST http://a.example/ HTTP/1.1", "Connection: content-length", "Content-Length: 3"))
    guard case .forward(_, let head) = request else {
      Issue.record("\(String(describing: request))")
      return
    }
    #expect(String(decoding: head, as: UTF8.self).contains("Content-Length: 3\r\n"))
  }

  @Test(arguments: [
    "CONNECT example.com HTTP/1.1", "CONNECT http://example.com:443 HTTP/1.1", "GET / HTTP/1.1",
    "GET https://example.com/ HTTP/1.1", "GET ftp://example.com/ HTTP/1.1", "GET http://u:p@example.com/ HTTP/1.1",
    "GET  http://example.com/ HTTP/1.1", "GET http://example.com/ HTTP/2", "GET http://example.com/", "hello", "",
    "G\u{1}T http://example.com/ HTTP/1.1", "GET http://example.com/ HTTP/1.1\nX: y",
    "GET http://example.com/ HTTP/1.1\r\n folded: x", "GET http://example.com/ HTTP/1.1\r\nNo colon",
    "GET http://example.com/ HTTP/1.1\r\nSpace : x", "GET http://example.com/ HTTP/1.1\r\nA: b\rc",
    "\u{16}\u{3}\u{1}",
  ])
  func `what is no request to a proxy is refused`(line: String) {
    #expect(EgressRequest(head: Self.head(line)) == nil)
  }
}
