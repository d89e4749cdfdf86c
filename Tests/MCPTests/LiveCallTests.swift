import MCP
import StrictJSON
import Testing

@Suite("Calls of a live session") struct LiveCallTests {
  private func listing(_ tools: [JSON], _ live: inout LiveToolGuard) {
    _ = live.fromClient(Live.list(), at: Live.time)
    _ = live.fromPlugin(Live.tools(tools))
  }

  @Test func `a pinned tool may be called before it was listed, for clients keep lists`() throws {
    var live = try Live.guarding([Live.tool("a")])
    #expect(live.fromClient(Live.call("a"), at: Live.time) == [.toPlugin(Live.call("a"))])
  }

  @Test func `a tool that was in no checked list is refused with an error that says what next`() throws {
    var live = try Live.guarding([Live.tool("a")])
    let steps = live.fromClient(Live.call("z", id: "c"), at: Live.time)
    #expect(steps.plugin.isEmpty)
    let error = try #require(steps.client.first?["error"])
    #expect(steps.client.first?["id"] == "c")
    #expect(error["code"]?.intValue == -32010)
    #expect(
      error["message"]?.stringValue
        == "serin: the tool “z” of io.github.acme/time was not called: it is not among the tools that were observed "
        + "and agreed to; the user sees more with `serin tools time`")
    #expect(error["data"]?["command"]?.stringValue == "serin tools time")
    #expect(steps.notes.map(\.kind) == [.callRefused])
  }

  @Test func `a tool that changed in this session is refused, and may be called again when it is back`() throws {
    var live = try Live.guarding([Live.tool("a"), Live.tool("b")])
    listing([Live.tool("a", "evil"), Live.tool("b")], &live)
    #expect(live.fromClient(Live.call("a"), at: Live.time).plugin.isEmpty)
    #expect(live.fromClient(Live.call("b"), at: Live.time) == [.toPlugin(Live.call("b"))])
    listing([Live.tool("a"), Live.tool("b")], &live)
    #expect(live.fromClient(Live.call("a"), at: Live.time) == [.toPlugin(Live.call("a"))])
  }

  @Test(arguments: [
    #"{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"a","name":"z"}}"#,
    #"{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":["z"]}}"#,
    #"{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"Name":"z"}}"#,
    #"{"jsonrpc":"2.0","id":1,"method":"ping","method":"tools/call","params":{"name":"z"}}"#,
    #"{"jsonrpc":"2.0","id":1,"method":"tools\/call","params":{"name":"\u007a"}}"#,
    #"[{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"z"}}]"#,
    #"{"jsonrpc":"2.0","id":1,"method":"tools/call"}"#, #"{"jsonrpc":"2.0","id":1"#,
  ]) func `a call that cannot be read in one way does not reach the plugin`(line: String) throws {
    var live = try Live.guarding([Live.tool("a")])
    let steps = live.fromClient(Array(line.utf8), at: Live.time)
    #expect(steps.plugin.isEmpty, "\(steps)")
    #expect(steps.client.count == 1)
  }

  @Test func `whatever stands in the arguments is the plugin's affair`() throws {
    var live = try Live.guarding([Live.tool("a")])
    let line = Array(
      #"{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"a","arguments":{"x":"\ud83d","x":1e999}}}"#.utf8
    )
    #expect(live.fromClient(line, at: Live.time) == [.toPlugin(line)])
  }

  @Test func `a batch is taken apart only where one of its messages is under guard`() throws {
    var live = try Live.guarding([Live.tool("a")])
    let ping = #"{"jsonrpc":"2.0","id":1,"method":"ping"}"#
    let harmless = Array("[\(ping), \(ping)]".utf8)
    #expect(live.fromClient(harmless, at: Live.time) == [.toPlugin(harmless)])
    let call = #"{"jsonrpc":"2.0","id":2,"method":"tools/call","params":{"name":"z"}}"#
    let steps = live.fromClient(Array("[\(ping),\(call)]".utf8), at: Live.time)
    #expect(steps.plugin.compactMap { $0["method"]?.stringValue } == ["ping"])
    #expect(steps.client.compactMap { $0["id"]?.intValue } == [2])
  }

  @Test func `nothing that is no message is touched`() throws {
    var live = try Live.guarding([Live.tool("a")])
    for text in ["this is not JSON", "", "   ", "\"x\"", "12"] {
      #expect(live.fromClient(Array(text.utf8), at: Live.time) == [.toPlugin(Array(text.utf8))])
    }
  }
}
