import Hummingbird
import HummingbirdTesting
import Logging
import Platform
import ReleaseServer
import StrictJSON
import Synchronization
import TestSupport
import Testing

@Suite struct InputLimitTests {
  let repository: ServedRepository

  init() throws { repository = try ServedRepository() }

  @Test(arguments: [HTTPRequest.Method.post, .put, .delete, .patch, .options, .trace])
  func `only GET and HEAD are answered`(method: HTTPRequest.Method) async throws {
    try await repository.application().test(.live) { client async throws in
      for uri in ["/", "/metadata/timestamp.json", "/health", "/none"] {
        let response = try await client.execute(uri: uri, method: method)
        #expect(response.status == .methodNotAllowed)
        #expect(response.headers[.allow] == "GET, HEAD")
        #expect(try response.json["error"]?["code"]?.stringValue == "method-not-allowed")
      }
    }
  }

  @Test func `nobody else is served unless somebody says so`() {
    #expect(ServerOptions().hostname == "127.0.0.1")
    #expect(!ServerOptions().isBehindProxy)
  }

  @Test func `a request with a body is refused`() async throws {
    try await repository.application().test(.live) { client async throws in
      let response = try await client.execute(
        uri: "/metadata/timestamp.json", method: .get, body: ByteBuffer(string: "body"))
      #expect(response.status == .contentTooLarge)
    }
  }

  @Test func `a long target is refused and one at the limit is not`() async throws {
    try await repository.application().test(.live) { client async throws in
      let path = "/metadata/timestamp.json?"
      let longest = path + String(repeating: "a", count: 2048 - path.utf8.count)
      #expect(try await client.execute(uri: longest, method: .get).status == .ok)
      #expect(try await client.execute(uri: longest + "a", method: .get).status == .uriTooLong)
    }
  }

  @Test func `too many or too long header fields end the connection`() async throws {
    var many: HTTPFields = [:]
    for number in 0..<100 {
      let name = try #require(HTTPFields.Element.Name("X-Field-\(number)"))
      many[name] = "value"
    }
    let long: HTTPFields = [.userAgent: String(repeating: "a", count: 20_000)]
    for headers in [many, long] {
      try await repository.application().test(.live) { client async throws in
        let response = try await client.execute(uri: "/health", method: .get, headers: headers)
        #expect(response.status == .badRequest)
      }
    }
  }

  // MARK: - Rate

  static let limited = ServerOptions(rateLimit: RateLimit(perSecond: 2, burst: 3), isBehindProxy: true)

  @Test func `a client that asks too often has to wait as long as it is told`() async throws {
    try await repository.application(Self.limited).test(.router) { client async throws in
      for _ in 0..<3 { #expect(try await client.execute(uri: "/health", method: .get).status == .ok) }
      let refused = try await client.execute(uri: "/health", method: .get)
      #expect(refused.status == .tooManyRequests)
      #expect(refused.headers[.retryAfter] == "1")
      #expect(try refused.json["error"]?["code"]?.stringValue == "too-many-requests")
      repository.clock.advance(by: .seconds(1))
      for _ in 0..<2 { #expect(try await client.execute(uri: "/health", method: .get).status == .ok) }
      #expect(try await client.execute(uri: "/health", method: .get).status == .tooManyRequests)
    }
  }

  @Test func `each address has its own bucket, and an IPv6 customer only one`() async throws {
    @Sendable func ask(_ client: any TestClientProtocol, _ address: String) async throws -> HTTPResponse.Status {
      let name = HTTPFields.Element.Name("X-Forwarded-For") ?? .via
      return try await client.execute(uri: "/health", method: .get, headers: [name: address]).status
    }
    try await repository.application(Self.limited).test(.router) { client async throws in
      for _ in 0..<3 { #expect(try await ask(client, "203.0.113.7") == .ok) }
      #expect(try await ask(client, "203.0.113.7") == .tooManyRequests)
      #expect(try await ask(client, "203.0.113.8") == .ok)
      // Only what the proxy itself added counts: the last entry.
      #expect(try await ask(client, "198.51.100.1, 203.0.113.7") == .tooManyRequests)
      for host in 1...3 { #expect(try await ask(client, "2001:db8:0:1::\(host)") == .ok) }
      #expect(try await ask(client, "2001:db8:0:1:aaaa:bbbb:cccc:dddd") == .tooManyRequests)
      #expect(try await ask(client, "2001:db8:0:2::1") == .ok)
    }
  }

  @Test func `the table of clients stays bounded and forgives nobody who is still waiting`() {
    var buckets = TokenBuckets(limit: RateLimit(perSecond: 1, burst: 2), capacity: 8)
    for _ in 0..<3 { _ = buckets.take("greedy", at: .zero) }
    #expect(buckets.take("greedy", at: .zero) != nil)
    for number in 0..<1000 { #expect(buckets.take("flood-\(number)", at: .zero) == nil) }
    #expect(buckets.count <= 8)
    #expect(buckets.take("greedy", at: .zero) != nil)
    #expect(buckets.take("greedy", at: .seconds(2)) == nil)
  }

  @Test(arguments: 0..<32 as Range<UInt64>)
  func `no sequence of requests gets more than burst and rate allow`(seed: UInt64) {
    var state = seed &+ 0x9E37_79B9_7F4A_7C15
    func random(_ bound: UInt64) -> UInt64 {
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return (state >> 33) % bound
    }
    let limit = RateLimit(perSecond: 5, burst: 10)
    var buckets = TokenBuckets(limit: limit, capacity: 4)
    var now = Duration.zero
    var granted = 0.0
    for _ in 0..<2000 {
      now += .milliseconds(Int64(random(120)))
      if buckets.take("client", at: now) == nil { granted += 1 }
    }
    #expect(granted <= limit.burst + limit.perSecond * (now / .seconds(1)) + 0.001)
  }

  // MARK: - The log

  @Test func `a request cannot write its own lines into the access log`() async throws {
    let lines = LogLines()
    let logger = Logger(label: "test") { _ in RecordingLog(lines: lines) }
    try await repository.application(logger: logger).test(.router) { client async throws in
      _ = try await client.execute(uri: "/metadata/a b\u{1B}[31m\nGET /forged", method: .get)
    }
    let line = try #require(lines.all.first { $0.contains("target") })
    #expect(line.contains("/metadata/a?b?[31m?GET?/forged"))
    #expect(!line.contains("\n") && !line.contains("\u{1B}"))
  }
}

/// Log lines of a test.
final class LogLines: Sendable {
  private let lines = Mutex<[String]>([])

  var all: [String] { lines.withLock { $0 } }

  func append(_ line: String) { lines.withLock { $0.append(line) } }
}

/// Keeps log lines.
struct RecordingLog: LogHandler {
  let lines: LogLines
  var logLevel = Logger.Level.trace
  var metadata: Logger.Metadata = [:]

  init(lines: LogLines) { self.lines = lines }

  subscript(metadataKey key: String) -> Logger.Metadata.Value? {
    get { metadata[key] }
    set { metadata[key] = newValue }
  }

  func log(event: LogEvent) {
    let pairs = (event.metadata ?? [:]).sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }
    lines.append("\(event.level) \(event.message) \(pairs.joined(separator: " "))")
  }
}
