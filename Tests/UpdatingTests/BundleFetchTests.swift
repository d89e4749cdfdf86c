import Platform
import Signing
import SystemPackage
import TestSupport
import Testing

@testable import Updating

@Suite("Fetching a bundle")
struct BundleFetchTests {
  private let scratch: Scratch
  private let transport: FolderTransport
  private let bytes = (0..<50_000).map { UInt8(truncatingIfNeeded: $0 / 7) }
  private let fetch: BundleFetch

  init() throws {
    scratch = try Scratch()
    transport = FolderTransport(scratch / "server")
    try scratch.write(bytes, to: "server/bundle")
    try LocalFileSystem().makeDirectory(scratch / "downloads", mode: 0o700)
    fetch = BundleFetch(
      machine: Machine(
        files: LocalFileSystem(), clock: ManualClock(), transport: transport, processes: ScriptedProcesses()),
      folder: scratch / "downloads")
  }

  private var promise: BundleFetch.Promise {
    BundleFetch.Promise(
      url: FolderTransport.url + "/bundle", length: Int64(bytes.count), sha256: .of(bytes), pinnedKeys: [])
  }

  private func content(_ path: FilePath) throws -> [UInt8] { try LocalFileSystem().readAll(path, limit: 1 << 20) }

  private var left: [String] { get throws { try LocalFileSystem().list(scratch / "downloads").map(\.name) } }

  @Test func `gives the promised bytes, and asks for them once`() async throws {
    #expect(try content(try await fetch.fetch(promise)) == bytes)
    #expect(try content(try await fetch.fetch(promise)) == bytes)
    #expect(transport.requests == ["bundle"])
  }

  @Test(arguments: [false, true])
  func `goes on after the connection broke, with a server that knows ranges or not`(ignores: Bool) async throws {
    if ignores { transport.ignoreRanges() }
    transport.cut("bundle", after: 20_000)
    await #expect(throws: TransferError.self) { try await fetch.fetch(promise) }
    #expect(try left == [promise.sha256.hex + ".part"], "nothing passes for the whole file")
    #expect(try content(try await fetch.fetch(promise)) == bytes)
    #expect(try left == [promise.sha256.hex])
  }

  @Test func `begins anew when what was kept is of something else`() async throws {
    try scratch.write([UInt8](repeating: 9, count: 1000), to: "downloads/\(promise.sha256.hex).part")
    #expect(try content(try await fetch.fetch(promise)) == bytes)
    #expect(transport.requests.count == 2)
    // Longer than the whole: not to be gone on with at all.
    try LocalFileSystem().remove(scratch / "downloads/\(promise.sha256.hex)")
    try scratch.write([UInt8](repeating: 9, count: 90_000), to: "downloads/\(promise.sha256.hex).part")
    #expect(try content(try await fetch.fetch(promise)) == bytes)
  }

  @Test func `keeps nothing of other bytes than promised`() async throws {
    var flipped = bytes
    flipped[12_345] ^= 1
    transport.replace("bundle", with: flipped)
    await #expect(
      throws: UpdatingError.wrongDownload(
        path: promise.url, expected: "digest …\(promise.sha256.lastSix)",
        found: "…\(SHA256Digest.of(flipped).lastSix)")
    ) { try await fetch.fetch(promise) }
    #expect(try left.isEmpty)
  }

  @Test func `takes no byte more than promised, and not fewer`() async throws {
    transport.replace("bundle", with: bytes + [0])
    await #expect(throws: TransferError.tooLarge(url: promise.url, limit: promise.length, offered: nil)) {
      try await fetch.fetch(promise)
    }
    try LocalFileSystem().removeIfPresent(scratch / "downloads/\(promise.sha256.hex).part")
    transport.replace("bundle", with: Array(bytes.dropLast()))
    await #expect(
      throws: UpdatingError.wrongDownload(path: promise.url, expected: "50000 bytes", found: "49999")
    ) { try await fetch.fetch(promise) }
    #expect(try left.isEmpty)
  }

  @Test func `replaces a finished file that rotted on the disk`() async throws {
    let path = try await fetch.fetch(promise)
    try scratch.write([UInt8](repeating: 0, count: bytes.count), to: "downloads/\(promise.sha256.hex)")
    #expect(try content(try await fetch.fetch(promise)) == bytes)
    #expect(path == scratch / "downloads/\(promise.sha256.hex)")
  }
}
