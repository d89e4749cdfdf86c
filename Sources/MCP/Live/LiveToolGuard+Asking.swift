import StrictJSON

// Asking the user before a call: by a request of the guard's own where the client may be sent requests (MCP up to
// 2025-11-25), by a result that asks for input where it may not (MCP 2026-07-28).
extension LiveToolGuard {
  /// Whether a client that declares this capability can show a form: an empty declaration means so since 2025-06-18.
  static func canAsk(_ capability: JSON?) -> Bool {
    guard let declared = capability?.objectValue else { return false }
    return declared.isEmpty || declared["form"]?.objectValue != nil
  }

  /// Whether an identifier or a state is this guard's.
  func isOwn(_ name: String?) -> Bool { name.map { $0.utf8.starts(with: nonce.utf8) } ?? false }

  /// Asks whether a call may be made, or goes on with one about which the user was asked.
  mutating func ask(_ call: LiveCall, at now: Duration) -> [RelayStep] {
    if let state = call.state, isOwn(state) { return comeBack(call, state, at: now) }
    // The plugin's own further rounds of a call that was agreed to.
    if call.isContinuation, questions.isAgreed(call) { return [.toPlugin(call.line)] }
    guard let id = call.id else { return decline(call, "a call that wants no answer cannot be asked about") }
    guard call.isModern ? call.canAsk : canAsk else {
      return decline(call, "it may destroy something, and this AI client cannot ask you (it offers no elicitation)")
    }
    guard questions.hasRoom(for: call) else { return decline(call, "too many calls wait for an answer already") }
    let name = questions.hold(call, nonce: nonce, until: now + patience)
    let form: JSON = [
      "message": .string(question(call)), "requestedSchema": ["type": "object", "properties": .object([:])],
    ]
    guard call.isModern else {
      return [.toClient(line(["id": .string(name), "method": "elicitation/create", "params": form]))]
    }
    let request: JSON = ["method": "elicitation/create", "params": form]
    let result: JSON = [
      "resultType": "input_required", "inputRequests": .object([name: request]), "requestState": .string(name),
    ]
    return [.toClient(line(["id": id.json, "result": result]))]
  }

  /// The client's answer to a request: swallowed where the request was the guard's own.
  mutating func answer(_ head: MessageHead, _ line: [UInt8]) -> [RelayStep] {
    guard case .text(let id)? = head.id, isOwn(id.text) else { return [.toPlugin(line)] }
    // An answer that comes too late says nothing any more.
    guard let call = questions.take(id.text) else { return [] }
    return settle(call, head.json(head.result), passing: call.line)
  }

  /// A line that says that a question is not worth answering any more.
  func cancellation(of question: String, _ reason: String) -> [UInt8] {
    line([
      "method": "notifications/cancelled", "params": ["requestId": .string(question), "reason": .string(reason)],
    ])
  }

  /// The result of a call that was not made; a model reads it as what came of the call.
  func declined(_ call: LiveCall, _ reason: String) -> [UInt8] {
    var result: JSON.Object = [
      "content": [["type": "text", "text": .string("\(quoted(call.tool)) was not run: \(reason).")]], "isError": true,
    ]
    if call.isModern { result["resultType"] = "complete" }
    return line(["id": call.id?.json ?? .null, "result": .object(result)])
  }

  /// A call that was made again with the user's answer (MCP 2026-07-28, "Multi Round-Trip Requests").
  private mutating func comeBack(_ call: LiveCall, _ state: String, at now: Duration) -> [RelayStep] {
    guard let before = questions.takeReturning(state, at: now) else {
      return decline(call, "the answer came too late")
    }
    guard before.digest == call.digest else { return decline(call, "it is not the call that you were asked about") }
    guard let message = try? JSON.parse(call.line, limits: .message), var object = message.objectValue,
      var params = message["params"]?.objectValue
    else { return decline(call, "the call cannot be read") }
    // What the plugin sees is the call as it was before the question.
    params["requestState"] = before.state.map(JSON.string)
    params["inputResponses"] = before.responses
    object["params"] = .object(params)
    return settle(call, call.responses?[state], passing: JSON.object(object).serialized(pretty: false))
  }

  private mutating func settle(_ call: LiveCall, _ answer: JSON?, passing bytes: [UInt8]) -> [RelayStep] {
    switch answer?["action"]?.stringValue {
    case "accept":
      if call.isModern { questions.agree(call) }
      return [.toPlugin(bytes)] + note(.callConfirmed, tool: call.tool, "you agreed to a call of \(quoted(call.tool))")
    case "decline", "cancel": return decline(call, "the user did not agree to it")
    default: return decline(call, "the AI client could not ask the user")
    }
  }

  private mutating func decline(_ call: LiveCall, _ reason: String) -> [RelayStep] {
    let answer: [RelayStep] = call.id == nil ? [] : [.toClient(declined(call, reason))]
    return answer + note(.callDeclined, tool: call.tool, "\(quoted(call.tool)) was not run: \(reason)")
  }

  /// What the user is asked: which tool of which plugin, with what.
  private func question(_ call: LiveCall) -> String {
    let why = destructive == .askAll ? "does not say that it only reads" : "may change or destroy something"
    let arguments = HiddenText.revealed(String(decoding: call.arguments.prefix(Self.shownArguments), as: UTF8.self))
    let rest = call.arguments.count > Self.shownArguments ? "… (\(call.arguments.count) bytes in all)" : ""
    let with = call.arguments.isEmpty ? "" : " with \(arguments)\(rest)"
    return "Serin asks: run the tool \(quoted(call.tool)) of \(plugin)\(with)? It \(why)."
  }

  /// How many bytes of a call's arguments a question shows.
  private static let shownArguments = 1500

  private func line(_ members: JSON.Object) -> [UInt8] {
    var object: JSON.Object = ["jsonrpc": "2.0"]
    for member in members.members { object[member.key] = member.value }
    return JSON.object(object).serialized(pretty: false)
  }
}
