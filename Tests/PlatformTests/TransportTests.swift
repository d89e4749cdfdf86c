import Platform
import SystemPackage
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(2))) struct `Fetching` {
  let scratch: Scratch
  let transport = CurlTransport(files: LocalFileSystem(), version: "9.9")

  init() throws { scratch = try Scratch() }

  @Test func `a file is fetched whole, over one connection, and not again while its tag holds`() async throws {
    try scratch.write("the content", to: "a")
    try await LoopbackServer.serving(scratch.path) { server in
      let first = try await transport.fetch(TransferRequest(url: server.url("file/a"), limit: 11))
      #expect(first.status == 200)
      #expect(first.body == Array("the content".utf8))
      #expect(first.url == server.url("file/a"))
      #expect(first.contentType == "application/octet-stream")
      let etag = try #require(first.etag)
      let again = try await transport.fetch(
        TransferRequest(url: server.url("file/a"), limit: 11, ifNoneMatch: etag))
      #expect(again.isNotModified)
      #expect(again.body.isEmpty)
      // Refusals keep the connection as well: clients of TUF end every root update with one.
      let missing = await failure(transport, server.url("file/missing"))
      #expect(missing == .notFound(url: server.url("file/missing"), status: 404))
      #expect(missing?.isNotFound == true)
      let agent = try await transport.fetch(TransferRequest(url: server.url("agent"), limit: 100))
      #expect(agent.body == Array("serin/9.9".utf8))
      let connections = try await transport.fetch(TransferRequest(url: server.url("connections"), limit: 100))
      #expect(connections.body == Array("1".utf8))
    }
  }

  @Test func `a body larger than the limit is refused, announced or not`() async throws {
    try scratch.write("12345678901", to: "a")
    try await LoopbackServer.serving(scratch.path) { server in
      #expect(
        await failure(transport, server.url("file/a"), limit: 10)
          == .tooLarge(url: server.url("file/a"), limit: 10, offered: 11))
      #expect(
        await failure(transport, server.url("announce/9999999999"), limit: 10)
          == .tooLarge(url: server.url("announce/9999999999"), limit: 10, offered: 9_999_999_999))
      #expect(
        await failure(transport, server.url("endless"), limit: 1_000_000)
          == .tooLarge(url: server.url("endless"), limit: 1_000_000, offered: nil))
    }
  }

  @Test func `a broken or misbehaving server gets an error of its own`() async throws {
    try scratch.write(String(repeating: "x", count: 1000), to: "a")
    try await LoopbackServer.serving(scratch.path) { server in
      #expect(
        await failure(transport, server.url("cut/600/a")) == .truncated(url: server.url("cut/600/a"), received: 600))
      #expect(
        await failure(transport, server.url("status/500")) == .status(url: server.url("status/500"), code: 500))
      #expect(
        await failure(transport, server.url("status/410")) == .notFound(url: server.url("status/410"), status: 410))
      for path in ["garbage", "header-flood"] {
        guard case .malformed = await failure(transport, server.url(path)) else {
          Issue.record("\(path) was not malformed")
          continue
        }
      }
      #expect(
        await failure(transport, server.url("wrong-range/a"))
          == .malformed(url: server.url("wrong-range/a"), reason: "it sent a part of the file that nobody asked for"))
    }
    guard case .connection = await failure(transport, "http://127.0.0.1:1/x") else {
      Issue.record("a closed port was no connection error")
      return
    }
  }

  @Test func `a server that takes too long is left`() async throws {
    try scratch.write(String(repeating: "x", count: 1000), to: "a")
    try await LoopbackServer.serving(scratch.path) { server in
      var request = TransferRequest(url: server.url("silent"), limit: 10, timeout: .milliseconds(300))
      #expect(await failure(transport, request) == .timedOut(url: request.url, after: .milliseconds(300)))
      let rate = TransferRate(bytesPerSecond: 1000, seconds: 1)
      request = TransferRequest(url: server.url("slow/a"), limit: 2000, minimumRate: rate)
      #expect(await failure(transport, request) == .tooSlow(url: request.url, minimum: rate))
    }
  }

  @Test func `redirects are followed three times and never to another scheme`() async throws {
    try scratch.write("here", to: "a")
    try await LoopbackServer.serving(scratch.path) { server in
      let response = try await transport.fetch(TransferRequest(url: server.url("redirect/3/a"), limit: 10))
      #expect(response.body == Array("here".utf8))
      #expect(response.url == server.url("file/a"))
      #expect(
        await failure(transport, server.url("redirect/4/a"))
          == .redirectRefused(url: server.url("redirect/4/a"), reason: "more than 3 times"))
      for target in ["https://127.0.0.1:1/", "file:///etc/passwd", "ftp://127.0.0.1:1/"] {
        let url = server.url("go?\(target)")
        #expect(await failure(transport, url) == .redirectRefused(url: url, reason: "to another scheme"))
      }
    }
  }

  @Test(arguments: ["file:///etc/passwd", "ftp://x/y", "x", "", "http://a b/", "http://a/\r\nX: y", "HTTP"])
  func `only proper http and https addresses are asked`(url: String) async {
    #expect(await failure(transport, url) == .badAddress(url: url))
  }

  @Test func `an entity tag cannot smuggle in a header line`() async throws {
    try scratch.write("here", to: "a")
    try await LoopbackServer.serving(scratch.path) { server in
      let request = TransferRequest(url: server.url("agent"), limit: 100, ifNoneMatch: "x\r\nUser-Agent: evil")
      try await expect("serin/9.9", from: transport, request)
    }
  }

  @Test func `cancelling the task ends the transfer`() async throws {
    try await LoopbackServer.serving(scratch.path) { server in
      let request = TransferRequest(url: server.url("endless"), limit: .max, timeout: .seconds(100))
      let path = scratch / "endless"
      let transfer = Task { () -> TransferError? in
        do throws(TransferError) {
          _ = try await transport.download(request, to: path, resumingFrom: nil, progress: nil)
          return nil
        } catch {
          return error
        }
      }
      while ((try? LocalFileSystem().status(path)?.size) ?? 0) == 0 { await Task.yield() }
      transfer.cancel()
      #expect(await transfer.value == .cancelled(url: request.url))
    }
  }
}

/// The error of a fetch; nil when it went well.
func failure(_ transport: CurlTransport, _ url: String, limit: Int64 = 10_000) async -> TransferError? {
  await failure(transport, TransferRequest(url: url, limit: limit))
}

/// The error of a fetch; nil when it went well.
func failure(_ transport: CurlTransport, _ request: TransferRequest) async -> TransferError? {
  do throws(TransferError) {
    _ = try await transport.fetch(request)
    return nil
  } catch {
    return error
  }
}

/// Expects a text from a fetch.
func expect(
  _ text: String, from transport: CurlTransport, _ request: TransferRequest,
  at location: SourceLocation = #_sourceLocation
) async throws {
  let response = try await transport.fetch(request)
  #expect(String(decoding: response.body, as: UTF8.self) == text, sourceLocation: location)
}
