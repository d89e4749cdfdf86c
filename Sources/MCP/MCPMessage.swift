package import StrictJSON

/// The identifier that ties an answer to its request.
package enum MCPRequestID: Hashable, Sendable {
  /// A number; the only kind that Serin sends.
  case integer(Int64)
  /// A text.
  case string(String)

  /// The identifier as it stands in a message.
  package var json: JSON {
    switch self {
    case .integer(let value): .integer(value)
    case .string(let value): .string(value)
    }
  }

  init?(_ json: JSON?) {
    switch json {
    case .integer(let value): self = .integer(value)
    case .string(let value): self = .string(value)
    default: return nil
    }
  }
}

/// The error object of JSON-RPC.
package struct MCPFailure: Error, Equatable, Sendable {
  /// The number that names the kind of failure.
  package let code: Int64
  /// The plugin's own words; foreign text.
  package let message: String
  /// More detail, if the plugin gave any.
  package let data: JSON?

  /// Creates an error object.
  package init(code: Int64, message: String, data: JSON? = nil) {
    (self.code, self.message, self.data) = (code, message, data)
  }
}

/// One JSON-RPC 2.0 message; on the pipe each is one line of UTF-8.
package enum MCPMessage: Equatable, Sendable {
  /// A question that wants an answer.
  case request(id: MCPRequestID, method: String, params: JSON?)
  /// A message without an answer.
  case notification(method: String, params: JSON?)
  /// The answer to a request.
  case result(id: MCPRequestID, JSON)
  /// The refusal of a request; without an identifier when the other side could not read it.
  case failure(id: MCPRequestID?, MCPFailure)

  /// Reads one line; nil when it is not a message (not JSON, or not JSON-RPC 2.0).
  package init?(line: [UInt8], limits: MCPLimits = .standard) {
    var bounds = JSONLimits.message
    bounds.maxBytes = limits.lineBytes
    bounds.maxDepth = limits.depth
    guard let json = try? JSON.parse(line, limits: bounds), json.objectValue != nil,
      json["jsonrpc"]?.stringValue == "2.0"
    else { return nil }
    let id = MCPRequestID(json["id"])
    if let method = json["method"] {
      guard let method = method.stringValue, json["result"] == nil, json["error"] == nil else { return nil }
      if let id {
        self = .request(id: id, method: method, params: json["params"])
      } else {
        guard json["id"] == nil else { return nil }
        self = .notification(method: method, params: json["params"])
      }
    } else if let result = json["result"] {
      guard let id, json["error"] == nil else { return nil }
      self = .result(id: id, result)
    } else {
      guard let error = json["error"], let code = error["code"]?.int64Value else { return nil }
      let message = error["message"]?.stringValue ?? ""
      self = .failure(id: id, MCPFailure(code: code, message: message, data: error["data"]))
    }
  }

  /// The message as one line with its line feed.
  package var line: [UInt8] {
    var members: [(String, JSON)] = [("jsonrpc", .string("2.0"))]
    switch self {
    case .request(let id, let method, let params):
      members += [("id", id.json), ("method", .string(method))]
      if let params { members.append(("params", params)) }
    case .notification(let method, let params):
      members.append(("method", .string(method)))
      if let params { members.append(("params", params)) }
    case .result(let id, let result):
      members += [("id", id.json), ("result", result)]
    case .failure(let id, let failure):
      var error: [(String, JSON)] = [("code", .integer(failure.code)), ("message", .string(failure.message))]
      if let data = failure.data { error.append(("data", data)) }
      members += [("id", id?.json ?? .null), ("error", .object(JSON.Object(error)))]
    }
    return JSON.object(JSON.Object(members)).serialized(pretty: false) + [UInt8(ascii: "\n")]
  }
}
