import Foundation
import Platform
import Releases
import SystemPackage
import TUF
import TestSupport
import Testing

@testable import Updating

/// What lies in a host's folder of metadata may be anything; nothing outside of it may change (CVE-2026-6968).
@Suite("A folder of metadata full of traps")
struct HostileFolderTests {
  @Test(
    "a link in the place of a file is replaced, and what it leads to stays",
    arguments: [
      "timestamp.json", "snapshot.json", "targets.json", "stable.json", "newest-time", "roots/2.root.json",
    ])
  func links(name: String) async throws {
    let shop = try Shop()
    let host = try await shop.trustingHost()
    try shop.release("1.0.0", sequence: 1)
    _ = try await host.offer(of: "time", in: shop.channel)
    let outside = try shop.scratch.write("mine", to: "outside")
    let path = shop.scratch / ("host/repositories/acme/" + name)
    try LocalFileSystem().removeIfPresent(path)
    try FileManager.default.createSymbolicLink(atPath: path.string, withDestinationPath: outside.string)
    try shop.sign { writer in
      try writer.renew(.root)
      try writer.add(NewTarget(path: "more", bytes: [1]))
    }
    try shop.release("1.1.0", sequence: 2)
    shop.clock.advance(by: .seconds(1_000))
    #expect(try await shop.host().offer(of: "time", in: shop.channel).manifest.version.text == "1.1.0")
    #expect(try shop.scratch.text("outside") == "mine")
    #expect(try LocalFileSystem().status(path)?.kind == .file)
  }

  @Test(
    "a folder in the place of a file is replaced", arguments: ["timestamp.json", "stable.json", "roots/2.root.json"])
  func folders(name: String) async throws {
    let shop = try Shop()
    let host = try await shop.trustingHost()
    try shop.release("1.0.0", sequence: 1)
    try shop.sign { try $0.renew(.root) }
    let path = "host/repositories/acme/" + name
    try LocalFileSystem().removeIfPresent(shop.scratch / path)
    try shop.scratch.write("something", to: path + "/inside")
    #expect(try await host.offer(of: "time", in: shop.channel).manifest.version.text == "1.0.0")
    #expect(try LocalFileSystem().status(shop.scratch / path)?.kind == .file)
  }

  @Test(
    "a role called as if it lay elsewhere is kept inside",
    arguments: ["../escaped", "/escaped", "..", "roots/1.root", "lock", "newest-time", "manifests"])
  func roles(name: String) async throws {
    let shop = try Shop()
    let folder = MetadataFolder(root: shop.scratch / "a/b", files: LocalFileSystem())
    try folder.create()
    let role = try #require(RoleName(delegated: name))
    try await folder.persist(.role(role), [1])
    #expect(try await folder.load(.role(role)) == [1])
    #expect(try LocalFileSystem().list(shop.scratch / "a").map(\.name) == ["b"])
    #expect(Set(try LocalFileSystem().list(folder.root).map(\.name)) == ["roots", role.fileName])
    #expect(!["lock", "newest-time", "manifests"].contains(role.fileName))
  }
}
