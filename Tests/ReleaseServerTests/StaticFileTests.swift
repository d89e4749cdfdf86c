import Hummingbird
import HummingbirdTesting
import ReleaseServer
import Signing
import SystemPackage
import TestSupport
import Testing

@Suite struct StaticFileTests {
  let repository: ServedRepository

  init() throws { repository = try ServedRepository() }

  @Test(arguments: [true, false])
  func `metadata come with the headers that caches need`(isLive: Bool) async throws {
    try await repository.application().test(isLive ? .live : .router) { client async throws in
      let timestamp = try await client.execute(uri: "/metadata/timestamp.json", method: .get)
      #expect(timestamp.status == .ok)
      #expect(timestamp.bytes == (try repository.scratch.read("metadata/timestamp.json")))
      #expect(timestamp.headers[.cacheControl] == "no-cache")
      #expect(timestamp.headers[.contentType] == "application/json")
      #expect(timestamp.headers[.contentLength] == String(timestamp.bytes.count))
      #expect(timestamp.headers[.acceptRanges] == "bytes")
      #expect(timestamp.headers[.xContentTypeOptions] == "nosniff")
      #expect(timestamp.headers[.eTag]?.hasPrefix("\"") == true)
      let role = try await client.execute(uri: "/metadata/1.stable.json", method: .get)
      #expect(role.headers[.cacheControl] == "public, max-age=31536000, immutable")
    }
  }

  @Test func `a bundle's tag is its digest and it never changes`() async throws {
    let digest = SHA256Digest.of(Array("bundle".utf8))
    try repository.write(Array("bundle".utf8), to: "targets/plugins/io.github.acme/time/1.0/\(digest.hex).time.tar.zst")
    try await repository.application().test(.router) { client async throws in
      let uri = "/targets/plugins/io.github.acme/time/1.0/\(digest.hex).time.tar.zst"
      let response = try await client.execute(uri: uri, method: .get)
      #expect(response.text == "bundle")
      #expect(response.headers[.eTag] == "\"\(digest.hex)\"")
      #expect(response.headers[.cacheControl] == "public, max-age=31536000, immutable")
      #expect(response.headers[.contentType] == "application/zstd")
    }
  }

  @Test(arguments: [true, false])
  func `HEAD has the headers of GET and no body`(isLive: Bool) async throws {
    try await repository.application().test(isLive ? .live : .router) { client async throws in
      for uri in ["/metadata/1.root.json", "/", "/health", "/v1/plugins", "/metadata/none.json"] {
        let get = try await client.execute(uri: uri, method: .get)
        let head = try await client.execute(uri: uri, method: .head)
        #expect(head.status == get.status)
        #expect(head.headers[.contentLength] == get.headers[.contentLength], "\(uri)")
        #expect(head.headers[.contentType] == get.headers[.contentType])
        #expect(head.headers[.eTag] == get.headers[.eTag])
        #expect(head.bytes.isEmpty)
      }
    }
  }

  @Test func `a known tag gets 304 until the file is replaced`() async throws {
    try await repository.application().test(.router) { client async throws in
      let uri = "/metadata/timestamp.json"
      let first = try await client.execute(uri: uri, method: .get)
      let tag = try #require(first.headers[.eTag])
      for value in [tag, "W/\(tag)", "\"other\", \(tag)", "*"] {
        let again = try await client.execute(uri: uri, method: .get, headers: [.ifNoneMatch: value])
        #expect(again.status == .notModified)
        #expect(again.headers[.eTag] == tag)
        #expect(again.bytes.isEmpty)
      }
      try repository.publish(version: "2026.10.19", sequence: 2, metadataVersion: 2)
      let changed = try await client.execute(uri: uri, method: .get, headers: [.ifNoneMatch: tag])
      #expect(changed.status == .ok)
      #expect(changed.headers[.eTag] != tag)
    }
  }

  @Test(arguments: [
    ("bytes=0-3", "0123", "bytes 0-3/10"), ("bytes=7-", "789", "bytes 7-9/10"), ("bytes=-2", "89", "bytes 8-9/10"),
    ("bytes=4-99", "456789", "bytes 4-9/10"), ("bytes=-99", "0123456789", "bytes 0-9/10"),
    ("bytes=9-9", "9", "bytes 9-9/10"),
  ])
  func `one range gets 206 and just these bytes`(range: String, body: String, contentRange: String) async throws {
    try repository.write(Array("0123456789".utf8), to: "targets/file.bin")
    try await repository.application().test(.router) { client async throws in
      let response = try await client.execute(uri: "/targets/file.bin", method: .get, headers: [.range: range])
      #expect(response.status == .partialContent)
      #expect(response.text == body)
      #expect(response.headers[.contentRange] == contentRange)
      #expect(response.headers[.contentLength] == String(body.utf8.count))
    }
  }

  @Test(arguments: ["bytes=10-", "bytes=11-12", "bytes=-0"])
  func `a range after the end gets 416`(range: String) async throws {
    try repository.write(Array("0123456789".utf8), to: "targets/file.bin")
    try await repository.application().test(.router) { client async throws in
      let response = try await client.execute(uri: "/targets/file.bin", method: .get, headers: [.range: range])
      #expect(response.status == .rangeNotSatisfiable)
      #expect(response.headers[.contentRange] == "bytes */10")
    }
  }

  @Test(arguments: [
    "bytes=0-1,4-5", "items=0-1", "bytes=5-2", "bytes=a-b", "bytes=", "bytes=-", "bytes=+1-2", "bytes 0-1", "0-1",
    "bytes=1-2-3",
  ])
  func `a range that cannot be read is ignored`(range: String) async throws {
    try repository.write(Array("0123456789".utf8), to: "targets/file.bin")
    try await repository.application().test(.router) { client async throws in
      let response = try await client.execute(uri: "/targets/file.bin", method: .get, headers: [.range: range])
      #expect(response.status == .ok)
      #expect(response.text == "0123456789")
    }
  }

  @Test func `a download is only resumed when the file is still the same`() async throws {
    try repository.write(Array("0123456789".utf8), to: "targets/file.bin")
    try await repository.application().test(.router) { client async throws in
      let uri = "/targets/file.bin"
      let tag = try #require(try await client.execute(uri: uri, method: .head).headers[.eTag])
      let same = try await client.execute(uri: uri, method: .get, headers: [.range: "bytes=5-", .ifRange: tag])
      #expect(same.status == .partialContent)
      for other in ["\"other\"", "W/\(tag)", "Mon, 23 Nov 2026 05:00:00 GMT"] {
        let whole = try await client.execute(uri: uri, method: .get, headers: [.range: "bytes=5-", .ifRange: other])
        #expect(whole.status == .ok)
        #expect(whole.text == "0123456789")
      }
    }
  }

  @Test func `a large file is streamed in chunks and arrives whole`() async throws {
    let bytes = (0..<1_000_003).map { UInt8(truncatingIfNeeded: $0 &* 31 &+ $0 >> 9) }
    try repository.write(bytes, to: "targets/large.bin")
    try await repository.application().test(.live) { client async throws in
      let whole = try await client.execute(uri: "/targets/large.bin", method: .get)
      #expect(SHA256Digest.of(whole.bytes) == SHA256Digest.of(bytes))
      #expect(whole.headers[.contentLength] == "1000003")
      let part = try await client.execute(
        uri: "/targets/large.bin", method: .get, headers: [.range: "bytes=123457-923456"])
      #expect(part.status == .partialContent)
      #expect(SHA256Digest.of(part.bytes) == SHA256Digest.of(Array(bytes[123_457...923_456])))
    }
  }

  @Test func `an empty file is served`() async throws {
    try repository.write([], to: "targets/empty.bin")
    try await repository.application().test(.live) { client async throws in
      let response = try await client.execute(uri: "/targets/empty.bin", method: .get)
      #expect(response.status == .ok)
      #expect(response.headers[.contentLength] == "0")
      let range = try await client.execute(uri: "/targets/empty.bin", method: .get, headers: [.range: "bytes=0-"])
      #expect(range.status == .rangeNotSatisfiable)
    }
  }

  @Test func `a file that was opened is served to its end although it is replaced meanwhile`() async throws {
    try repository.write(Array("old".utf8), to: "targets/file.bin")
    try await repository.application().test(.router) { client async throws in
      let first = try await client.execute(uri: "/targets/file.bin", method: .get)
      try repository.write(Array("newer".utf8), to: "targets/file.bin")
      let second = try await client.execute(uri: "/targets/file.bin", method: .get)
      #expect([first.text, second.text] == ["old", "newer"])
      #expect(first.headers[.eTag] != second.headers[.eTag])
    }
  }
}
