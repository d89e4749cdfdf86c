import Platform
import Releases
import SystemPackage
import TUF
import TestSupport
import Testing

@testable import Publishing

@Suite("Publishing deltas")
struct PublishDeltaTests {
  /// A release with 100 KB that stay the same, and a few bytes that do not.
  @discardableResult
  private func publish(_ version: String, on desk: Desk, seed: UInt64 = 1, deltas: Bool = true) throws
    -> PublishedRelease
  {
    let source = try desk.source(version, text: version)
    var random = SplitMix64(seed: seed)
    let ballast = (0..<100_000).map { _ in UInt8.random(in: .min ... .max, using: &random) }
    try desk.scratch.write(ballast, to: "source-\(version)-\(version)/ballast")
    var request = PublishRequest(source: source, channel: try ChannelName(Desk.canary))
    request.makesDeltas = deltas
    return try desk.publisher().publish(request)
  }

  private func versions(_ release: PublishedRelease) -> [String] {
    release.bundles.flatMap(\.deltas).map(\.version.text)
  }

  @Test func `a release comes with deltas from the last three, signed by the bundles role`() async throws {
    let desk = try Desk.ready()
    #expect(versions(try publish("1.0.0", on: desk)).isEmpty)
    #expect(versions(try publish("1.1.0", on: desk)) == ["1.0.0"])
    #expect(versions(try publish("1.2.0", on: desk)) == ["1.1.0", "1.0.0"])
    try publish("1.3.0", on: desk)
    let last = try publish("1.4.0", on: desk)
    #expect(versions(last) == ["1.3.0", "1.2.0", "1.1.0"])
    #expect(last.warnings.isEmpty)
    let bundle = last.bundles[0]
    #expect(bundle.deltas.allSatisfy { $0.length < bundle.length / 10 })
    let state = try desk.publisher().repository.state()
    for delta in bundle.deltas {
      let target = state.targets(of: try desk.publisher().bundlesRole())?.target(delta.path)
      #expect(target?.sha256 == delta.sha256 && target?.length == delta.length)
      let file = try desk.workspace().targets.appending(target?.filePath(consistent: true) ?? "")
      #expect(try LocalFileSystem().status(file)?.size == delta.length)
    }
    #expect(try LocalFileSystem().list(try desk.workspace().staging).isEmpty, "nothing is left in staging")
  }

  @Test func `a channel that lags behind gets deltas from its own releases, and promotion carries them on`() throws {
    let desk = try Desk.ready()
    try desk.attest(publish("1.0.0", on: desk))
    try desk.promote("1.0.0")
    for version in ["1.1.0", "1.2.0", "1.3.0"] { try publish(version, on: desk) }
    let last = try publish("1.4.0", on: desk)
    #expect(versions(last) == ["1.3.0", "1.2.0", "1.1.0", "1.0.0"], "1.0.0 is what the channel stable offers")
    try desk.attest(last)
    #expect(versions(try desk.promote("1.4.0")) == versions(last))
  }

  @Test func `a delta that saves too little is not kept`() throws {
    let desk = try Desk.ready()
    try publish("1.0.0", on: desk)
    let release = try publish("1.1.0", on: desk, seed: 2)
    #expect(versions(release).isEmpty && release.warnings.isEmpty)
    let folder = try desk.workspace().targets.pushing(FilePath("plugins/\(desk.plugin)/1.1.0"))
    #expect(try LocalFileSystem().list(folder).map(\.name).filter { $0.contains(".delta.") }.isEmpty)
  }

  @Test func `an old bundle that cannot be read costs its delta and a warning, not the release`() throws {
    let desk = try Desk.ready()
    let first = try publish("1.0.0", on: desk)
    try publish("1.1.0", on: desk)
    let folder = try desk.workspace().targets.pushing(FilePath("plugins/\(desk.plugin)/1.0.0"))
    try LocalFileSystem().truncate(
      folder.appending("\(first.bundles[0].sha256.hex).time-1.0.0-\(first.bundles[0].platform).tar.zst"), to: 100)
    let release = try publish("1.2.0", on: desk)
    #expect(versions(release) == ["1.1.0"])
    #expect(release.warnings.count == 1)
    #expect(release.warnings[0].hasPrefix("there will be no delta from 1.0.0: "))
  }

  @Test func `none are made where nobody wants them, and the same again changes nothing`() throws {
    let desk = try Desk.ready()
    try publish("1.0.0", on: desk)
    #expect(versions(try publish("1.1.0", on: desk, deltas: false)).isEmpty)
    let with = try publish("1.1.0", on: desk)
    #expect(versions(with) == ["1.0.0"])
    #expect(try publish("1.1.0", on: desk).bundles == with.bundles, "packing twice gives the same bytes")
  }
}
