import MCP
import StrictJSON
import Testing

@Suite("Destructive tools of a live session") struct LiveAskingTests {
  private static let tools = [
    Live.tool("drop", annotations: ["destructiveHint": true]), Live.tool("read", annotations: ["readOnlyHint": true]),
    Live.tool("plain"),
  ]
  private static let form: JSON = ["elicitation": .object([:])]

  private func guarding(
    _ policy: LiveToolGuard.DestructivePolicy, capabilities: JSON = form
  ) throws -> LiveToolGuard {
    var live = try Live.guarding(Self.tools, destructive: policy)
    _ = live.fromClient(Live.initialize(capabilities), at: Live.time)
    return live
  }

  private func answer(_ id: JSON, _ action: String) -> [UInt8] {
    Live.line(["jsonrpc": "2.0", "id": id, "result": ["action": .string(action), "content": .object([:])]])
  }

  @Test(arguments: [
    (LiveToolGuard.DestructivePolicy.allow, [String]()), (.ask, ["drop"]), (.askAll, ["drop", "plain"]),
    (.refuse, ["drop"]),
  ]) func `who is held back follows from the policy and from what tools say in so many words`(
    policy: LiveToolGuard.DestructivePolicy, held: [String]
  ) throws {
    var live = try guarding(policy)
    for tool in ["drop", "read", "plain"] {
      let steps = live.fromClient(Live.call(tool, id: .string(tool)), at: Live.time)
      #expect(steps.plugin.isEmpty == held.contains(tool), "\(policy) \(tool)")
    }
  }

  @Test func `a person who agrees lets the very line through`() throws {
    var live = try guarding(.ask)
    let question = try #require(live.fromClient(Live.call("drop"), at: Live.time).client.first)
    #expect(question["method"] == "elicitation/create")
    #expect(
      question["params"]?["message"]?.stringValue
        == #"Serin asks: run the tool “drop” of io.github.acme/time with {"p":"x"}? "#
        + "It may change or destroy something."
    )
    let id = try #require(question["id"])
    let steps = live.fromClient(answer(id, "accept"), at: Live.time)
    #expect(steps.first == .toPlugin(Live.call("drop")))
    #expect(steps.notes.map(\.kind) == [.callConfirmed])
    #expect(live.fromClient(answer(id, "accept"), at: Live.time).isEmpty, "an answer counts once")
  }

  @Test(arguments: ["decline", "cancel", "other"]) func `a person who does not agree is obeyed`(action: String) throws {
    var live = try guarding(.ask)
    let question = try #require(live.fromClient(Live.call("drop", id: "c"), at: Live.time).client.first)
    let steps = live.fromClient(answer(question["id"] ?? .null, action), at: Live.time)
    #expect(steps.plugin.isEmpty)
    #expect(steps.client.first?["id"] == "c")
    #expect(steps.client.first?["result"]?["isError"] == true)
    #expect(steps.notes.map(\.kind) == [.callDeclined])
  }

  @Test func `a client that answers by an error is one that cannot ask`() throws {
    var live = try guarding(.ask)
    let question = try #require(live.fromClient(Live.call("drop"), at: Live.time).client.first)
    let error: JSON = ["jsonrpc": "2.0", "id": question["id"] ?? .null, "error": ["code": -32601, "message": "no"]]
    #expect(live.fromClient(Live.line(error), at: Live.time).plugin.isEmpty)
  }

  @Test(arguments: [JSON.object([:]), ["elicitation": ["url": .object([:])]], ["elicitation": true]])
  func `without elicitation a call is refused`(capabilities: JSON) throws {
    var live = try guarding(.ask, capabilities: capabilities)
    let steps = live.fromClient(Live.call("drop"), at: Live.time)
    #expect(steps.plugin.isEmpty)
    #expect(
      steps.client.first?["result"]?["content"]?.arrayValue?.first?["text"]?.stringValue?.contains("elicitation")
        == true)
  }

  @Test func `several calls wait at once, each for its own answer`() throws {
    var live = try guarding(.ask)
    let lines = (0..<16).map { Live.call("drop", id: .int($0), arguments: ["n": .int($0)]) }
    let ids = lines.compactMap { live.fromClient($0, at: Live.time).client.first?["id"] }
    #expect(Set(ids).count == 16)
    #expect(live.fromClient(Live.call("drop", id: 99), at: Live.time).client.first?["result"]?["isError"] == true)
    for index in [7, 0, 15] {
      #expect(live.fromClient(answer(ids[index], "accept"), at: Live.time).first == .toPlugin(lines[index]))
    }
    #expect(live.fromClient(Live.call("read"), at: Live.time) == [.toPlugin(Live.call("read"))])
  }

  @Test func `nobody's answer in time is a no, and a late one counts nothing`() throws {
    var live = try guarding(.ask)
    let question = try #require(live.fromClient(Live.call("drop", id: 7), at: .seconds(10)).client.first)
    #expect(live.nextDeadline == .seconds(130))
    #expect(live.elapsed(at: .seconds(129)).isEmpty)
    let steps = live.elapsed(at: .seconds(130))
    #expect(steps.client.map { $0["method"]?.stringValue } == ["notifications/cancelled", nil])
    #expect(steps.client.last?["id"] == 7)
    #expect(steps.client.last?["result"]?["isError"] == true)
    #expect(live.nextDeadline == nil)
    #expect(live.fromClient(answer(question["id"] ?? .null, "accept"), at: .seconds(131)).isEmpty)
  }

  @Test func `a call that its client gives up is not asked about any more`() throws {
    var live = try guarding(.ask)
    let question = try #require(live.fromClient(Live.call("drop", id: 7), at: Live.time).client.first)
    let cancelled = Live.line([
      "jsonrpc": "2.0", "method": "notifications/cancelled", "params": ["requestId": 7],
    ])
    let steps = live.fromClient(cancelled, at: Live.time)
    #expect(steps.client.first?["params"]?["requestId"] == question["id"])
    #expect(steps.plugin.isEmpty)
    #expect(live.fromClient(cancelled, at: Live.time) == [.toPlugin(cancelled)])
  }

  @Test func `the plugin's own questions and their answers are not the guard's`() throws {
    var live = try guarding(.ask)
    let own = answer("q1", "accept")
    #expect(live.fromClient(own, at: Live.time) == [.toPlugin(own)])
  }

  @Test func `what is known of an unpinned tool is what it says when it is listed`() throws {
    var live = try Live.guarding(nil, destructive: .ask)
    _ = live.fromClient(Live.initialize(Self.form), at: Live.time)
    #expect(live.fromClient(Live.call("plain"), at: Live.time).plugin.isEmpty, "nothing is known yet")
    _ = live.fromClient(Live.list(), at: Live.time)
    _ = live.fromPlugin(Live.tools(Self.tools))
    #expect(!live.fromClient(Live.call("plain", id: 3), at: Live.time).plugin.isEmpty)
    #expect(live.fromClient(Live.call("drop", id: 4), at: Live.time).plugin.isEmpty)
  }
}

@Suite("Destructive tools by MCP 2026-07-28") struct LiveReturningTests {
  private static let meta: JSON = [
    "io.modelcontextprotocol/protocolVersion": "2026-07-28",
    "io.modelcontextprotocol/clientCapabilities": ["elicitation": .object([:])],
  ]

  private func guarding() throws -> LiveToolGuard {
    try Live.guarding([Live.tool("drop", annotations: ["destructiveHint": true])], destructive: .ask)
  }

  private func call(_ id: JSON, _ more: JSON.Object = [:], arguments: JSON = ["p": "x"]) -> [UInt8] {
    var params: JSON.Object = ["name": "drop", "arguments": arguments, "_meta": Self.meta]
    for member in more.members { params[member.key] = member.value }
    return Live.line(["jsonrpc": "2.0", "id": id, "method": "tools/call", "params": .object(params)])
  }

  /// The state of the question that a call is answered with.
  private func state(_ live: inout LiveToolGuard, _ line: [UInt8]) throws -> String {
    let result = try #require(live.fromClient(line, at: Live.time).client.first?["result"])
    #expect(result["resultType"] == "input_required")
    let state = try #require(result["requestState"]?.stringValue)
    #expect(result["inputRequests"]?[state]?["method"] == "elicitation/create")
    return state
  }

  private func reply(_ state: String, _ action: String) -> JSON.Object {
    ["requestState": .string(state), "inputResponses": .object([state: ["action": .string(action)]])]
  }

  @Test func `the call that comes back with a yes reaches the plugin as it was`() throws {
    var live = try guarding()
    let state = try state(&live, call(1))
    let steps = live.fromClient(call(2, reply(state, "accept")), at: Live.time)
    #expect(steps.plugin == [try JSON.parse(call(2))])
    #expect(live.fromClient(call(3, reply(state, "accept")), at: Live.time).plugin.isEmpty, "once")
  }

  @Test func `a no, another call, or a late answer does not`() throws {
    var live = try guarding()
    let first = try state(&live, call(1))
    #expect(
      live.fromClient(call(2, reply(first, "decline")), at: Live.time).client.first?["result"]?["isError"] == true)
    let second = try state(&live, call(3))
    #expect(live.fromClient(call(4, reply(second, "accept"), arguments: ["p": "y"]), at: Live.time).plugin.isEmpty)
    let third = try state(&live, call(5))
    #expect(live.fromClient(call(6, reply(third, "accept")), at: .seconds(200)).plugin.isEmpty)
  }

  @Test func `the plugin's own further rounds of an agreed call go on`() throws {
    var live = try guarding()
    let own: JSON.Object = ["requestState": "s", "inputResponses": ["q": ["action": "accept"]]]
    #expect(live.fromClient(call(0, own), at: Live.time).plugin.isEmpty, "nobody agreed yet")
    let state = try state(&live, call(1))
    _ = live.fromClient(call(2, reply(state, "accept")), at: Live.time)
    #expect(live.fromClient(call(3, own), at: Live.time) == [.toPlugin(call(3, own))])
    #expect(live.fromClient(call(4), at: Live.time).plugin.isEmpty, "the same call anew is asked about anew")
  }

  @Test func `without elicitation the call is refused with a complete result`() throws {
    var live = try guarding()
    let bare = Live.call("drop", meta: ["io.modelcontextprotocol/protocolVersion": "2026-07-28"])
    let result = live.fromClient(bare, at: Live.time).client.first?["result"]
    #expect(result?["resultType"] == "complete")
    #expect(result?["isError"] == true)
  }
}
