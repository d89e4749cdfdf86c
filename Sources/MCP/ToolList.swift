package import StrictJSON

/// One tool of a plugin exactly as the plugin described it.
package struct MCPTool: Equatable, Sendable {
  /// The tool's name, unique within its list.
  package let name: String
  /// The whole description, every member as sent.
  package let json: JSON

  /// Reads one member of a tool list.
  ///
  /// - Throws: `MCPError.malformed` when it is no object with a name and an object as `inputSchema`.
  package init(_ json: JSON) throws(MCPError) {
    guard let name = json["name"]?.stringValue, !name.isEmpty, name.utf8.count <= Self.longestName else {
      throw .malformed(method: "tools/list", reason: "a tool has no name, or one over \(Self.longestName) bytes")
    }
    guard json["inputSchema"]?.objectValue != nil else {
      throw .malformed(method: "tools/list", reason: "tool \(PlainText.quoted(name)) has no inputSchema")
    }
    (self.name, self.json) = (name, json)
  }

  /// Longest tool name in bytes; the specification advises 128 characters.
  package static let longestName = 256
}

/// All tools of a plugin, sorted by the bytes of their names: the plugin's own order has no meaning.
package struct ToolList: Equatable, Sendable {
  /// The tools, sorted.
  package let tools: [MCPTool]

  /// Reads the members of all pages together.
  ///
  /// - Throws: `MCPError` for a malformed tool, a name used twice, or too many tools.
  package init(_ members: [JSON], limits: MCPLimits = .standard) throws(MCPError) {
    guard members.count <= limits.tools else { throw .tooManyTools(count: members.count, limit: limits.tools) }
    var tools: [MCPTool] = []
    for member in members { tools.append(try MCPTool(member)) }
    tools.sort { $0.name.utf8.lexicographicallyPrecedes($1.name.utf8) }
    for (tool, next) in zip(tools, tools.dropFirst()) where tool.name.utf8.elementsEqual(next.name.utf8) {
      throw .duplicateTool(name: PlainText.excerpt(tool.name))
    }
    self.tools = tools
  }

  /// Reads a list that `encoded()` wrote.
  ///
  /// - Throws: `MCPError.malformed` and as above.
  package init(encoded bytes: [UInt8], limits: MCPLimits = .standard) throws(MCPError) {
    var bounds = JSONLimits.message
    bounds.maxBytes = limits.toolListBytes
    bounds.maxDepth = limits.depth
    guard let members = (try? JSON.parse(bytes, limits: bounds))?.arrayValue else {
      throw .malformed(method: "tools/list", reason: "the kept tool list is no JSON array")
    }
    try self.init(members, limits: limits)
  }

  /// The list as a JSON array, for keeping.
  package func encoded() -> [UInt8] { JSON.array(tools.map(\.json)).serialized(pretty: false) }

  /// The tool with this name.
  package subscript(name: String) -> MCPTool? {
    tools.first { $0.name.utf8.elementsEqual(name.utf8) }
  }
}
