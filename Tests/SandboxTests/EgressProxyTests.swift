import Platform
import Releases
import Sandbox
import Synchronization
import SystemPackage
import TestSupport
import Testing

/// Plugins in real containers that use the network they declare, and try the rest.
@Suite(.enabled("needs an OCI runtime in which Serin can listen") { await RealSandbox.hasNetwork() })
struct EgressProxyTests {
  /// Names that lead where nobody expects it.
  private final class Names: NameResolver {
    private let known: [String: [NetworkAddress]]
    private let asked = Mutex<[String]>([])

    init(_ known: [String: [UInt8]]) {
      self.known = known.mapValues { [$0] }.compactMapValues { $0.compactMap { NetworkAddress(bytes: $0) } }
    }

    var questions: [String] { asked.withLock { $0 } }

    func addresses(of name: String) async -> [NetworkAddress] {
      asked.withLock { $0.append(name) }
      return known[name] ?? []
    }

    func ownAddresses() -> [NetworkAddress] { [] }
  }

  private static let tools = """
    import socket, os, sys
    def ask(data, port=3199):
        s = socket.create_connection(("127.0.0.1", port), 20)
        s.settimeout(20)
        s.sendall(data)
        return s
    def rest(s):
        data = b""
        while True:
            more = s.recv(65536)
            if not more: return data
            data += more
    def first(data):
        return rest(ask(data)).split(b"\\r\\n")[0].decode("latin-1")

    """

  @Test func `what is declared is reached over every way, end to end`() async throws {
    let sandbox = try await RealSandbox(
      resolver: Names(["localhost": [127, 0, 0, 1]]))
    try sandbox.scratch.write("hello", to: "served/greeting")
    let (lines, report) = try await LoopbackServer.serving(sandbox.scratch / "served") { server in
      let port = try #require(server.base.split(separator: ":").last)
      return try await sandbox.python(
        Self.tools + """
          port = \(port)
          import urllib.request
          print(urllib.request.urlopen(f"http://localhost:{port}/file/greeting").read().decode())
          s = ask(b"CONNECT localhost:%d HTTP/1.1\\r\\n\\r\\n" % port)
          print(s.recv(4096).split(b"\\r\\n")[0].decode())
          s.sendall(b"GET /file/greeting HTTP/1.0\\r\\n\\r\\n")
          print(rest(s).split(b"\\r\\n\\r\\n")[1].decode())
          s = ask(b"GET http://localhost:%d/file/greeting HTTP/1.1\\r\\nHost: x\\r\\n\\r\\n" % port)
          print(rest(s).split(b"\\r\\n\\r\\n")[1].decode())
          s = ask(b"\\x05\\x01\\x00")
          print(s.recv(2))
          s.sendall(b"\\x05\\x01\\x00\\x03\\x09localhost" + port.to_bytes(2, "big"))
          print(s.recv(10)[1])
          s.sendall(b"GET /file/greeting HTTP/1.0\\r\\n\\r\\n")
          print(rest(s).split(b"\\r\\n\\r\\n")[1].decode())
          print(os.environ["https_proxy"])
          """
      ) { $0.network = ["localhost:\(port)"] }
    }
    #expect(
      lines == [
        "hello", "HTTP/1.1 200 Connection established", "hello", "hello", #"b'\x05\x00'"#, "0", "hello",
        "http://127.0.0.1:3199",
      ], "\(report)")
    #expect(report.network?.admitted.map(\.connections) == [4])
    #expect(report.network?.refused == 0)
    #expect(report.network?.unavailable == nil)
    #expect(report.events.isEmpty)
    #expect(try sandbox.leftovers.isEmpty)
  }

  @Test func `whatever else is asked for is refused, recorded, and never looked up`() async throws {
    let names = Names(["inside.example": [10, 0, 0, 7], "meta.example": [169, 254, 169, 254]])
    let sandbox = try await RealSandbox(resolver: names)
    let (lines, report) = try await sandbox.python(
      Self.tools + """
        for place in ["other.example:443", "inside.example:22", "inside.example:443", "meta.example:80",
                      "127.0.0.1:443", "[::1]:443", "169.254.169.254:80", "localhost:443", "nowhere.example:443"]:
            print(first(f"CONNECT {place} HTTP/1.1\\r\\n\\r\\n".encode()))
        print(first(b"GET http://other.example/ HTTP/1.1\\r\\n\\r\\n"))
        print(first(b"GET / HTTP/1.1\\r\\n\\r\\n"))
        print(first(b"X" * 20000))
        s = ask(b"\\x05\\x01\\x00\\x05\\x01\\x00\\x01\\x7f\\x00\\x00\\x01\\x00\\x16")
        print(rest(s)[2:4])
        print(rest(ask(b"\\x05\\x01\\x02")))
        """
    ) { $0.network = ["inside.example", "meta.example:80", "nowhere.example"] }
    let forbidden = "HTTP/1.1 403 Forbidden"
    #expect(
      lines == Array(repeating: forbidden, count: 8) + [
        "HTTP/1.1 502 Bad Gateway", forbidden, "HTTP/1.1 400 Bad Request", "HTTP/1.1 400 Bad Request",
        #"b'\x05\x02'"#, #"b'\x05\xff'"#,
      ])
    #expect(names.questions.sorted() == ["inside.example", "meta.example", "nowhere.example"])
    let refused = report.events.filter { $0.kind == .connectionRefused }
    #expect(
      Set(refused.map(\.subject)) == [
        "other.example:443", "inside.example:22", "inside.example:443 (leads to 10.0.0.7)",
        "meta.example:80 (leads to 169.254.169.254)", "127.0.0.1:443", "[::1]:443", "169.254.169.254:80",
        "localhost:443", "other.example:80", "127.0.0.1:22", "something other than a request to a proxy",
      ])
    #expect(report.network?.refused == 12)
    #expect(report.network?.failed == 1)
    #expect(report.network?.admitted == [])
    #expect(report.networkNotes.contains("connection refused: other.example:443"))
  }

  @Test func `a plugin that opens connection after connection is held to its limit`() async throws {
    let sandbox = try await RealSandbox()
    let (lines, report) = try await sandbox.python(
      Self.tools + """
        held = [socket.create_connection(("127.0.0.1", 3199), 20) for _ in range(80)]
        closed = 0
        import select
        for s in held[64:]:
            s.settimeout(20)
            closed += s.recv(1) == b""
        print(closed, len(select.select(held[:64], [], [], 0)[0]))
        for s in held: s.close()
        """
    ) {
      $0.network = ["api.example.com"]
      $0.limits.files = 200
    }
    #expect(lines == ["16 0"])
    #expect(report.events.first { $0.kind == .connectionRefused }?.count == 16)
  }

  @Test func `beside the proxy there is no way out`() async throws {
    let sandbox = try await RealSandbox()
    let (lines, _) = try await sandbox.python(
      """
      import socket, os
      for family, address in [(socket.AF_INET, ("93.184.216.34", 80)), (socket.AF_INET6, ("2606:2800:220:1::1", 80)),
                              (socket.AF_INET, ("127.0.0.1", 22)), (socket.AF_UNIX, "/run/docker.sock"),
                              (socket.AF_UNIX, "\\0serin")]:
          try:
              s = socket.socket(family); s.settimeout(2); s.connect(address); print("connected", address)
          except OSError:
              print("refused")
      try:
          print(socket.getaddrinfo("example.com", 80))
      except OSError:
          print("unresolved")
      try:
          open("/dev/serin/more", "w"); print("wrote")
      except OSError:
          print("read-only")
      try:
          socket.socket().bind(("127.0.0.1", 3199)); print("bound")
      except OSError:
          print("taken")
      """
    ) { $0.network = ["internet"] }
    #expect(lines == ["refused", "refused", "refused", "refused", "refused", "unresolved", "read-only", "taken"])
  }

  @Test(.enabled("needs a runtime for unprivileged users") { await RealSandbox.hasNetwork(.unprivileged) })
  func `a sandbox of an ordinary user gets its network too`() async throws {
    let sandbox = try await RealSandbox(.unprivileged)
    let (lines, report) = try await sandbox.python(
      Self.tools + #"print(first(b"CONNECT other.example:443 HTTP/1.1\r\n\r\n"))"#
    ) { $0.network = ["api.example.com"] }
    #expect(lines == ["HTTP/1.1 403 Forbidden"], "\(report)")
  }
}
