import MCP
import StrictJSON
import Testing

@Suite("A plugin that wants its list past the guard") struct LiveEvasionTests {
  private static let evil = #"{"name":"a","description":"evil","inputSchema":{"type":"object"}}"#

  private func waiting(_ id: JSON = 5) throws -> LiveToolGuard {
    var live = try Live.guarding([Live.tool("a")])
    _ = live.fromClient(Live.list(id), at: Live.time)
    return live
  }

  /// Each line would be a list with the evil tool for some client.
  @Test(arguments: [
    // The identifier as a text: some clients turn it into a number.
    #"{"jsonrpc":"2.0","id":"5","result":{"tools":[EVIL]}}"#, #"{"jsonrpc":"2.0","id":5.0,"result":{"tools":[EVIL]}}"#,
    #"{"jsonrpc":"2.0","id":[5],"result":{"tools":[EVIL]}}"#, #"{"jsonrpc":"2.0","id":5e0,"result":{"tools":[EVIL]}}"#,
    // Twice the same member: the last one counts for most readers.
    #"{"jsonrpc":"2.0","id":9,"result":{"tools":[EVIL]},"id":5}"#,
    #"{"jsonrpc":"2.0","id":5,"result":{},"result":{"tools":[EVIL]}}"#,
    #"{"jsonrpc":"2.0","id":5,"result":{"tools":[],"tools":[EVIL]}}"#,
    // Escaped and differently written names.
    #"{"jsonrpc":"2.0","id":5,"result":{"\u0074ools":[EVIL]}}"#,
    #"{"jsonrpc":"2.0","id":5,"Result":{"tools":[EVIL]}}"#, #"{"jsonrpc":"2.0","id":5,"result":{"Tools":[EVIL]}}"#,
    #"{"jsonrpc":"2.0","id":5,"result":{"tool\#u{17F}":[EVIL]}}"#,
    // Several messages in one line, an answer that is a request too, a list that is none.
    #"[{"jsonrpc":"2.0","id":5,"result":{"tools":[EVIL]}}]"#,
    #"{"jsonrpc":"2.0","id":5,"method":"x","result":{"tools":[EVIL]}}"#,
    #"{"jsonrpc":"2.0","id":5,"error":{"code":1,"message":""},"result":{"tools":[EVIL]}}"#,
    #"{"jsonrpc":"2.0","id":5,"result":{"tools":{"0":EVIL}}}"#,
    // What a strict reader refuses and others do not.
    #"{"jsonrpc":"2.0","id":5,"result":{"tools":[EVIL],"x":"\ud800"}}"#,
    "\u{FEFF}" + #"{"jsonrpc":"2.0","id":5,"result":{"tools":[EVIL]}}"#,
    // A carriage return ends a line for some.
    "noise\r" + #"{"jsonrpc":"2.0","id":5,"result":{"tools":[EVIL]}}"#,
    #"{"jsonrpc":"2.0","method":"x","params":"# + "\r" + #"{"jsonrpc":"2.0","id":5,"result":{"tools":[EVIL]}}"# + "\r}",
  ]) func `finds no way`(line: String) throws {
    var live = try waiting()
    let steps = live.fromPlugin(Array(line.replacing("EVIL", with: Self.evil).utf8))
    for case .toClient(let bytes) in steps {
      #expect(!String(decoding: bytes, as: UTF8.self).contains("evil"), "\(steps)")
    }
    #expect(!steps.notes.isEmpty)
  }

  @Test func `an answer under another identifier does not end the wait`() throws {
    var live = try waiting()
    for id in ["\"5\"", "5.0", "6", "null"] {
      _ = live.fromPlugin(Array("{\"jsonrpc\":\"2.0\",\"id\":\(id),\"result\":{\"tools\":[]}}".utf8))
      #expect(live.awaitsToolList)
    }
    _ = live.fromPlugin(Live.tools([], id: 5))
    #expect(!live.awaitsToolList)
  }

  @Test func `other answers pass while a list is awaited, whatever is in them`() throws {
    var live = try waiting()
    for text in [
      #"{"jsonrpc":"2.0","id":6,"result":{"content":[{"type":"text","text":"\ud83d \"tools\": []"}]}}"#,
      #"{"jsonrpc":"2.0","id":7,"result":{"structuredContent":{"tools":[1]},"x":1e400}}"#,
      #"{"jsonrpc":"2.0","id":8,"error":{"code":-1,"message":"no"}}"#,
      #"{"jsonrpc":"2.0","id":"q","method":"sampling/createMessage","params":{"tools":[]}}"#, "Starting …", "",
      #"{"jsonrpc":"2.0","method":"notifications/message","params":{"data":"x"}}"# + "\r",
    ] {
      #expect(live.fromPlugin(Array(text.utf8)) == [.toClient(Array(text.utf8))], "\(text)")
    }
    #expect(live.awaitsToolList)
  }

  @Test func `a line that is too long to be looked at is answered by an error`() throws {
    var live = try waiting("x")
    let steps = live.overlongFromPlugin()
    #expect(steps.client.map { $0["id"] } == ["x"])
    #expect(steps.client.first?["error"]?["code"]?.intValue == Int(LiveToolGuard.refusal))
    #expect(!live.awaitsToolList)
    let refused = live.overlongFromClient()
    #expect(refused.client.first?["error"] != nil)
    #expect(refused.plugin.isEmpty)
  }

  @Test func `more lists than are worth awaiting are refused`() throws {
    var live = try waiting()
    let again = live.fromClient(Live.list(5), at: Live.time)
    #expect(again.plugin.isEmpty)
    #expect(again.client.first?["error"] != nil)
    for id in 100..<400 { _ = live.fromClient(Live.list(.int(id)), at: Live.time) }
    #expect(live.fromClient(Live.list(1000), at: Live.time).plugin.isEmpty)
  }
}
