import MCP
import Platform
import Releases
import Storage
import StrictJSON
import TestSupport
import Testing

@testable import Updating

@Suite("What tools are held to on a host") struct LiveToolsTests {
  private let shop: Shop
  private let host: PluginHost
  private let release: PreparedRelease

  init() async throws {
    shop = try Shop()
    host = try await shop.trustingHost()
    try shop.release("1.0.0", sequence: 1, permissions: #"{ "version": 1, "read": ["@timezone"] }"#)
    release = try await shop.activate(on: host, event: "install")
  }

  private func list(_ descriptions: String...) throws -> ToolList {
    try ToolList(
      descriptions.enumerated().map { index, text in
        ["name": .string("t\(index)"), "description": .string(text), "inputSchema": ["type": "object"]]
      })
  }

  @Test func `a release that was never observed is held to nothing`() throws {
    #expect(try host.livePins(of: shop.plugin) == nil)
  }

  @Test func `what the canary saw is what live sessions are held to`() throws {
    try host.keepObserved(list("one", "two"), of: release.manifest, tree: release.tree)
    let pins = try #require(try host.livePins(of: shop.plugin))
    #expect(try list("one", "two").tools.map(pins.fit) == [.fits, .fits])
    #expect(try pins.fit(list("other").tools[0]) != .fits)
    var live = try host.liveGuard(of: host.installed(shop.plugin))
    let call = #"{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"t7"}}"#
    guard case .toClient? = live.fromClient(Array(call.utf8), at: .zero).first else {
      Issue.record("an unknown tool was called")
      return
    }
  }

  @Test func `of an installed release the first word stays, of a candidate the last`() throws {
    try host.keepObserved(list("one"), of: release.manifest, tree: release.tree)
    try host.keepObserved(list("two"), of: release.manifest, tree: release.tree, replacing: false)
    #expect(try host.ledger.observedTools(of: shop.plugin, tree: release.tree)?.pins == list("one").pins())
    try host.keepObserved(list("three"), of: release.manifest, tree: release.tree)
    #expect(try host.ledger.observedTools(of: shop.plugin, tree: release.tree)?.pins == list("three").pins())
  }

  @Test func `a difference is shown with both texts, and accepted for these texts and over updates`() async throws {
    try host.keepObserved(list("one", "two"), of: release.manifest, tree: release.tree)
    let pins = try #require(try host.livePins(of: shop.plugin))
    let here = try list("one here", "two")
    let tool = LiveTool(name: "t0", fit: pins.fit(here.tools[0]), hidden: [], pin: here.tools[0].pin)
    #expect(tool.lines == ["the description of “t0” changed", "    was: one", "    is: one here"])
    let report = LiveToolReport(
      plugin: shop.plugin, version: release.manifest.version, tools: [tool], missing: [], digest: here.digest,
      origin: "its canary on this host")
    #expect(!report.isAgreed)
    #expect(try host.accept(report, by: "anna", reason: "my setting").map(\.name) == ["t0"])
    #expect(try host.livePins(of: shop.plugin)?.fit(here.tools[0]) == .fits)
    #expect(try host.livePins(of: shop.plugin)?.fit(list("one there").tools[0]) != .fits)
    let entry = try host.ledger.history(of: shop.plugin).first
    #expect(entry?.reason == "anna accepted 1 tool as they are here (t0): my setting")

    try shop.release("1.1.0", sequence: 2)
    let next = try await shop.activate(on: host)
    try host.keepObserved(list("one", "two"), of: next.manifest, tree: next.tree)
    #expect(try host.livePins(of: shop.plugin)?.fit(here.tools[0]) == .fits)
    try host.ledger.forget(shop.plugin)
    #expect(try host.ledger.acceptedTools(of: shop.plugin).isEmpty)
    #expect(try host.ledger.observedTools(of: shop.plugin, tree: next.tree) == nil)
  }

  @Test func `what a session told goes into the history once, bounded`() throws {
    let notes = (0..<30).map { RelayNote(.toolChanged, tool: "t\($0)", "the tool t\($0) changed") }
    try host.record(notes + [RelayNote(.callConfirmed, tool: "x", "yes")], of: host.installed(shop.plugin))
    let entry = try #require(try host.ledger.history(of: shop.plugin).first)
    #expect(entry.event == "tools")
    #expect(entry.reason == "the tool t0 changed (and 29 more)")
    #expect(entry.details["notes"]?.arrayValue?.count == 20)
    let before = try host.ledger.history(of: shop.plugin).count
    try host.record([RelayNote(.callConfirmed, tool: "x", "yes")], of: host.installed(shop.plugin))
    #expect(try host.ledger.history(of: shop.plugin).count == before, "a quiet session leaves none")
  }

  @Test func `observed lists and accepted tools are bounded`() throws {
    let pins = try list("one").pins()
    for number in 0..<40 {
      let tree = try #require(TreeName(String(repeating: "0", count: 62) + String(format2: number)))
      try host.ledger.keep(
        ObservedTools(pins: pins, list: nil, time: Instant(seconds: Int64(number))), of: shop.plugin, tree: tree,
        replacing: true)
    }
    let kept = try (0..<40).filter { number in
      let tree = try #require(TreeName(String(repeating: "0", count: 62) + String(format2: number)))
      return try host.ledger.observedTools(of: shop.plugin, tree: tree) != nil
    }
    #expect(kept == Array(8..<40))
  }
}

extension String {
  /// A number below 100 in two digits.
  fileprivate init(format2 number: Int) { self = number < 10 ? "0\(number)" : String(number) }
}
