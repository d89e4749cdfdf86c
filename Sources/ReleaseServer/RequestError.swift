import Hummingbird
import StrictJSON

/// Why a request is not answered with what it asks for.
enum RequestError: Error, Equatable, Sendable {
  case badPath(RequestPathError)
  case uriTooLong(limit: Int)
  case notFound
  case methodNotAllowed
  case bodyNotAllowed
  case tooManyRequests(retryAfter: Int64)
  case repositoryUnreadable

  var status: HTTPResponse.Status {
    switch self {
    case .badPath: .badRequest
    case .uriTooLong: .uriTooLong
    case .notFound: .notFound
    case .methodNotAllowed: .methodNotAllowed
    case .bodyNotAllowed: .contentTooLarge
    case .tooManyRequests: .tooManyRequests
    case .repositoryUnreadable: .serviceUnavailable
    }
  }

  /// A word for programs.
  var code: String {
    switch self {
    case .badPath: "bad-path"
    case .uriTooLong: "uri-too-long"
    case .notFound: "not-found"
    case .methodNotAllowed: "method-not-allowed"
    case .bodyNotAllowed: "body-not-allowed"
    case .tooManyRequests: "too-many-requests"
    case .repositoryUnreadable: "repository-unreadable"
    }
  }

  /// A sentence for people.
  var message: String {
    switch self {
    case .badPath(let reason): reason.message
    case .uriTooLong(let limit): "the request target is longer than \(limit) bytes"
    case .notFound: "there is nothing under this path"
    case .methodNotAllowed: "this server only answers GET and HEAD"
    case .bodyNotAllowed: "this server takes no request bodies"
    case .tooManyRequests(let seconds): "too many requests from this address; try again in \(seconds) s"
    case .repositoryUnreadable: "the repository's metadata cannot be read at the moment"
    }
  }

  /// The response with its JSON body.
  var response: Response {
    var headers: HTTPFields = [.cacheControl: "no-store"]
    switch self {
    case .methodNotAllowed: headers[.allow] = "GET, HEAD"
    case .tooManyRequests(let seconds): headers[.retryAfter] = String(seconds)
    default: break
    }
    return .json(Self.body(code: code, message: message), status: status, headers: headers)
  }

  /// The body of every error: `{"error": {"code": …, "message": …}}`.
  static func body(code: String, message: String) -> JSON {
    ["error": ["code": .string(code), "message": .string(message)]]
  }
}

extension Response {
  /// A response that carries a JSON value.
  static func json(_ value: JSON, status: HTTPResponse.Status = .ok, headers: HTTPFields = [:]) -> Response {
    bytes(
      value.serialized(pretty: true) + [UInt8(ascii: "\n")], type: MediaTypes.json, status: status, headers: headers)
  }

  /// A response that carries bytes held in memory.
  static func bytes(
    _ bytes: [UInt8], type: String, status: HTTPResponse.Status = .ok, headers: HTTPFields = [:]
  ) -> Response {
    var headers = headers
    headers[.contentType] = type
    return Response(status: status, headers: headers, body: ResponseBody(byteBuffer: ByteBuffer(bytes: bytes)))
  }
}
