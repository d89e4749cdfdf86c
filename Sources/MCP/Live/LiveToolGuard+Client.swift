import StrictJSON

extension LiveToolGuard {
  /// One message of the client.
  mutating func fromClient(_ head: MessageHead, _ line: [UInt8], at now: Duration) -> [RelayStep] {
    guard let method = head.method else { return answer(head, line) }
    switch method {
    case "initialize":
      let capability = head.json(head.params)?["capabilities"]?["elicitation"]
      canAsk = Self.canAsk(capability)
    case "tools/list":
      guard let id = head.id else { break }
      guard lists.count < Self.mostLists, !lists.contains(id) else {
        return [.toClient(failure(to: id.json, code: -32600, "serin: this list is awaited already"))]
      }
      lists.insert(id)
    case "tools/call": return call(head, line, at: now)
    case "notifications/cancelled":
      let requestID = head.members(["requestId"], of: head.params)?["requestId"]
      if let requestID, let question = questions.take(call: LiveID(head.bytes(requestID)[...])) {
        return [.toClient(cancellation(of: question, "the call was cancelled"))]
      }
    default: break
    }
    return [.toPlugin(line)]
  }

  /// Several messages in one line, as MCP 2025-03-26 allowed: apart from each other where one of them is under guard.
  mutating func fromClient(batch line: [UInt8], at now: Duration) -> [RelayStep] {
    guard let members = (try? JSON.parse(line, limits: .message))?.arrayValue else {
      guard guardsCalls else { return [.toPlugin(line)] }
      return refuseUnreadable("a batch of the client cannot be read")
    }
    let concerns = members.contains { member in
      guard let method = member["method"]?.stringValue else { return isOwn(member["id"]?.stringValue) }
      return ["initialize", "tools/list", "tools/call", "notifications/cancelled"].contains(method)
    }
    guard concerns else { return [.toPlugin(line)] }
    return members.flatMap { fromClient($0.serialized(pretty: false), at: now) }
  }

  /// A call: whether its tool is one that may be called, and whether the user must be asked before.
  private mutating func call(_ head: MessageHead, _ line: [UInt8], at now: Duration) -> [RelayStep] {
    guard guardsCalls else { return [.toPlugin(line)] }
    let id = head.id?.json ?? .null
    guard let params = head.members(["name", "arguments", "_meta", "requestState", "inputResponses"], of: head.params),
      let tool = head.text(params["name"])
    else { return [.toClient(failure(to: id, code: -32602, "serin: the call does not say which tool it is for"))] }
    let known = listed[ExactString(tool)]
    if let pins, changes == .refuse {
      switch known?.fit ?? (pins.knows(tool) ? .fits : .unknown) {
      case .fits: break
      case .unknown: return refuse(tool, id, "it is not among the tools that were observed and agreed to")
      case .differs(let changes):
        return refuse(tool, id, "it changed since it was agreed to: \(Self.summary(changes))")
      }
    }
    switch (destructive, known?.hints ?? pins?.hints(tool)) {
    case (.allow, _): return [.toPlugin(line)]
    case (.ask, let hints?) where !hints.isDestructive, (.refuse, let hints?) where !hints.isDestructive,
      (.askAll, let hints?) where hints.onlyReads:
      return [.toPlugin(line)]
    case (.refuse, _):
      let reason = "destructive tools are refused by the setting `destructive: refuse`"
      return [.toClient(failure(to: id, "serin: \(quoted(tool)) was not called: \(reason)"))]
        + note(.callRefused, tool: tool, "a call of \(quoted(tool)) was refused: \(reason)")
    case (.ask, _), (.askAll, _): return ask(LiveCall(tool: tool, head: head, params: params, line: line), at: now)
    }
  }

  private mutating func refuse(_ tool: String, _ id: JSON, _ reason: String) -> [RelayStep] {
    let command = "serin tools \(name)"
    let message =
      "serin: the tool \(quoted(tool)) of \(plugin) was not called: \(reason); the user sees more with `\(command)`"
    let data: JSON = ["reason": "tool-not-agreed", "tool": .string(tool), "command": .string(command)]
    return [.toClient(failure(to: id, message, data: data))]
      + note(
        .callRefused, tool: tool,
        "a call of \(quoted(tool)) was refused: \(reason); look with `\(command)`, agree with `\(command) --accept`")
  }

  /// The first few differences in one sentence.
  static func summary(_ changes: [ToolChange]) -> String {
    let shown = changes.prefix(3).map(\.sentence).joined(separator: "; ")
    return changes.count > 3 ? "\(shown) and \(changes.count - 3) more" : shown
  }
}
