import Offline
import Platform
import Releases
import Signing
import Storage
import Synchronization
import SystemPackage
import TUF
import TestSupport
import Testing

@testable import Updating

/// A host that never has a network, and one that sometimes has: both take an offline bundle through the same verifier.
@Suite("Offline bundles on a host")
struct OfflineHostTests {
  /// Writes an offline bundle with a host of its own.
  private func export(
    _ shop: Shop, _ name: String, by host: String = "exporter", platforms: [TargetPlatform] = []
  ) async throws -> (OfflineFile, OfflineReport) {
    let exporter = try shop.host(named: host)
    if try exporter.repositories.all().isEmpty {
      _ = try await exporter.trust(FolderTransport.url, pin: .fingerprint(shop.fingerprint), id: "acme")
    }
    let path = shop.scratch / name
    let report = try await exporter.export("time", in: shop.channel, platforms: platforms, to: path)
    return (try OfflineFile.open(path, files: LocalFileSystem()), report)
  }

  /// The host of the tests, cut off from every network, with a file in its place.
  private func cutOff(_ shop: Shop, _ file: OfflineFile) throws -> PluginHost {
    try shop.host(over: ScriptedTransport()).reading(file).host
  }

  @Test func `a host that never had a network trusts, installs and updates from files`() async throws {
    let shop = try Shop()
    try shop.release("1.0.0", sequence: 1)
    let (first, report) = try await export(shop, "first")
    #expect(report.manifest.sequence == 1)
    #expect(first.releases.map(\.text) == ["io.github.acme/time in stable"])
    let root = shop.scratch / "repository/metadata/1.root.json"
    _ = try await shop.host(over: ScriptedTransport())
      .trust(FolderTransport.url, pin: .file(root), id: "acme", from: first)
    let installed = try await shop.activate(on: cutOff(shop, first), event: "install")
    #expect(installed.manifest.version.text == "1.0.0")

    // The root moved on: the chain is in the file.
    try shop.setOnlineKey("build")
    try shop.release("1.1.0", sequence: 2)
    let (second, _) = try await export(shop, "second")
    #expect(second.names.contains("metadata/2.root.json"))
    let host = try cutOff(shop, second)
    let check = try #require(try await host.check(host.ledger.installs()).first)
    #expect(check.decision == .available)
    #expect(try await shop.activate(on: host).manifest.version.text == "1.1.0")

    // And then the network comes back.
    try shop.release("1.2.0", sequence: 3)
    #expect(try await shop.activate(on: shop.host()).manifest.version.text == "1.2.0")
  }

  @Test func `the first root may be given by its fingerprint alone`() async throws {
    let shop = try Shop()
    try shop.release("1.0.0", sequence: 1)
    let (file, _) = try await export(shop, "file")
    let host = try shop.host(over: ScriptedTransport())
    let wrong = SHA256Digest.of([1])
    await #expect(
      throws: UpdatingError.rootNotPinned(url: FolderTransport.url, pinned: wrong.hex, offered: shop.fingerprint.hex)
    ) { try await host.trust(FolderTransport.url, pin: .fingerprint(wrong), from: file) }
    #expect(try host.repositories.all().isEmpty)
    _ = try await host.trust(FolderTransport.url, pin: .fingerprint(shop.fingerprint), from: file)
    #expect(try host.repositories.all().map(\.fingerprint) == [shop.fingerprint])
  }

  @Test func `a file is needed for nothing else and holds nothing else`() async throws {
    let shop = try Shop()
    try shop.release("1.0.0", sequence: 1)
    let bundle = try shop.release("1.1.0", sequence: 2)
    let (file, report) = try await export(shop, "file")
    let text = bundle.sha256.hex
    #expect(file.names.filter { $0.contains(".tar.zst") }.count == 2, "the bundle and its signature")
    #expect(file.names.contains("targets/plugins/io.github.acme/time/1.1.0/\(text).time-1.1.0-any.tar.zst.minisig"))
    #expect(!file.names.contains { $0.contains("1.0.0") })
    #expect(file.names.filter { $0.hasPrefix("metadata/") }.count == 6)
    #expect(report.bundles == [bundle])
    #expect(report.names == file.names)
    let left = try LocalFileSystem().list(shop.scratch / "exporter/downloads").map(\.name)
    #expect(left.isEmpty, "what was fetched for the file does not stay: \(left)")
  }

  @Test func `one state of a repository gives one file`() async throws {
    let shop = try Shop()
    try shop.release("1.0.0", sequence: 1)
    let (_, one) = try await export(shop, "one")
    let (_, two) = try await export(shop, "two", by: "other", platforms: [.linuxX86_64, .linuxAarch64])
    #expect(try shop.scratch.read("one") == shop.scratch.read("two"))
    #expect(one.sha256 == two.sha256)
    #expect(one.sha256 == SHA256Digest.of(try shop.scratch.read("one")))
    #expect(one.length == Int64(try shop.scratch.read("one").count))
  }

  @Test func `an old file cannot take a host back`() async throws {
    let shop = try Shop()
    try shop.release("1.0.0", sequence: 1)
    let (old, _) = try await export(shop, "old")
    try shop.release("1.1.0", sequence: 2)
    let online = try await shop.trustingHost()
    try await shop.activate(on: online, event: "install")
    let trusted = try #require(shop.keptVersion("timestamp"))
    let host = try cutOff(shop, old)
    let refused = await #expect(throws: TUFError.self) { try await host.check(host.ledger.installs()) }
    guard case .rollback(role: .timestamp, trusted: Int64(trusted), let offered)? = refused else {
      Issue.record("\(String(describing: refused))")
      return
    }
    #expect(offered < trusted)
    #expect(refused?.description.contains("\(offered)") == true && refused?.description.contains("\(trusted)") == true)
    await #expect(throws: TUFError.self) { try await host.offer(of: "time", in: shop.channel) }
    #expect(shop.keptVersion("timestamp") == trusted, "and nothing was kept of it")
  }

  @Test func `the floor of a manifest's sequence holds in a file too`() async throws {
    let shop = try Shop()
    try shop.release("1.1.0", sequence: 3)
    _ = try await shop.activate(on: shop.trustingHost(), event: "install")
    // Newer metadata, signed by the right keys, that offer what came before.
    try shop.release("1.0.0", sequence: 2)
    let (file, _) = try await export(shop, "file")
    let host = try cutOff(shop, file)
    await #expect(
      throws: UpdatingError.sequenceRollback(
        plugin: "io.github.acme/time", channel: "stable", offered: 2, trusted: 3)
    ) { try await host.check(host.ledger.installs()) }
  }

  @Test func `an expired file is refused`() async throws {
    let shop = try Shop()
    try shop.release("1.0.0", sequence: 1)
    let (file, report) = try await export(shop, "file")
    _ = try await shop.trustingHost()
    let now = shop.clock.now().seconds
    shop.clock.advance(by: .seconds(report.expires - now))
    let error = await #expect(throws: TUFError.self) {
      try await cutOff(shop, file).offer(of: "time", in: shop.channel)
    }
    guard case .expired? = error else {
      Issue.record("\(String(describing: error))")
      return
    }
    // One second before, it is good.
    shop.clock.advance(by: .seconds(-1))
    _ = try await cutOff(shop, file).offer(of: "time", in: shop.channel)
  }

  @Test func `a download from a file goes on where an earlier one stopped`() async throws {
    let shop = try Shop()
    let bundle = try shop.release("1.0.0", sequence: 1)
    let (file, _) = try await export(shop, "file")
    _ = try await shop.trustingHost()
    let all = try shop.scratch.read("repository/targets/\(Self.consistent(bundle))")
    try shop.scratch.write(Array(all.prefix(100)), to: "host/downloads/\(bundle.sha256.hex).part", mode: 0o600)
    let seen = Mutex<[Int64]>([])
    let host = try cutOff(shop, file)
    _ = try await host.prepare(
      host.offer(of: "time", in: shop.channel), progress: { done, _ in seen.withLock { $0.append(done) } })
    #expect(seen.withLock(\.first) == 100)
  }

  private static func consistent(_ bundle: BundleOffer) -> String {
    var parts = bundle.path.split(separator: "/").map(String.init)
    parts[parts.count - 1] = bundle.sha256.hex + "." + parts[parts.count - 1]
    return parts.joined(separator: "/")
  }

  @Test func `a changed byte anywhere in a file lets nothing be installed`() async throws {
    let shop = try Shop()
    try shop.release("1.0.0", sequence: 1)
    _ = try await export(shop, "file")
    _ = try await shop.trustingHost()
    let honest = try shop.scratch.read("file")
    var random = SplitMix64(seed: 4)
    var outcomes: Set<String> = []
    for _ in 0..<80 {
      // Nothing that an earlier file brought may stand in for what this one fails to bring.
      for name in ["timestamp", "snapshot", "targets", "stable", "bundles"] {
        try LocalFileSystem().removeIfPresent(shop.scratch / "host/repositories/acme/\(name).json")
      }
      for folder in ["repositories/acme/manifests", "plugins", "downloads"] {
        try LocalFileSystem().removeTree(shop.scratch / "host/\(folder)")
      }
      var bytes = honest
      let offset = Int(random.next() % UInt64(bytes.count))
      bytes[offset] ^= 1 << UInt8(random.next() % 8)
      let path = try shop.scratch.write(bytes, to: "changed")
      do {
        let host = try cutOff(shop, OfflineFile.open(path, files: LocalFileSystem()))
        _ = try await host.prepare(host.offer(of: "time", in: shop.channel))
        // The `.minisig` beside the bundle is for people; no host needs it.
        outcomes.insert("prepared")
        let minisig = try #require(honest.firstRange(of: Array("untrusted comment".utf8))).lowerBound
        #expect(offset >= minisig - 512, "byte \(offset) of \(bytes.count) was believed")
      } catch {
        outcomes.insert("\(type(of: error))")
      }
    }
    #expect(outcomes.isSuperset(of: ["OfflineError", "TUFError"]), "\(outcomes)")
  }

  @Test func `a file belongs to the repository whose root it holds`() async throws {
    let shop = try Shop()
    try shop.release("1.0.0", sequence: 1)
    let (file, _) = try await export(shop, "file")
    #expect(throws: OfflineError.foreign(file.path, trusted: [])) { try shop.host().reading(file) }
    let stranger = try Shop()
    let other = try await stranger.trustingHost()
    #expect(throws: OfflineError.foreign(file.path, trusted: ["acme"])) { try other.reading(file) }
    // Two are trusted: the file says which one answers, and the other is not asked.
    shop.transport.isDown = true
    let both = try shop.host(over: ScriptedTransport())
    let root = shop.scratch / "repository/metadata/1.root.json"
    _ = try await both.trust("https://a.example.org/x", pin: .file(root), id: "x", from: file)
    let (host, repository) = try both.reading(file)
    #expect(repository.id == "x")
    #expect(try await host.offer(of: "time", in: shop.channel).repository.id == "x")
    #expect(throws: UpdatingError.unknownRepository(offered: "y", known: ["x"])) {
      try both.reading(file, repository: "y")
    }
  }

  @Test func `an update of what a file does not hold says what it holds`() async throws {
    let shop = try Shop()
    try shop.release("1.0.0", sequence: 1)
    let (file, _) = try await export(shop, "file")
    let online = try await shop.trustingHost()
    try await shop.activate(on: online, event: "install")
    let install = try #require(try online.ledger.installs().first)
    let (host, repository) = try online.reading(file)
    #expect(try host.held(by: file, of: repository, among: [install], every: true) == [install])
    var beta = install
    beta.channel = .beta
    #expect(
      throws: OfflineError.notHeld(
        file.path, asked: ["io.github.acme/time in beta of acme"], held: ["io.github.acme/time in stable of acme"])
    ) { try host.held(by: file, of: repository, among: [beta], every: false) }
    #expect(try host.held(by: file, of: repository, among: [install, beta], every: false) == [install])
    #expect(throws: OfflineError.self) { try host.held(by: file, of: repository, among: [install, beta], every: true) }
  }

  @Test func `what a server shows to strangers does not travel when it is older than what this host has seen`()
    async throws
  {
    let shop = try Shop()
    try shop.release("1.0.0", sequence: 1)
    _ = try await export(shop, "file")
    let old = try shop.scratch.read("repository/metadata/timestamp.json")
    let before = try shop.scratch.read("file")
    try shop.release("1.1.0", sequence: 2)
    let exporter = try shop.host(named: "exporter", over: TwoFaced(shop.transport, toStrangers: old))
    let error = await #expect(throws: TUFError.self) {
      try await exporter.export("time", in: shop.channel, platforms: [], to: shop.scratch / "file")
    }
    guard case .rollback(role: .timestamp, _, _)? = error else {
      Issue.record("\(String(describing: error))")
      return
    }
    #expect(try shop.scratch.read("file") == before, "the file of before stays")
    #expect(try LocalFileSystem().list(shop.scratch.path).filter { $0.name.hasSuffix(".new") }.isEmpty)
  }

  @Test func `an export names what the repository does not have`() async throws {
    let shop = try Shop()
    let bundle = try shop.release("1.0.0", sequence: 1)
    shop.transport.replace(".minisig", with: Array("nonsense".utf8))
    let error = await #expect(throws: OfflineError.self) { try await export(shop, "file") }
    guard case .signature(Self.consistent(bundle), _)? = error else {
      Issue.record("\(String(describing: error))")
      return
    }
    shop.transport.replace(".minisig", with: nil)
    shop.transport.miss("1.root.json")
    await #expect(throws: OfflineError.noFirstRoot) { try await export(shop, "file") }
    #expect(try !LocalFileSystem().exists(shop.scratch / "file"))
  }
}

/// A server that shows an old timestamp to whoever asks for the first root, as only strangers do.
private final class TwoFaced: Transport {
  private let inner: FolderTransport
  private let old: [UInt8]

  init(_ inner: FolderTransport, toStrangers old: [UInt8]) {
    self.inner = inner
    self.old = old
  }

  func fetch(_ request: TransferRequest) async throws(TransferError) -> TransferResponse {
    if request.url.hasSuffix("/1.root.json") { inner.replace("timestamp.json", with: old) }
    return try await inner.fetch(request)
  }

  func download(
    _ request: TransferRequest, to path: FilePath, resumingFrom offset: Int64?,
    progress: (@Sendable (Int64, Int64?) -> Void)?
  ) async throws(TransferError) -> TransferResponse {
    try await inner.download(request, to: path, resumingFrom: offset, progress: progress)
  }
}
