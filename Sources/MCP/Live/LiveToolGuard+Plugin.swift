import StrictJSON

extension LiveToolGuard {
  /// One message of the plugin while a tool list is awaited.
  mutating func fromPlugin(_ head: MessageHead, _ line: [UInt8]) -> [RelayStep] {
    guard head.method == nil else { return [.toClient(line)] }
    let id = head.id ?? .other(Array("null".utf8))
    if head.isObject(head.result) {
      let found = head.members(["tools"], of: head.result)
      // A result that readers could understand differently may hold a list for some of them.
      guard let found else { return refuseList(id, "its result can be read in more than one way") }
      if found["tools"] != nil { return list(id, line) }
    }
    lists.remove(id)
    return [.toClient(line)]
  }

  /// Several answers in one line; what is kept of them stays in one.
  mutating func fromPlugin(batch line: [UInt8]) -> [RelayStep] {
    guard let members = (try? JSON.parse(line, limits: .message))?.arrayValue else {
      return drop("a batch of the plugin cannot be read")
    }
    var kept: [JSON] = []
    var others: [RelayStep] = []
    var isChanged = false
    for member in members {
      let own = member.serialized(pretty: false)
      let steps = member.objectValue == nil ? [.toClient(own)] : fromPlugin(MessageHead(own), own)
      for step in steps {
        guard case .toClient(let bytes) = step, let json = try? JSON.parse(bytes, limits: .message) else {
          others.append(step)
          continue
        }
        isChanged = isChanged || json != member
        kept.append(json)
      }
    }
    let passed = isChanged ? JSON.array(kept).serialized(pretty: false) : line
    return [.toClient(passed)] + others
  }

  /// A tool list, with what was not agreed to left out of it.
  private mutating func list(_ id: LiveID, _ line: [UInt8]) -> [RelayStep] {
    guard let message = try? JSON.parse(line, limits: Self.listLimits), var result = message["result"]?.objectValue,
      let tools = result["tools"]?.arrayValue, var object = message.objectValue
    else { return refuseList(id, "its tool list is malformed") }
    lists.remove(id)
    var notes: [RelayStep] = []
    if pins == nil {
      notes += note(
        .unpinned,
        "the tools of \(plugin) are not pinned: this release was never observed here; "
          + "`serin tools \(name) --accept` pins what it lists now")
    }
    let kept = tools.filter { admit($0, &notes) }
    guard kept.count < tools.count else { return [.toClient(line)] + notes }
    result["tools"] = .array(kept)
    object["result"] = .object(result)
    return [.toClient(JSON.object(object).serialized(pretty: false))] + notes
  }

  private static var listLimits: JSONLimits {
    var limits = JSONLimits.message
    limits.maxBytes = longestLine
    limits.maxDepth = MCPLimits.standard.depth
    return limits
  }

  /// Whether a listed tool passes; what the user should know is noted.
  private mutating func admit(_ json: JSON, _ notes: inout [RelayStep]) -> Bool {
    let words = "`serin tools \(name)` shows it, `serin tools \(name) --accept` agrees to it"
    guard let tool = try? MCPTool(json) else {
      guard pins != nil, changes == .refuse else { return true }
      notes += note(.toolUnknown, "a malformed tool of \(plugin) is left out of its list")
      return false
    }
    let fit = pins?.fit(tool) ?? .fits
    let key = ExactString(tool.name)
    // Of a pinned release only the pinned tools are worth remembering: others may not be called anyway.
    if pins?.knows(tool.name) ?? (listed[key] != nil || listed.count < Self.mostTools) {
      listed[key] = ListedTool(fit: fit, hints: ToolHints(json).careful(pins?.hints(tool.name)))
    }
    let verb = changes == .refuse ? "is left out of the list" : "passes only because of the setting `tools: report`"
    switch fit {
    case .fits:
      for change in tool.hidden(since: nil) { notes += note(.hidden, tool: tool.name, change.sentence) }
      return true
    case .unknown:
      notes += note(
        .toolUnknown, tool: tool.name,
        "the tool \(quoted(tool.name)) of \(plugin) \(verb): it was not there when this release was observed; \(words)")
      for change in tool.hidden(since: nil) { notes += note(.hidden, tool: tool.name, change.sentence) }
    case .differs(let changes):
      notes += note(
        .toolChanged, tool: tool.name,
        "the tool \(quoted(tool.name)) of \(plugin) \(verb): \(Self.summary(changes)); \(words)")
      for change in changes where change.field == .hidden {
        notes += note(.hidden, tool: tool.name, change.sentence)
      }
    }
    return changes == .report
  }

  private mutating func refuseList(_ id: LiveID, _ reason: String) -> [RelayStep] {
    lists.remove(id)
    let sentence = "an answer of \(plugin) was not passed on: \(reason)"
    return [.toClient(failure(to: id.json, "serin: \(sentence)"))] + note(.unreadable, sentence)
  }
}
