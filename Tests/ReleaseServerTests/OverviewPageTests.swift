import Hummingbird
import HummingbirdTesting
import Platform
import ReleaseServer
import Testing

@Suite struct OverviewPageTests {
  @Test func `the page shows plugins, channels and roles`() async throws {
    let repository = try ServedRepository()
    try await repository.application().test(.router) { client async throws in
      let page = try await client.execute(uri: "/", method: .get)
      #expect(page.status == .ok)
      #expect(page.headers[.contentType] == "text/html; charset=utf-8")
      for text in ["io.github.acme/time", "2026.10.10", "stable", "timestamp", "24 hours", "25 % of hosts", "better"] {
        #expect(page.text.contains(text), "\(text)")
      }
    }
  }

  @Test func `nothing but the page's own style may be loaded`() async throws {
    let repository = try ServedRepository()
    try await repository.application().test(.router) { client async throws in
      let page = try await client.execute(uri: "/", method: .get)
      let policy = try #require(page.headers[.contentSecurityPolicy])
      #expect(policy.hasPrefix("default-src 'none'; style-src 'sha256-"))
      #expect(!policy.contains("unsafe"))
      #expect(page.headers[.init("Referrer-Policy") ?? .via] == "no-referrer")
      let style = try #require(page.text.components(after: "<style>", before: "</style>"))
      #expect(policy.contains("'sha256-\(base64OfSHA256(style))'"))
      #expect(!page.text.contains("<script"))
    }
  }

  static let hostile = [
    "<script>alert(1)</script>", "\"><img src=x onerror=alert(1)>", "' onmouseover='x", "&lt;b&gt;", "a\u{202E}b",
    "\u{0}\u{1B}[31m",
    "</td></table><h1>owned", "javascript:alert(1)",
  ]

  @Test(arguments: hostile)
  func `hostile text is shown and never obeyed`(text: String) async throws {
    let repository = try ServedRepository()
    let channel = ChannelListing(
      channel: text, version: text, sequence: 1, published: text, rolloutPercent: 10, isPaused: true, isSecurity: true,
      platforms: [text], yanked: [text], notes: text)
    let index = FixedIndex(
      known: [PluginListing(plugin: text, channels: [channel])],
      states: [RoleStatus(name: text, version: 1, expires: ServedRepository.start)])
    try await repository.application(index: index).test(.router) { client async throws in
      let page = try await client.execute(uri: "/", method: .get).text
      let calm = try await Self.page(with: "calm", repository)
      for tag in ["<", "\"", "'", "<script", "<img", "<h1"] {
        #expect(page.count(of: tag) == calm.count(of: tag), "\(tag)")
      }
      for scalar in ["\u{202E}", "\u{1B}", "\u{0}"] { #expect(!page.contains(scalar)) }
    }
  }

  private static func page(with text: String, _ repository: ServedRepository) async throws -> String {
    let channel = ChannelListing(
      channel: text, version: text, sequence: 1, published: text, rolloutPercent: 10, isPaused: true, isSecurity: true,
      platforms: [text], yanked: [text], notes: text)
    let index = FixedIndex(
      known: [PluginListing(plugin: text, channels: [channel])],
      states: [RoleStatus(name: text, version: 1, expires: ServedRepository.start)])
    return try await repository.application(index: index).test(.router) { client async throws in
      try await client.execute(uri: "/", method: .get).text
    }
  }

  @Test func `an empty repository says so`() async throws {
    let repository = try ServedRepository()
    try await repository.application(index: FixedIndex()).test(.router) { client async throws in
      #expect(try await client.execute(uri: "/", method: .get).text.contains("Nothing is published yet."))
    }
  }
}
