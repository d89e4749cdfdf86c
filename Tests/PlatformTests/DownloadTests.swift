import Platform
import Synchronization
import SystemPackage
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(2))) struct `Downloading` {
  let scratch: Scratch
  let files = LocalFileSystem()
  let transport = CurlTransport(files: LocalFileSystem())
  let content = (0..<300_000).map { UInt8(truncatingIfNeeded: $0 &* 31) }

  init() throws {
    scratch = try Scratch()
    try scratch.write(content, to: "served/a")
  }

  @Test func `a file is written and progress told`() async throws {
    try await LoopbackServer.serving(scratch / "served") { server in
      let seen = Mutex<[Int64]>([])
      let response = try await transport.download(
        TransferRequest(url: server.url("file/a"), limit: 300_000), to: scratch / "out", resumingFrom: nil
      ) { done, total in
        seen.withLock { $0.append(done) }
        #expect(total == 300_000)
      }
      #expect(response.length == 300_000)
      #expect(response.resumedFrom == 0)
      #expect(try scratch.read("out") == content)
      #expect(seen.withLock { $0.last } == 300_000)
      #expect(seen.withLock { $0 == $0.sorted() })
    }
  }

  @Test func `a cut download goes on where it ended`() async throws {
    try await LoopbackServer.serving(scratch / "served") { server in
      var request = TransferRequest(url: server.url("cut/100000/a"), limit: 300_000)
      let out = scratch / "out"
      let cut = await downloadFailure(request, from: nil)
      #expect(cut == .truncated(url: request.url, received: 100_000))
      #expect(try files.status(out)?.size == 100_000)
      request.ifRange = try await transport.fetch(TransferRequest(url: server.url("file/a"), limit: 300_000)).etag
      let response = try await transport.download(request, to: out, resumingFrom: 100_000, progress: nil)
      #expect((response.status, response.resumedFrom, response.length) == (206, 100_000, 300_000))
      #expect(try scratch.read("out") == content)
    }
  }

  @Test func `what lies behind the offset is cut off`() async throws {
    try scratch.write(Array(content[..<50_000]) + [0, 0, 0], to: "out")
    try await LoopbackServer.serving(scratch / "served") { server in
      let request = TransferRequest(url: server.url("file/a"), limit: 300_000)
      _ = try await transport.download(request, to: scratch / "out", resumingFrom: 50_000, progress: nil)
      #expect(try scratch.read("out") == content)
    }
  }

  @Test(arguments: ["plain/a", "file/a"])
  func `a server without ranges, or with a newer file, restarts the file`(path: String) async throws {
    try scratch.write("an old beginning", to: "out")
    try await LoopbackServer.serving(scratch / "served") { server in
      let request = TransferRequest(url: server.url(path), limit: 300_000, ifRange: #""another""#)
      let response = try await transport.download(request, to: scratch / "out", resumingFrom: 16, progress: nil)
      #expect((response.status, response.resumedFrom) == (200, 0))
      #expect(try scratch.read("out") == content)
    }
  }

  @Test func `a file that is complete already is left alone, a longer one begun anew`() async throws {
    try scratch.write(content, to: "out")
    try await LoopbackServer.serving(scratch / "served") { server in
      let request = TransferRequest(url: server.url("file/a"), limit: 300_000)
      let response = try await transport.download(request, to: scratch / "out", resumingFrom: 300_000, progress: nil)
      #expect((response.resumedFrom, response.length) == (300_000, 300_000))
      #expect(try scratch.read("out") == content)
      try scratch.write(content + [1], to: "out")
      let anew = try await transport.download(request, to: scratch / "out", resumingFrom: 300_001, progress: nil)
      #expect((anew.status, anew.resumedFrom) == (200, 0))
      #expect(try scratch.read("out") == content)
    }
  }

  @Test func `the wrong part of a file is refused and nothing is written`() async throws {
    try scratch.write("beginning", to: "out")
    try await LoopbackServer.serving(scratch / "served") { server in
      let request = TransferRequest(url: server.url("wrong-range/a"), limit: 300_000)
      #expect(
        await downloadFailure(request, from: 9)
          == .wrongRange(url: request.url, asked: 9, offered: "bytes 0-299999/300000"))
      let kept = try scratch.text("out")
      #expect(kept == "beginning")
    }
  }

  @Test func `the limit counts what is there already`() async throws {
    try scratch.write(Array(content[..<100_000]), to: "out")
    try await LoopbackServer.serving(scratch / "served") { server in
      let request = TransferRequest(url: server.url("file/a"), limit: 299_999)
      #expect(
        await downloadFailure(request, from: 100_000)
          == .tooLarge(url: request.url, limit: 299_999, offered: 300_000))
      #expect(try files.status(scratch / "out")?.size == 100_000)
      let endless = TransferRequest(url: server.url("endless"), limit: 500_000)
      #expect(
        await downloadFailure(endless, from: nil) == .tooLarge(url: endless.url, limit: 500_000, offered: nil))
      let status = try #require(try files.status(scratch / "out"))
      #expect(status.size <= 500_000)
    }
  }

  @Test func `a disk that is full is the error`() async throws {
    let faulty = FaultyFileSystem(failsAt: 3, fault: .fails(.noSpace))
    let transport = CurlTransport(files: faulty)
    try await LoopbackServer.serving(scratch / "served") { server in
      let request = TransferRequest(url: server.url("file/a"), limit: 300_000)
      var error: TransferError?
      do throws(TransferError) {
        _ = try await transport.download(request, to: scratch / "out", resumingFrom: nil, progress: nil)
      } catch let failure {
        error = failure
      }
      #expect(error == .file(FileError(operation: "write", path: scratch / "out", reason: .noSpace)))
    }
  }

  private func downloadFailure(_ request: TransferRequest, from offset: Int64?) async -> TransferError? {
    do throws(TransferError) {
      _ = try await transport.download(request, to: scratch / "out", resumingFrom: offset, progress: nil)
      return nil
    } catch {
      return error
    }
  }
}
