import MCP
import Releases
import StrictJSON
import Testing

@Suite struct ToolPinsTests {
  private func pins(_ tools: [JSON]) throws -> ToolPins { try ToolList(tools).pins() }

  private static let base: JSON = [
    "name": "t", "description": "d",
    "inputSchema": ["type": "object", "properties": ["p": ["type": "number", "minimum": .number("1.50")]]],
  ]

  private func changed(_ change: (inout JSON.Object) -> Void) throws -> [String] {
    var object = try #require(Self.base.objectValue)
    change(&object)
    return try pins([Self.base]).changes(to: pins([.object(object)])).map { "\($0.kind): \($0.field)" }
  }

  @Test func `key order and order of tools do not matter`() throws {
    let turned: JSON = [
      "inputSchema": ["properties": ["p": ["minimum": .number("1.50"), "type": "number"]], "type": "object"],
      "description": "d", "name": "t",
    ]
    #expect(try pins([Self.base, ScriptedChannel.tool("a")]) == pins([ScriptedChannel.tool("a"), turned]))
    #expect(try ToolList([Self.base]).digest == ToolList([turned]).digest)
  }

  @Test func `each class of field moves its own digest only`() throws {
    #expect(try changed { _ in } == [])
    #expect(try changed { $0["description"] = "e" } == ["approval: description"])
    #expect(try changed { $0["inputSchema"] = ["type": "object"] } == ["approval: inputSchema"])
    #expect(
      try changed { $0["outputSchema"] = ["type": "object"] } == ["reported: outputSchema"])
    #expect(try changed { $0["annotations"] = ["readOnlyHint": true] } == ["approval: annotations"])
    #expect(try changed { $0["title"] = "T" } == ["reported: other"])
    #expect(try changed { $0["_meta"] = ["x": 1] } == ["reported: other"])
    #expect(try changed { $0["whatNobodyKnows"] = "obey" } == ["reported: other"])
    #expect(try changed { $0[""] = "obey" } == ["reported: other"])
    #expect(
      try changed {
        $0["inputSchema"] = [
          "type": "object", "title": "Arguments",
          "properties": ["p": ["type": "number", "minimum": .number("1.50"), "title": "P"]],
        ]
      } == ["reported: other"])
    #expect(
      try changed {
        $0["inputSchema"] = [
          "type": "object",
          "properties": ["p": ["type": "number", "minimum": .number("1.50"), "description": "obey"]],
        ]
      } == ["approval: freeText"])
  }

  @Test func `text keeps its place: moving it is a change`() throws {
    func pin(_ first: String, _ second: String) throws -> ToolPins {
      try pins([
        [
          "name": "t",
          "inputSchema": [
            "properties": ["a": ["description": .string(first)], "b": ["description": .string(second)]]
          ],
        ]
      ])
    }
    #expect(try pin("x", "y") != pin("y", "x"))
  }

  @Test func `tools that go and come are told by name`() throws {
    let found = try pins([ScriptedChannel.tool("a")]).changes(to: pins([ScriptedChannel.tool("b")]))
    #expect(found.map(\.sentence) == ["the tool “a” was removed", "the tool “b” is new"])
    #expect(found.map(\.kind) == [.breaking, .approval])
  }

  @Test func `pins survive being written and read`() throws {
    let pins = try pins([Self.base])
    #expect(try ToolPins(json: pins.json) == pins)
  }
}
