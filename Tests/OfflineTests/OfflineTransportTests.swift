import Bundles
import Offline
import Platform
import SystemPackage
import TestSupport
import Testing

@Suite struct OfflineTransportTests {
  let sample: OfflineSample
  static let content = (0..<700_001).map { UInt8(truncatingIfNeeded: $0 / 251) }
  static let long = "targets/plugins/" + String(repeating: "long-", count: 40) + "/é+1.json"

  init() throws { sample = try OfflineSample() }

  private func transport() throws -> OfflineTransport {
    let bytes =
      OfflineSample.honest + OfflineSample.entry(Self.long, [1, 2, 3])
      + OfflineSample.entry("targets/big", Self.content) + OfflineSample.entry("targets/empty", []) + TarHeader.end
    return OfflineTransport(try sample.open(bytes), as: OfflineSample.base, files: sample.files)
  }

  private func request(_ path: String, limit: Int64 = 1 << 20) -> TransferRequest {
    TransferRequest(url: OfflineSample.base + "/" + path, limit: limit)
  }

  @Test func `hands out what it holds under the addresses of its repository`() async throws {
    let transport = try transport()
    #expect(try await transport.fetch(request("metadata/timestamp.json")).body == Array("{}".utf8))
    #expect(try await transport.fetch(request("targets/big")).body == Self.content)
    #expect(try await transport.fetch(request("targets/empty")).body.isEmpty)
    let encoded = Self.long.replacing("é", with: "%C3%A9").replacing("+", with: "%2B")
    #expect(try await transport.fetch(request(encoded)).body == [1, 2, 3])
  }

  @Test(arguments: [
    "metadata/2.root.json", "metadata/%74imestamp.json", "targets", "", "targets/big/", "targets/%zz", "targets/%f",
    "targets/../metadata/timestamp.json", "targets/%2e%2e/metadata/timestamp.json",
  ])
  func `everything else is not in the file`(path: String) async throws {
    let transport = try transport()
    let request = request(path)
    let missing = TransferError.notInFile(url: request.url, file: (sample.scratch / "file").string)
    await #expect(throws: missing) { try await transport.fetch(request) }
    await #expect(throws: missing) {
      try await transport.download(request, to: sample.scratch / "out", resumingFrom: nil, progress: nil)
    }
    #expect(missing.isNotFound)
    #expect(try !sample.files.exists(sample.scratch / "out"))
  }

  @Test func `another repository's addresses are not in the file`() async throws {
    let transport = try transport()
    for url in ["https://updates.example.org/acme2/metadata/timestamp.json", "metadata/timestamp.json"] {
      await #expect(throws: TransferError.notInFile(url: url, file: (sample.scratch / "file").string)) {
        try await transport.fetch(TransferRequest(url: url, limit: 100))
      }
    }
  }

  @Test func `nothing larger than the limit is handed out`() async throws {
    let transport = try transport()
    let request = request("targets/big", limit: 700_000)
    let error = TransferError.tooLarge(url: request.url, limit: 700_000, offered: 700_001)
    await #expect(throws: error) { try await transport.fetch(request) }
    await #expect(throws: error) {
      try await transport.download(request, to: sample.scratch / "out", resumingFrom: nil, progress: nil)
    }
  }

  @Test(arguments: [nil, 0, 1, 262_144, 700_000, 700_001])
  func `a download goes on where it stopped`(offset: Int64?) async throws {
    let transport = try transport()
    let path = sample.scratch / "out"
    // What lies beyond the offset is cut off.
    try sample.files.write(Self.content.prefix(Int(offset ?? 5)) + [9, 9], creating: path, mode: 0o600)
    let response = try await transport.download(
      request("targets/big"), to: path, resumingFrom: offset, progress: nil)
    #expect(response.resumedFrom == offset ?? 0)
    #expect(response.status == (offset ?? 0 > 0 ? 206 : 200))
    #expect(response.length == 700_001)
    #expect(try sample.files.readAll(path, limit: 1 << 20) == Self.content)
  }

  @Test(arguments: [900_000, 10] as [Int64])
  func `a file that cannot be gone on with is begun anew`(offset: Int64) async throws {
    let transport = try transport()
    let path = sample.scratch / "out"
    try sample.files.write([9, 9], creating: path, mode: 0o600)
    let response = try await transport.download(
      request("targets/big"), to: path, resumingFrom: offset, progress: nil)
    #expect(response.resumedFrom == 0)
    #expect(try sample.files.readAll(path, limit: 1 << 20) == Self.content)
  }

  @Test func `a file that becomes shorter is an error and not a short answer`() async throws {
    let transport = try transport()
    try sample.files.truncate(sample.scratch / "file", to: 300_000)
    let request = request("targets/big")
    let path = sample.scratch / "out"
    let error = await #expect(throws: TransferError.self) { try await transport.fetch(request) }
    guard case .truncated(request.url, let received)? = error else {
      Issue.record("\(String(describing: error))")
      return
    }
    await #expect(throws: TransferError.truncated(url: request.url, received: received)) {
      try await transport.download(request, to: path, resumingFrom: nil, progress: nil)
    }
    #expect(try sample.files.readAll(path, limit: 1 << 20) == Array(Self.content.prefix(Int(received))))
  }

  @Test func `what it says of plugins is read from names alone`() throws {
    let hex = String(repeating: "a", count: 64)
    let names = [
      "targets/plugins/io.github.acme/time/\(hex).stable.json", "targets/plugins/io.github.acme/git/beta.json",
      "targets/plugins/io.github.acme/time/1.0.0/\(hex).evidence-1.json", "targets/plugins/Non sense/x/stable.json",
      "targets/plugins/io.github.acme/git/abc.beta.json", "targets/plugins/io.github.acme/git/root.json",
    ]
    let file = try sample.open(names.flatMap { OfflineSample.entry($0) } + TarHeader.end)
    #expect(file.names == names.sorted())
    #expect(file.releases.map(\.text) == ["io.github.acme/git in beta", "io.github.acme/time in stable"])
  }
}
