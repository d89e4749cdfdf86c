import Platform
import Releases
import SystemPackage
import TUF
import TestSupport
import Testing

@testable import Updating

@Suite("A refresh")
struct RefreshDisciplineTests {
  @Test func `is for one process at a time`() async throws {
    let shop = try Shop()
    let host = try await shop.trustingHost()
    let repository = try host.repositories.named("acme")
    do {
      var first = try RepositoryClient(repository, in: host.repositories)
      let path = shop.scratch / "host/repositories/acme/lock"
      let error = await #expect(throws: LockError.self) { try await shop.host().refreshAll(except: []) }
      guard case .locked(path, _)? = error else {
        Issue.record("\(String(describing: error))")
        return
      }
      try await first.refresh()
    }
    try await shop.host().refreshAll(except: [])
  }

  @Test(arguments: [403, 404, 410])
  func `takes refusal of the next root for the end of the chain`(status: Int) async throws {
    let shop = try Shop()
    let host = try await shop.trustingHost()
    shop.transport.refuse("2.root.json", with: status)
    try await host.refreshAll(except: [])
  }

  @Test(arguments: [400, 401, 429, 500, 502, 503])
  func `never takes another failure for the end of the chain`(status: Int) async throws {
    let shop = try Shop()
    let host = try await shop.trustingHost()
    shop.transport.refuse("2.root.json", with: status)
    let url = FolderTransport.url + "/metadata/2.root.json"
    await #expect(throws: TransferError.status(url: url, code: status)) { try await host.refreshAll(except: []) }
  }

  @Test func `puts a bound and a deadline on every request`() async throws {
    let shop = try Shop()
    let host = try await shop.trustingHost()
    try shop.release("1.0.0", sequence: 1)
    _ = try await host.offer(of: "time", in: shop.channel)
    let requests = shop.transport.transfers
    #expect(requests.count > 6)
    for request in requests {
      #expect(request.limit <= 8_000_000, "\(request.url)")
      #expect(request.timeout <= .seconds(30), "\(request.url)")
      #expect(request.minimumRate != nil, "\(request.url)")
    }
  }

  @Test func `ends on its own when the server drips one byte at a time`() async throws {
    let shop = try Shop()
    _ = try await shop.trustingHost()
    try shop.scratch.write([UInt8](repeating: 0x20, count: 4_000), to: "slow/timestamp.json")
    try await LoopbackServer.serving(shop.scratch / "slow") { server in
      let transport = HastyTransport(server.url("slow"))
      let error = await #expect(throws: TransferError.self) {
        try await shop.host(over: transport).refreshAll(except: [])
      }
      #expect(error == .tooSlow(url: server.url("slow/timestamp.json"), minimum: HastyTransport.rate))
    }
  }

  @Test("recovers from damage to its own files", arguments: ["timestamp", "snapshot", "targets", "stable"], 0..<5)
  func damage(role: String, kind: Int) async throws {
    let shop = try Shop()
    let host = try await shop.trustingHost()
    try shop.release("1.0.0", sequence: 1)
    _ = try await host.offer(of: "time", in: shop.channel)
    let name = "host/repositories/acme/\(role).json"
    let good = try shop.scratch.read(name)
    switch kind {
    case 0: try shop.scratch.write(good.dropLast(good.count / 2).map(\.self), to: name)
    case 1: try shop.scratch.write("not JSON", to: name)
    case 2: try shop.scratch.write([], to: name)
    case 3:
      // A whole file of another day's keys: well-formed, and signed by nobody we know.
      let other = try Shop()
      try other.release("1.0.0", sequence: 1)
      _ = try await other.trustingHost().offer(of: "time", in: other.channel)
      try shop.scratch.write(try other.scratch.read(name), to: name)
    default:
      // Larger than anything that this program writes.
      try shop.scratch.write([UInt8](repeating: 0x20, count: MetadataFolder.maximumBytes + 1), to: name)
    }
    #expect(try await shop.host().offer(of: "time", in: shop.channel).manifest.version.text == "1.0.0")
    #expect(try shop.scratch.read(name) == good)
  }
}

/// libcurl without patience: asks a server instead of the shop's address, and gives up after a second.
private struct HastyTransport: Transport {
  static let rate = TransferRate(bytesPerSecond: 200, seconds: 1)

  private let base: String
  private let curl = CurlTransport(files: LocalFileSystem())

  init(_ base: String) {
    self.base = base
  }

  private func hurried(_ request: TransferRequest) -> TransferRequest {
    var hurried = request
    hurried.url = base + "/" + (request.url.split(separator: "/").last ?? "")
    hurried.minimumRate = Self.rate
    return hurried
  }

  func fetch(_ request: TransferRequest) async throws(TransferError) -> TransferResponse {
    try await curl.fetch(hurried(request))
  }

  func download(
    _ request: TransferRequest, to path: FilePath, resumingFrom offset: Int64?,
    progress: (@Sendable (Int64, Int64?) -> Void)?
  ) async throws(TransferError) -> TransferResponse {
    try await curl.download(hurried(request), to: path, resumingFrom: offset, progress: progress)
  }
}
