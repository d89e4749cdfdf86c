import Platform
import Signing
import SystemPackage
import TUF
import TestSupport
import Testing

@testable import Updating

@Suite("Trusting a repository")
struct TrustTests {
  private func kept(_ shop: Shop) throws -> [String] {
    try LocalFileSystem().list(shop.scratch / "host/repositories").map(\.name)
  }

  @Test func `works with the fingerprint of the first root, and with the root as a file`() async throws {
    let shop = try Shop()
    let host = try shop.host()
    let byFingerprint = try await host.trust(FolderTransport.url + "/", pin: .fingerprint(shop.fingerprint))
    #expect(byFingerprint.id == "updates.example.org-acme")
    #expect(try host.repositories.all() == [byFingerprint])
    await #expect(throws: UpdatingError.repositoryExists(id: byFingerprint.id, url: FolderTransport.url)) {
      try await host.trust(FolderTransport.url, pin: .fingerprint(shop.fingerprint), id: "again")
    }
    let other = try Shop()
    let file = other.scratch / "repository/metadata/1.root.json"
    let byFile = try await other.host().trust(FolderTransport.url, pin: .file(file), id: "acme")
    #expect(byFile.fingerprint == other.fingerprint)
  }

  @Test func `keeps nothing of a root that is not the pinned one`() async throws {
    let shop = try Shop()
    let pinned = SHA256Digest.of([1])
    await #expect(
      throws: UpdatingError.rootNotPinned(
        url: FolderTransport.url, pinned: pinned.hex, offered: shop.fingerprint.hex)
    ) { try await shop.host().trust(FolderTransport.url, pin: .fingerprint(pinned)) }
    #expect(try kept(shop).isEmpty)
    let stranger = try Shop()
    let file = stranger.scratch / "repository/metadata/1.root.json"
    await #expect(throws: TUFError.self) { try await shop.host().trust(FolderTransport.url, pin: .file(file)) }
    #expect(try kept(shop).isEmpty, "the metadata did not follow from the pinned root")
    shop.transport.isDown = true
    let own = shop.scratch / "repository/metadata/1.root.json"
    await #expect(throws: TransferError.self) { try await shop.host().trust(FolderTransport.url, pin: .file(own)) }
    #expect(try kept(shop).isEmpty)
  }

  @Test(arguments: [
    "ftp://example.org", "example.org", "https://", "https://me:secret@example.org", "https://example.org/?a",
    "https://example.org/#b", "https://exa mple.org", "https://exämple.org", "file:///etc/passwd",
  ])
  func `refuses an address that cannot be fetched from`(url: String) async throws {
    let shop = try Shop()
    await #expect(throws: UpdatingError.self) {
      try await shop.host().trust(url, pin: .fingerprint(shop.fingerprint), id: "acme")
    }
    #expect(shop.transport.requests.isEmpty)
  }

  @Test(arguments: ["..", ".", "", "a/b", "/etc", "../acme"])
  func `refuses a name that is no folder of its own`(id: String) async throws {
    let shop = try Shop()
    await #expect(throws: (any Error).self) {
      try await shop.host().trust(FolderTransport.url, pin: .fingerprint(shop.fingerprint), id: id)
    }
    #expect(try kept(shop).isEmpty)
    #expect(shop.transport.requests.isEmpty)
  }

  @Test func `never reads a damaged record as one with fewer pins`() async throws {
    let shop = try Shop()
    let host = try await shop.trustingHost()
    let path = "host/repositories/acme/repository.json"
    let text = try shop.scratch.text(path)
    for (old, new) in [("\"pinnedKeys\": []", "\"pinnedKeys\": [7]"), ("\"id\": \"acme\"", "\"id\": \"../acme\"")] {
      #expect(text.contains(old))
      try shop.scratch.write(text.replacing(old, with: new), to: path)
      #expect(throws: UpdatingError.self) { try host.repositories.all() }
    }
    try shop.scratch.write(text, to: path)
    #expect(throws: UpdatingError.unknownRepository(offered: "other", known: ["acme"])) {
      try host.repositories.named("other")
    }
  }
}
