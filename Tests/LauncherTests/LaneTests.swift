import MCP
import Platform
import Releases
import StrictJSON
import TestSupport
import Testing

@testable import Storage
@testable import Updating

private let list = #"{"jsonrpc":"2.0","id":2,"method":"tools/list"}"# + "\n"

private func call(_ id: Int, _ tool: String = "get", arguments: String = "{}") -> String {
  #"{"jsonrpc":"2.0","id":\#(id),"method":"tools/call","params":{"name":"\#(tool)","arguments":\#(arguments)}}"# + "\n"
}

private func result(_ id: Int, _ more: String = "") -> String {
  #"{"jsonrpc":"2.0","id":\#(id),"result":{\#(more)}}"# + "\n"
}

@Suite struct `The lanes of a session` {
  static let conversation = [
    #"{"jsonrpc":"2.0","id":0,"method":"initialize","params":{"capabilities":{}}}"# + "\n", call(1), call(3, "other"),
    "\r\n", "noise\n", #"{"jsonrpc":"2.0","method":"notifications/initialized"}"# + "\n",
    #"{"jsonrpc":"2.0","id":4,"method":"resources/read","params":{"uri":"file:///x"}}"# + "\n",
  ].joined()
  static let answers = [
    result(0), "a word on the wrong stream\n", result(1, #""content":[{"type":"text","text":"\"id\":3"}]"#),
    #"{"jsonrpc":"2.0","id":4,"error":{"code":-32002,"message":"no"}}"# + "\n", result(3, #""isError":true"#),
  ].joined()

  @Test(arguments: [1, 2, 7, 64, 1 << 18]) func `pass every byte as it is and note every call`(pieces: Int) throws {
    let bench = try SessionBench()
    #expect(bench.client(Self.conversation, pieces: pieces) == (Self.conversation, ""))
    bench.clock.advance(by: .milliseconds(5))
    #expect(bench.server(Self.answers, pieces: pieces) == (Self.answers, ""))
    let end = try #require(bench.finish())
    #expect(end.wasAsked && end.calls == 3 && end.failures == 1 && end.cause == .plugin)
    let calls = try bench.calls()
    #expect(calls.map(\.name) == ["get", "file:///x", "other"])
    #expect(calls.map(\.outcome) == [.ok, .error, .toolError])
    #expect(calls.allSatisfy { $0.microseconds == 5000 && $0.arguments == nil && $0.version == "1.0.0" })
    let sent = Self.conversation.split(separator: "\n").filter {
      $0.contains(#""params":{"name"#) || $0.contains("uri")
    }
    #expect(calls.map(\.bytesIn) == [sent[0], sent[2], sent[1]].map { Int64($0.utf8.count) })
    let records = try SessionLog(bench.plugin).records()
    #expect(records.isEmpty)
    #expect(try AuditLog(bench.plugin).verify().fault == nil)
  }

  @Test func `let what is long go on at once, whichever way it goes`() throws {
    let bench = try SessionBench()
    let text = String(repeating: "x", count: 600_000)
    // The request goes on before its end is there.
    let request = call(1, arguments: #"{"text":"\#(text)"}"#)
    let half = Array(request.utf8.prefix(300_000))
    #expect(bench.pass(half, through: bench.inward).on.count == half.count)
    let rest = Array(request.utf8.dropFirst(half.count))
    #expect(bench.pass(rest, through: bench.inward).on.count == rest.count)
    let answer = #"{"result":{"content":[{"type":"text","text":"\#(text)"}]},"jsonrpc":"2.0","id":1}"# + "\n"
    let begun = Array(answer.utf8.prefix(100))
    #expect(bench.pass(begun, through: bench.outward).on == begun)
    #expect(bench.pass(Array(answer.utf8.dropFirst(100)), through: bench.outward).on.count == answer.utf8.count - 100)
    _ = bench.finish()
    let calls = try bench.calls()
    #expect(calls.map(\.outcome) == [.ok] && calls.first?.name == "get")
    #expect(calls.first?.bytesIn == Int64(request.utf8.count - 1))
    #expect(calls.first?.bytesOut == Int64(answer.utf8.count - 1))
  }

  @Test func `refuse what is too long to be looked at, under the name of the question`() throws {
    let bench = try SessionBench(destructive: .refuse)
    let request = call(7, "big", arguments: #"{"text":"\#(String(repeating: "x", count: SessionBench.longest))"}"#)
    let (on, back) = bench.client(request + call(8))
    #expect(on.isEmpty)
    let lines = back.split(separator: "\n")
    #expect(lines.count == 2 && lines[0].contains(#""id":7"#) && lines[0].contains("MiB"))
    #expect(bench.finish()?.calls == 2)
    let calls = try bench.calls()
    #expect(calls.map(\.outcome) == [.refused, .refused] && calls.map(\.name) == ["big", "get"])
  }

  @Test(arguments: [1, 30, 1 << 18]) func `keep a tool list to what was agreed to`(pieces: Int) throws {
    let good: JSON = ["name": "get", "description": "Gets.", "inputSchema": ["type": "object"]]
    let bad: JSON = ["name": "new", "description": "New.", "inputSchema": ["type": "object"]]
    let pins = LivePins(try ToolPins(tools: [MCPTool(good).pin]))
    let bench = try SessionBench(pins: pins)
    #expect(bench.client(list) == (list, ""))
    let answer = JSON.object(["jsonrpc": "2.0", "id": 2, "result": ["tools": [good, bad]]]).text() + "\n"
    let seen = bench.server("log\n" + answer + "after\n", pieces: pieces).on.split(separator: "\n")
    #expect(seen.count == 3 && seen.first == "log" && seen.last == "after")
    let tools = try JSON.parse(Array(seen[1].utf8))["result"]?["tools"]?.arrayValue
    #expect(tools == [good])
    #expect(bench.told.all.count == 1 && bench.desk.notes.map(\.kind) == [.toolUnknown])
    let (on, back) = bench.client(call(3, "new"))
    #expect(on.isEmpty && back.contains(#""id":3"#))
    _ = bench.finish()
    #expect(try bench.calls().map(\.outcome) == [.refused])
  }

  @Test func `do not let a line that had begun before become a tool list`() throws {
    let bench = try SessionBench(pins: LivePins(try ToolPins(tools: [])))
    let begun = #"{"jsonrpc":"2.0","result":{"tools":[{"name":"evil","inputSchema":{"type":"object"}}]},"#
    #expect(bench.server(begun).on == begun)
    _ = bench.client(list)
    #expect(bench.server(#""id":2}"# + "\n" + result(9)).on == "\n" + result(9))
    #expect(bench.told.all.count == 1)
    // What answers a call goes on.
    let other = try SessionBench()
    _ = other.client(call(1))
    _ = other.server(#"{"jsonrpc":"2.0","result":{},"#)
    _ = other.client(list)
    #expect(other.server(#""id":1}"# + "\n").on == #""id":1}"# + "\n")
    _ = other.finish()
    #expect(try other.calls().map(\.outcome) == [.ok])
  }

  @Test func `give up a line without end while a tool list is awaited`() throws {
    let bench = try SessionBench()
    _ = bench.client(list)
    let endless = String(repeating: "x", count: SessionBench.longest + 10)
    let on = bench.server(endless + "\n" + result(5)).on
    let lines = on.split(separator: "\n")
    #expect(lines.count == 2 && lines[0].contains(#""id":2"#) && lines[0].contains("error"))
    #expect(String(lines[1]) + "\n" == result(5))
  }

  @Test func `keep arguments only where that is wanted`() throws {
    let bench = try SessionBench(logsArguments: true)
    _ = bench.client(call(1, arguments: #"{"path":"/x"}"#))
    _ = bench.client(call(2, arguments: #"{"text":"\#(String(repeating: "x", count: 100_000))"}"#))
    _ = bench.server(result(1) + result(2))
    _ = bench.finish()
    let calls = try bench.calls()
    #expect(calls[0].arguments == ["path": "/x"])
    #expect(calls[1].arguments?["omitted"]?.intValue ?? 0 > 100_000)
  }

  @Test func `ask the user before a destructive call, and tell when nobody answers`() throws {
    let tool: JSON = [
      "name": "drop", "inputSchema": ["type": "object"], "annotations": ["destructiveHint": true],
    ]
    let bench = try SessionBench(pins: LivePins(try ToolPins(tools: [MCPTool(tool).pin])), destructive: .ask)
    let hello = #"{"jsonrpc":"2.0","id":0,"method":"initialize","params":{"capabilities":{"elicitation":{}}}}"# + "\n"
    #expect(bench.client(hello).on == hello)
    _ = bench.client(list)
    _ = bench.server(JSON.object(["jsonrpc": "2.0", "id": 2, "result": ["tools": [tool]]]).text() + "\n")
    #expect(bench.inward.patience == nil)
    let (on, back) = bench.client(call(3, "drop"))
    #expect(on.isEmpty && back.contains("elicitation/create"))
    let patience = try #require(bench.inward.patience)
    bench.clock.advance(by: patience)
    let output = bench.inward.idle()
    #expect(output.pieces.isEmpty && output.back.count == 2)
    #expect(bench.inward.patience == nil)
    // A second one is agreed to.
    let question = try JSON.parse(Array(bench.client(call(4, "drop")).back.utf8.dropLast()))
    let yes = JSON.object(["jsonrpc": "2.0", "id": question["id"] ?? .null, "result": ["action": "accept"]]).text()
    #expect(bench.client(yes + "\n").on == call(4, "drop"))
    _ = bench.server(result(4))
    _ = bench.finish()
    #expect(try bench.calls().map(\.outcome) == [.refused, .ok])
  }

  @Test func `note when the plugin is ready, and who left first`() throws {
    let bench = try SessionBench()
    #expect(bench.client(#"{"jsonrpc":"2.0","id":0,"method":"initialize"}"#).on.isEmpty)
    // A last line needs no line feed.
    #expect(bench.inward.ended().pieces == [.own(Array(#"{"jsonrpc":"2.0","id":0,"method":"initialize"}"#.utf8))])
    bench.desk.clientLeft()
    _ = bench.client(call(1))
    let end = try #require(bench.finish())
    #expect(end.cause == .client && end.wasAsked && end.calls == 1 && end.failures == 1)
    #expect(try bench.calls().map(\.outcome) == [.noAnswer])
  }
}
