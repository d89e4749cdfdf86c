import Platform
import Releases
import Signing
import Storage
import SystemPackage
import TestSupport
import Testing

@testable import Updating

@Suite("Installed files against what was signed") struct IntegrityTests {
  private let shop: Shop
  private let host: PluginHost
  private let files = LocalFileSystem()
  private var home: PluginFolder { get throws { try host.folder.plugin(shop.plugin) } }

  init() async throws {
    shop = try Shop()
    host = try await shop.trustingHost()
    try shop.release("1.0.0", sequence: 1)
    try await shop.activate(on: host, event: "install")
  }

  private var main: FilePath {
    get throws { try home.path(of: #require(try home.current())).appending("main.py") }
  }

  /// Writes other content of the same length into an installed file, as somebody with this account's rights can.
  private func tamper(_ path: FilePath) throws {
    try files.setMode(path, to: 0o755)
    try files.truncate(path, to: 0)
    let file = try files.openForAppending(path)
    try file.write(Array("print('HELLO 1.0.0')\n".utf8))
    try file.close()
    try files.setMode(path, to: 0o555)
  }

  private func start() async throws { try await host.requireSound(try host.installed(shop.plugin)) }

  private var events: [String] { get throws { try host.ledger.history(of: shop.plugin).map(\.event) } }

  @Test func `what was switched to is sealed, and starts without being read`() async throws {
    let tree = try #require(try home.current())
    let digest = SHA256Digest.of(try home.manifestBytes(of: tree))
    #expect(try home.glance(at: tree, manifest: digest, from: 7) == .intact)
    #expect(try home.compareWithSeal(tree, manifest: digest).finding == .intact)
    #expect(try home.glance(at: tree, manifest: SHA256Digest.of([1]), from: 7) == .unsealed)
    try await start()
    let scan = try await host.scanIntegrity()
    #expect(scan.trees == 1 && scan.read == 0 && scan.damages.isEmpty && scan.obstacles.isEmpty)
  }

  @Test func `a changed file keeps the plugin from starting, is told once, and is healed from its repository`()
    async throws
  {
    try tamper(main)
    await #expect(throws: UpdatingError.self) { try await start() }
    let block = try #require(try home.integrityBlock())
    #expect(block.tree == (try home.current()) && block.differences.first?.hasPrefix("main.py") == true)
    await #expect(throws: UpdatingError.self, "the mark alone is enough") { try await start() }
    #expect(try events == ["blocked", "install"])

    shop.transport.isDown = true
    let failed = try await host.scanIntegrity()
    #expect(failed.damages.map(\.isHealed) == [false] && failed.damages.first?.obstacle.isEmpty == false)
    #expect(try home.integrityBlock() != nil && events == ["blocked", "install"])
    shop.transport.isDown = false
    let healed = try await host.scanIntegrity()
    #expect(healed.damages.map(\.isHealed) == [true])
    #expect(try home.integrityBlock() == nil)
    #expect(try events == ["unblocked", "repair", "blocked", "install"])
    try await start()
    #expect(try await host.scanIntegrity().damages.isEmpty)
  }

  @Test func `what is added, removed or made writable is found as well`() async throws {
    let root = try main.removingLastComponent()
    try files.setMode(root, to: 0o755)
    try files.write([1], creating: root.appending("extra.py"), mode: 0o444)
    try files.setMode(root, to: 0o555)
    await #expect(throws: UpdatingError.self) { try await start() }
    let healed = try await host.scanIntegrity()
    #expect(healed.damages.first?.differences == ["extra.py is not part of the release"])
    #expect(healed.damages.map(\.isHealed) == [true])
    try await start()
  }

  @Test func `a change that sets the time back is found by the hourly look`() async throws {
    let path = try main
    let before = try #require(try files.status(path)).modified
    try tamper(path)
    try await Self.setTime(path, to: before)
    try #require(try files.status(path)?.modified == before)
    let scan = try await host.scanIntegrity(healing: false)
    #expect(scan.read == 1 && scan.damages.map(\.isCurrent) == [true])
    await #expect(throws: UpdatingError.self) { try await start() }
  }

  private static func setTime(_ path: FilePath, to time: Instant) async throws {
    let text = "@\(time.seconds).\(String(1_000_000_000 + Int(time.nanoseconds)).dropFirst())"
    let result = try await Machine.live.processes.run(
      Command(executable: "touch", arguments: ["-d", text, path.string], environment: .inherit), input: [],
      outputLimit: 4096, timeout: .seconds(10))
    try #require(result.status.isSuccess)
  }

  @Test func `another name of a file, as another tree gives it, is no change`() async throws {
    let object = try main
    try files.link(object, at: shop.scratch / "another-name")
    try await start()
    let scan = try await host.scanIntegrity()
    #expect(scan.read == 1 && scan.damages.isEmpty, "read again, and sealed anew")
    #expect(try await host.scanIntegrity().read == 0)
  }

  @Test func `a manifest that nobody signed is not believed, whatever the seal says`() async throws {
    let tree = try #require(try home.current())
    let path = try home.signaturePath(of: tree)
    let text = String(decoding: try files.readAll(path, limit: 4096), as: UTF8.self)
    let lines = text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
    var forged = lines
    forged[1] = String(lines[1].dropLast(12)) + (lines[1].hasSuffix("AAAAAAAAAA==") ? "BBBBBBBBBB==" : "AAAAAAAAAA==")
    try files.setMode(path, to: 0o600)
    try files.write(Array(forged.joined(separator: "\n").utf8), atomicallyTo: path, mode: 0o444)
    let scan = try await host.scanIntegrity(healing: false)
    #expect(scan.damages.first?.differences.first?.hasPrefix("its signed manifest is not sound") == true)
    await #expect(throws: UpdatingError.self) { try await start() }
  }

  @Test func `a damaged seal or mark never opens the door`() async throws {
    let tree = try #require(try home.current())
    let seal = try home.path(of: tree).removingLastComponent().removingLastComponent()
      .appending("manifests/\(tree.text).seal")
    let good = try files.readAll(seal, limit: 1 << 20)
    for bytes in [[], Array(good.prefix(20)), good.map { ~$0 }, Array(good.dropLast(3))] {
      try files.write(bytes, atomicallyTo: seal, mode: 0o600)
      try tamper(main)
      await #expect(throws: UpdatingError.self) { try await start() }
      #expect(try await host.scanIntegrity().damages.allSatisfy(\.isHealed))
      try await start()
    }
    try shop.scratch.write("{", to: "host/plugins/\(shop.plugin)/blocked")
    await #expect(throws: StorageError.self) { try await start() }
    _ = try await host.scanIntegrity()
    try await start()
  }

  @Test func `every tree is read once a day, and a clock that went back makes nothing fresh`() async throws {
    shop.clock.advance(by: .seconds(3600))
    #expect(try await host.scanIntegrity().read == 0)
    shop.clock.advance(by: .seconds(86_400))
    #expect(try await host.scanIntegrity().read == 1)
    shop.clock.jump(by: .seconds(-3 * 86_400))
    #expect(try await host.scanIntegrity().read == 1)
  }

  @Test func `an update is not switched to when its tree was changed during the soak`() async throws {
    try shop.release("1.1.0", sequence: 2)
    let release = try await host.prepare(host.offer(of: "time", in: shop.channel))
    try tamper(home.path(of: release.tree).appending("main.py"))
    #expect(throws: UpdatingError.self) { try host.activate(release, event: "update", reason: "by a test") }
    #expect(try host.installed(shop.plugin).manifest.version.text == "1.0.0")
  }

  @Test func `a mark on one release does not keep another from starting`() async throws {
    try tamper(main)
    await #expect(throws: UpdatingError.self) { try await start() }
    try shop.release("1.1.0", sequence: 2)
    try await shop.activate(on: host)
    try await start()
  }
}
