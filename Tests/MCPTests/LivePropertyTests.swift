import MCP
import StrictJSON
import TestSupport
import Testing

@Suite("Whatever lines come") struct LivePropertyTests {
  private static let pinned = (0..<4).map { Live.tool("t\($0)", "text \($0)") }

  /// A line: a message, a mangled one, or bytes.
  private static func line(_ random: inout SplitMix64) -> [UInt8] {
    let id = JSON.int(random.below(6))
    var tools = (0..<random.below(4)).map { _ in pinned[random.below(4)] }
    if random.below(2) == 0 {
      tools.append(Live.tool("t\(random.below(6))", "evil", annotations: random.below(2) == 0 ? nil : ["x": 1]))
    }
    var line: [UInt8]
    switch random.below(8) {
    case 0: line = Live.list(id)
    case 1, 2, 3: line = Live.tools(tools, id: id)
    case 4: line = Live.call("t\(random.below(6))", id: id)
    case 5: line = Array("[".utf8) + Live.tools(tools, id: id) + Array("]".utf8)
    case 6: line = Live.line(["jsonrpc": "2.0", "id": id, "result": ["content": .array([])]])
    default: line = (0..<random.below(60)).map { _ in UInt8(truncatingIfNeeded: random.next()) }
    }
    for _ in 0..<random.below(4) where !line.isEmpty && random.below(3) == 0 {
      let place = random.below(line.count)
      switch random.below(4) {
      case 0: line[place] = UInt8(truncatingIfNeeded: random.next())
      case 1: line.remove(at: place)
      case 2: line.insert(contentsOf: line[place..<min(line.count, place + 1 + random.below(40))], at: place)
      default: line.insert(Array(#"{}[]":,\"#.utf8)[random.below(8)], at: place)
      }
    }
    line.removeAll { $0 == 0x0A }
    return line
  }

  /// Every tool in a line as the most lenient reader would see it: any object under any `tools` of any `result`.
  private static func tools(in line: [UInt8]) -> [JSON] {
    func tools(_ json: JSON) -> [JSON] {
      if let members = json.arrayValue { return members.flatMap(tools) }
      return json["result"]?["tools"]?.arrayValue ?? []
    }
    return (try? JSON.parse(line, limits: .message)).map(tools) ?? []
  }

  @Test(arguments: 0..<40 as Range<UInt64>)
  func `a client that awaits a list never sees a tool that differs from its pin`(seed: UInt64) throws {
    var random = SplitMix64(seed: seed)
    let agreed = Set(Self.pinned)
    var live = try Live.guarding(Self.pinned, destructive: [.allow, .ask, .askAll, .refuse][random.below(4)])
    for step in 0..<80 {
      let line = Self.line(&random)
      if random.below(2) == 0 {
        _ = live.fromClient(line, at: .seconds(step))
        _ = live.elapsed(at: .seconds(step))
      } else if live.awaitsToolList {
        for case .toClient(let seen) in live.fromPlugin(line) {
          #expect(Self.tools(in: seen).allSatisfy(agreed.contains), "\(String(decoding: seen, as: UTF8.self))")
        }
      } else {
        #expect(live.fromPlugin(line) == [.toClient(line)])
      }
    }
  }

  @Test(arguments: 0..<10 as Range<UInt64>)
  func `a line without tools is never changed, in either direction`(seed: UInt64) throws {
    var random = SplitMix64(seed: seed)
    var live = try Live.guarding(Self.pinned)
    _ = live.fromClient(Live.list(0), at: Live.time)
    for _ in 0..<40 {
      let text: JSON = .string(
        String((0..<random.below(20)).map { _ in Character(Unicode.Scalar(UInt8(random.below(256)))) }))
      let id = JSON.int(1 + random.below(100))
      let lines = [
        Live.line(["jsonrpc": "2.0", "id": id, "method": "resources/read", "params": ["uri": text]]),
        Live.line(["jsonrpc": "2.0", "method": "notifications/message", "params": ["data": text]]),
        Live.call("t\(random.below(4))", id: id, arguments: ["x": text, "tools": [text]]),
        Live.line(["jsonrpc": "2.0", "id": id, "result": ["content": [["type": "text", "text": text]]]]),
        Live.line(["jsonrpc": "2.0", "id": id, "error": ["code": -1, "message": text]]),
      ]
      for line in lines {
        #expect(live.fromClient(line, at: Live.time) == [.toPlugin(line)])
        #expect(live.fromPlugin(line) == [.toClient(line)])
      }
    }
  }
}
