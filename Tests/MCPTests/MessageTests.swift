import MCP
import StrictJSON
import Testing

@Suite struct MessageTests {
  static let messages: [MCPMessage] = [
    .request(id: .integer(1), method: "tools/list", params: ["cursor": ""]),
    .request(id: .string("a"), method: "ping", params: nil),
    .notification(method: "notifications/initialized", params: nil),
    .result(id: .integer(1), ["text": "two\nlines"]),
    .failure(id: .integer(2), MCPFailure(code: -32601, message: "no", data: ["why": 1])),
    .failure(id: nil, MCPFailure(code: -32700, message: "unreadable")),
  ]

  @Test(arguments: messages)
  func `a message is one line and reads back as it was`(message: MCPMessage) {
    let line = message.line
    #expect(line.last == 0x0A)
    #expect(line.count { $0 == 0x0A } == 1)
    #expect(MCPMessage(line: Array(line.dropLast())) == message)
  }

  @Test(arguments: [
    "", "null", "[]", "{}", #"{"jsonrpc":"2.0"}"#, #"{"jsonrpc":"2.0","id":1}"#,
    #"{"jsonrpc":"2.0","id":1,"result":1,"error":{"code":1,"message":""}}"#, #"{"jsonrpc":"2.0","result":1}"#,
    #"{"jsonrpc":"2.0","id":null,"method":"m"}"#, #"{"jsonrpc":"2.0","id":1,"method":7}"#,
    #"{"jsonrpc":"2.0","id":1.5,"result":1}"#, #"{"jsonrpc":"2.0","id":1,"error":{"message":""}}"#,
    #"{"jsonrpc":"2.0","id":1,"result":{}} trailing"#, #"[{"jsonrpc":"2.0","id":1,"result":{}}]"#,
  ])
  func `what is no message is not taken for one`(text: String) {
    #expect(MCPMessage(line: Array(text.utf8)) == nil)
  }

  @Test func `a line beyond its limit is no message`() {
    var limits = MCPLimits.standard
    limits.lineBytes = 20
    #expect(MCPMessage(line: Array(#"{"jsonrpc":"2.0","id":1,"result":{}}"#.utf8), limits: limits) == nil)
  }

  @Test func `nesting without end is no message`() {
    let deep = String(repeating: "[", count: 100_000)
    #expect(MCPMessage(line: Array((#"{"jsonrpc":"2.0","id":1,"result":"# + deep).utf8)) == nil)
  }
}
