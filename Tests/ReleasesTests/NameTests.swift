import Releases
import Testing

@Suite("names and versions") struct NameTests {
  @Test("plugin names", arguments: ["io.github.acme/time", "com.example/a_b-c.d", "A.b/C", "a/b", "x-1.y/9"])
  func names(text: String) throws {
    let name = try PluginName(text)
    #expect(name.text == text && name.description == text)
    #expect(name.namespace + "/" + name.name == text)
  }

  @Test(
    "plugin names that are refused",
    arguments: [
      "", "time", "/time", "a/", "a/b/c", "../a", "a/..", "a/.b", ".a/b", "a./b", "a/b.", "-a/b", "a/-b", "a..b/c",
      "a/b..c", "a_b/c", "a/b c", "a/b\n", "é/b", "a/b\u{0}", "a\\b/c", String(repeating: "a", count: 127) + "/b",
    ])
  func badNames(text: String) throws {
    let error = #expect(throws: ReleaseError.self) { try PluginName(text) }
    guard case .invalid(let offered, _)? = error?.problem else {
      Issue.record("another problem")
      return
    }
    #expect(offered == text && error?.field == "plugin")
  }

  @Test(
    "versions",
    arguments: ["1", "1.0.0", "2026.10.19", "1.0.0-beta.2+build.5", "1.0rc1", String(repeating: "1", count: 64)])
  func versions(text: String) throws {
    #expect(try ReleaseVersion(text).text == text)
  }

  @Test(
    "versions that are refused",
    arguments: [
      "", ".", "..", "1..0", ".1", "1.", "-1", "1-", "+1", "1/2", "1 0", "1_0", "v1\n", "é", "stable.json",
      String(repeating: "1", count: 65),
    ])
  func badVersions(text: String) throws {
    #expect(throws: ReleaseError.self) { try ReleaseVersion(text) }
  }

  @Test(
    "versions in the order that people expect",
    arguments: [
      [
        "1.0.0-alpha", "1.0.0-alpha.1", "1.0.0-alpha.beta", "1.0.0-beta", "1.0.0-beta.2", "1.0.0-beta.11", "1.0.0-rc.1",
        "1.0.0",
      ],
      ["2025.12.18", "2026.1.14", "2026.1.26", "2026.6.4", "2026.10.10", "2026.10.19"],
      ["1.0a1", "1.0b1", "1.0rc1", "1.0", "1.0.post1", "1.0.1", "1.2", "1.10"],
      ["1.0.0", "1.0.0+a", "1.0.0+b", "1.0.1"],
      ["9", "10", "99999999999999999999", "100000000000000000000"],
    ])
  func order(texts: [String]) throws {
    let versions = try texts.map { text in try ReleaseVersion(text) }
    for (index, one) in versions.enumerated() {
      for (place, other) in versions.enumerated() {
        #expect((one < other) == (index < place), "\(one) and \(other)")
        #expect((one == other) == (index == place))
      }
    }
    #expect(versions.shuffled().sorted() == versions)
  }

  @Test func `versions that mean the same are still two versions`() throws {
    let (one, other) = (try ReleaseVersion("1.01"), try ReleaseVersion("1.1"))
    #expect(one != other && (one < other) != (other < one))
  }

  @Test("channel names", arguments: ["canary", "beta", "stable", "lts-2026", "x"])
  func channels(text: String) throws {
    #expect(try ChannelName(text).text == text)
  }

  @Test(
    "channel names that are refused",
    arguments: [
      "", "Stable", "-x", "a.b", "a/b", "a b", "root", "snapshot", "timestamp", "targets", "bundles",
      String(repeating: "a", count: 33),
    ])
  func badChannels(text: String) throws {
    #expect(throws: ReleaseError.self) { try ChannelName(text) }
  }

  @Test func `platforms`() throws {
    #expect(try TargetPlatform("linux-x86_64") == .linuxX86_64)
    #expect(TargetPlatform.any.runs(on: .linuxAarch64) && TargetPlatform.linuxX86_64.runs(on: .linuxX86_64))
    #expect(!TargetPlatform.linuxX86_64.runs(on: .linuxAarch64))
    #expect(throws: ReleaseError.self) { try TargetPlatform("windows") }
  }

  @Test func `files in a repository have one place each`() throws {
    let plugin = try PluginName("io.github.acme/time")
    let (old, new) = (try ReleaseVersion("1.0"), try ReleaseVersion("1.1"))
    #expect(ReleasePaths.channel(plugin, .stable) == "plugins/io.github.acme/time/stable.json")
    #expect(
      ReleasePaths.bundle(plugin, new, .linuxX86_64)
        == "plugins/io.github.acme/time/1.1/time-1.1-linux-x86_64.tar.zst")
    #expect(
      ReleasePaths.delta(plugin, from: old, to: new, .any)
        == "plugins/io.github.acme/time/1.1/time-1.0-to-1.1-any.delta.tar.zst")
  }
}
