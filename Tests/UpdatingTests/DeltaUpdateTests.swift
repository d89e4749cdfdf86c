import Bundles
import Platform
import Releases
import Signing
import Storage
import Synchronization
import SystemPackage
import TestSupport
import Testing

@testable import Updating

/// What a host fetches when a release comes with a delta from the one that it runs.
@Suite("Updating by a delta")
struct DeltaUpdateTests {
  /// A shop that offers 1.0 with ballast; the host runs it.
  private func installed() async throws -> (Shop, PluginHost) {
    let shop = try Shop()
    try shop.offer(shop.manifest(shop.bundle("1.0", ballast: 200_000), "1.0", sequence: 1))
    let host = try await shop.trustingHost()
    try await shop.activate(on: host, event: "install")
    return (shop, host)
  }

  /// Offers 1.1 with a delta from 1.0; returns both lengths.
  private func offerNext(_ shop: Shop, isVouchedFor: Bool = true) throws -> BundleOffer {
    let bundle = try shop.addingDelta(
      from: "1.0", to: shop.bundle("1.1", ballast: 200_000), isVouchedFor: isVouchedFor)
    #expect(bundle.deltas[0].length < bundle.length / 10)
    try shop.offer(shop.manifest(bundle, "1.1", sequence: 2))
    return bundle
  }

  private func prepare(
    _ shop: Shop, _ host: PluginHost
  ) async throws -> (release: PreparedRelease, choice: FetchChoice?) {
    var choice: FetchChoice?
    let offer = try await host.offer(of: shop.plugin.text, in: shop.channel)
    let release = try await host.prepare(offer, choosing: { choice = $0 })
    let home = try host.folder.plugin(shop.plugin)
    #expect(try home.verify(release.tree).isEmpty)
    #expect(try host.machine.files.list(host.folder.downloads).isEmpty, "no download is left")
    return (release, choice)
  }

  @Test func `only the delta is fetched`() async throws {
    let (shop, host) = try await installed()
    let bundle = try offerNext(shop)
    let before = shop.transport.requests.count
    let (release, choice) = try await prepare(shop, host)
    #expect(release.way == "delta" && release.downloaded == bundle.deltas[0].length)
    #expect(choice?.word == "delta" && choice?.bytes == bundle.deltas[0].length)
    let asked = shop.transport.requests[before...]
    #expect(asked.contains { $0.hasSuffix(".delta.tar.zst") })
    #expect(!asked.contains { $0.hasSuffix(".tar.zst") && !$0.hasSuffix(".delta.tar.zst") })
    try host.activate(release, event: "update", reason: "by a test")
    #expect(try host.installed(shop.plugin).manifest.version.text == "1.1")
  }

  @Test(arguments: ["changed", "absent", "not vouched for", "damaged base", "cut short"])
  func `a delta that fails in any way is followed by the whole bundle`(fault: String) async throws {
    let (shop, _) = try await installed()
    let bundle = try offerNext(shop, isVouchedFor: fault != "not vouched for")
    let warnings = Mutex<[String]>([])
    let host = try shop.host(warn: { text in warnings.withLock { $0.append(text) } })
    switch fault {
    case "changed": shop.transport.replace(".delta.tar.zst", with: [UInt8](repeating: 7, count: 500))
    case "absent": shop.transport.miss(".delta.tar.zst")
    case "cut short": shop.transport.cut(".delta.tar.zst", after: 100)
    case "damaged base":
      // The object and the tree share the file, so neither can give the content that did not change.
      let home = try host.folder.plugin(shop.plugin)
      let current = try #require(try home.current())
      let path = home.path(of: current).appending("ballast")
      try host.machine.files.setMode(path, to: 0o644)
      try host.machine.files.truncate(path, to: 1000)
      try host.machine.files.setMode(path, to: 0o444)
    default: break
    }
    let release = try await host.prepare(host.offer(of: shop.plugin.text, in: shop.channel))
    #expect(release.way == "bundle" && release.downloaded == bundle.length)
    #expect(try host.folder.plugin(shop.plugin).verify(release.tree).isEmpty)
    #expect(warnings.withLock { $0.contains { $0.hasPrefix("the delta from 1.0 cannot be used") } })
  }

  @Test func `a delta that was cut goes on in the next process`() async throws {
    let (shop, host) = try await installed()
    let bundle = try offerNext(shop)
    let delta = bundle.deltas[0]
    // What a process that was killed in the middle leaves.
    let bytes = try LocalFileSystem().readAll(shop.deltaPath(of: delta), limit: 1 << 20)
    let part = host.folder.downloads.appending(delta.sha256.hex + ".part")
    try host.machine.files.write(Array(bytes.prefix(300)), creating: part, mode: 0o600)
    let (release, choice) = try await prepare(shop, try shop.host())
    #expect(release.way == "delta" && choice?.bytes == delta.length - 300)
    #expect(release.downloaded == delta.length - 300)
  }

  @Test func `a release that is here needs nothing, and is made whole from objects where its tree is damaged`()
    async throws
  {
    let (shop, host) = try await installed()
    _ = try offerNext(shop)
    let (first, _) = try await prepare(shop, host)
    let (again, choice) = try await prepare(shop, host)
    #expect(again.way == "tree" && again.downloaded == 0 && again.tree == first.tree)
    #expect(choice?.sentence == "nothing to fetch: the release is here already")

    let tree = try host.folder.plugin(shop.plugin).path(of: first.tree)
    try host.machine.files.setMode(tree, to: 0o755)
    try host.machine.files.remove(tree.appending("main.py"))
    let before = shop.transport.requests.count
    let (healed, reason) = try await prepare(shop, host)
    #expect(healed.way == "objects" && healed.downloaded == 0)
    #expect(reason?.sentence == "nothing to fetch: all of its files are here already")
    #expect(!shop.transport.requests[before...].contains { $0.hasSuffix(".tar.zst") })
  }
}
