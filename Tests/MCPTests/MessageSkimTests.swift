import Releases
import StrictJSON
import TestSupport
import Testing

@testable import MCP

@Suite struct `Messages that stream by` {
  private func facts(_ text: String, pieces: Int = .max) -> [MessageFacts] {
    var skim = MessageSkim()
    let bytes = Array(text.utf8)
    var start = 0
    while start < bytes.count {
      let end = min(bytes.count, pieces == .max ? bytes.count : start + pieces)
      skim.read(bytes.span, start..<end)
      start = end
    }
    skim.endLine()
    return skim.takeFacts()
  }

  /// Lines with what is to be known of them: identifier, method, name, result, error, tool error.
  static let lines: [(String, [MessageFacts])] = [
    (
      #"{"jsonrpc":"2.0","id":7,"method":"tools/call","params":{"name":"get","arguments":{"name":"other"}}}"#,
      [.make("7", "tools/call", name: "get")]
    ),
    (
      #"{"params":{"arguments":{"id":[1,"x"]},"name":"late"},"method":"tools/call","id":"a b"}"#,
      [.make(#""a b""#, "tools/call", name: "late")]
    ),
    (
      #"{"id":1,"method":"resources/read","params":{"uri":"file:///x"}}"#,
      [.make("1", "resources/read", name: "file:///x")]
    ),
    (
      #"{"result":{"content":[{"type":"text","text":"\"isError\":true,\"id\":9}"}],"isError":false},"id":3}"#,
      [.make("3", result: true)]
    ),
    (#"{"result":{"isError":true},"jsonrpc":"2.0","id":3}"#, [.make("3", result: true, toolError: true)]),
    (#"{"id":3,"result":{"resultType":"input_required"}}"#, [.make("3", result: true, wantsInput: true)]),
    (#"{"id":-4,"error":{"code":-32601,"message":"no","data":{"result":1}}}"#, [.make("-4", error: true)]),
    (#"{"method":"notifications/x","params":{"_meta":{"name":"no"}}}"#, [.make(nil, "notifications/x")]),
    (#"[{"id":1,"method":"ping"}, {"id":2,"result":{}}]"#, [.make("1", "ping"), .make("2", result: true)]),
    (#"  { "id" : 12 , "result" : null } "#, [.make("12", result: true)]),
    (
      #"{"\u0069d":5,"meth\u006fd":"tools\/call","params":{"name":"a\"b\\"}}"#,
      [.make("5", "tools/call", name: #"a"b\"#)]
    ),
    (#"{"id":"a\u0062","result":"text \\\" \\"}"#, [.make(#""ab""#, result: true)]),
    (#"{"id":null,"error":{}}"#, []), (#"{"id":1,"method":"x""#, []), ("not json", []),
    (#"["id",5,{"id":1}"#, [.make("1")]),
    (#"{"id":1,"method":"a","id":2}"#, [.make("2", "a")]),
  ]

  @Test(arguments: lines.indices) func `are known by their structure, in whatever pieces they come`(index: Int) {
    let (text, expected) = Self.lines[index]
    for pieces in [1, 2, 3, 7, 16, .max] {
      let found = facts(text, pieces: pieces).map { facts in
        var facts = facts
        facts.bytes = 0
        return facts
      }
      #expect(found == expected, "in pieces of \(pieces): \(text)")
    }
  }

  @Test func `have their length`() {
    #expect(facts(#"  {"id":1,"method":"a"} "#).map(\.bytes) == [21])
    #expect(facts(#"[{"id":1,"method":"a"},{"id":1,"result":3}]"#).map(\.bytes) == [21, 19])
  }

  @Test func `keep nothing that is long`() {
    let long = String(repeating: "x", count: 2000)
    #expect(facts(#"{"id":"\#(long)","method":"\#(long)","params":{"name":"\#(long)"}}"#).isEmpty)
    #expect(facts(#"{"id":1,"\#(long)":2,"result":"\#(long)"}"#).map(\.id) == ["1"])
  }

  @Test func `are told apart from the line before`() {
    var skim = MessageSkim()
    for text in [#"{"id":1,"result":"unfinished"#, #"{"id":2,"result":{}}"#] {
      let bytes = Array(text.utf8)
      skim.read(bytes.span, bytes.indices)
      skim.endLine()
    }
    #expect(skim.takeFacts().map(\.id) == ["2"])
  }

  @Test(arguments: 0..<64 as Range<UInt64>) func `agree with a reader of JSON`(seed: UInt64) throws {
    var random = SplitMix64(seed: seed)
    let text = Self.value(&random, depth: 4)
    let isError = Bool.random(using: &random)
    let id = Int.random(in: 0..<1000, using: &random)
    var members: [(String, JSON)] = [
      ("result", ["content": text, "isError": .bool(isError), "more": Self.value(&random, depth: 3)]),
      ("id", .int(id)), ("jsonrpc", "2.0"), ("extra", Self.value(&random, depth: 3)),
    ]
    members.shuffle(using: &random)
    let line = JSON.object(JSON.Object(members)).serialized()
    var skim = MessageSkim()
    var start = 0
    while start < line.count {
      let end = min(line.count, start + Int.random(in: 1...50, using: &random))
      skim.read(line.span, start..<end)
      start = end
    }
    skim.endLine()
    var expected = MessageFacts.make("\(id)", result: true, toolError: isError)
    expected.bytes = Int64(line.count)
    #expect(skim.takeFacts() == [expected])
  }

  /// A value full of what could be mistaken for structure.
  private static func value(_ random: inout SplitMix64, depth: Int) -> JSON {
    switch Int.random(in: 0..<(depth > 0 ? 7 : 4), using: &random) {
    case 0: return .int(Int.random(in: -5...5, using: &random))
    case 1: return .bool(true)
    case 2, 3:
      let parts = [
        "\"", "\\", "{", "}", "[", "]", ",", ":", "id", "é", "\n", "\"isError\":true",
        String(repeating: "x", count: 40),
      ]
      return .string((0..<8).map { _ in parts.randomElement(using: &random) ?? "" }.joined())
    case 4: return .array((0..<3).map { _ in value(&random, depth: depth - 1) })
    default:
      let keys = ["id", "result", "isError", "method", "params", "name", "\\", "\""]
      return .object(
        JSON.Object(
          (0..<3).map { _ in (keys.randomElement(using: &random) ?? "k", value(&random, depth: depth - 1)) }))
    }
  }
}

extension MessageFacts {
  fileprivate static func make(
    _ id: String? = nil, _ method: String? = nil, name: String? = nil, result: Bool = false, error: Bool = false,
    toolError: Bool = false, wantsInput: Bool = false
  ) -> MessageFacts {
    var facts = MessageFacts()
    (facts.id, facts.method, facts.name, facts.hasResult) = (id, method, name, result)
    (facts.hasError, facts.isToolError, facts.wantsInput) = (error, toolError, wantsInput)
    return facts
  }
}
