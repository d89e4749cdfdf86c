import Hummingbird
import Logging
import Platform
import Synchronization

/// Logs one line per request: who, what, the status and how long it took to the response's head.
struct AccessLog: RouterMiddleware {
  let clock: any WallClock
  let options: ServerOptions

  func handle(
    _ request: Request, context: ReleaseContext, next: @concurrent (Request, ReleaseContext) async throws -> Response
  ) async throws -> Response {
    let started = clock.uptime()
    let response = try await next(request, context)
    let microseconds = Int64((clock.uptime() - started) / .microseconds(1))
    context.logger.info(
      "request",
      metadata: [
        "client": .string(request.client(context, options)),
        "method": .string(request.method.rawValue),
        "target": .string(Self.printable(request.uri.string)),
        "status": .stringConvertible(response.status.code),
        "bytes": .string(response.headers[.contentLength] ?? "-"),
        "us": .stringConvertible(microseconds),
      ])
    return response
  }

  /// Keeps a request from writing lines of its own into the log.
  private static func printable(_ target: String) -> String {
    String(target.unicodeScalars.prefix(256).map { (0x21...0x7e).contains($0.value) ? Character($0) : "?" })
  }
}

/// Turns every error into a response with a JSON body, and adds the headers that every response carries.
struct Responses: RouterMiddleware {
  func handle(
    _ request: Request, context: ReleaseContext, next: @concurrent (Request, ReleaseContext) async throws -> Response
  ) async throws -> Response {
    var response: Response
    do {
      response = try await next(request, context)
    } catch let error as RequestError {
      response = error.response
    } catch let error as HTTPError where error.status == .notFound {
      response = RequestError.notFound.response
    } catch let error as any HTTPResponseError {
      let body = RequestError.body(code: "refused", message: error.status.reasonPhrase.lowercased())
      response = .json(body, status: error.status)
    } catch {
      // The client learns nothing about this machine; the log does.
      context.logger.error("request failed", metadata: ["error": .string(String(describing: error))])
      let body = RequestError.body(code: "internal", message: "the server could not answer; its log says why")
      response = .json(body, status: .internalServerError)
    }
    response.headers[.xContentTypeOptions] = "nosniff"
    response.headers.set(referrerPolicy: "no-referrer")
    if response.headers[.contentSecurityPolicy] == nil {
      response.headers[.contentSecurityPolicy] = "default-src 'none'"
    }
    return request.method == .head ? response.createHeadResponse() : response
  }
}

/// Refuses what no reader of a repository sends: other methods, long targets, bodies.
struct InputLimits: RouterMiddleware {
  let limits: ServerLimits

  func handle(
    _ request: Request, context: ReleaseContext, next: @concurrent (Request, ReleaseContext) async throws -> Response
  ) async throws -> Response {
    guard request.method == .get || request.method == .head else { throw RequestError.methodNotAllowed }
    guard request.uri.string.utf8.count <= limits.uriBytes else {
      throw RequestError.uriTooLong(limit: limits.uriBytes)
    }
    let length = request.headers[.contentLength] ?? "0"
    guard length == "0", request.headers[.transferEncoding] == nil else { throw RequestError.bodyNotAllowed }
    return try await next(request, context)
  }
}

/// Grants each client address a steady number of requests.
final class RequestRate: RouterMiddleware {
  private let clock: any WallClock
  private let options: ServerOptions
  private let buckets: Mutex<TokenBuckets>

  init(options: ServerOptions, clock: any WallClock) {
    self.clock = clock
    self.options = options
    buckets = Mutex(TokenBuckets(limit: options.rateLimit, capacity: options.limits.rememberedClients))
  }

  func handle(
    _ request: Request, context: ReleaseContext, next: @concurrent (Request, ReleaseContext) async throws -> Response
  ) async throws -> Response {
    let client = ClientAddress.key(for: request.client(context, options))
    let now = clock.uptime()
    if let seconds = buckets.withLock({ $0.take(client, at: now) }) {
      throw RequestError.tooManyRequests(retryAfter: seconds)
    }
    return try await next(request, context)
  }
}

extension Request {
  /// The address this request is counted against and logged under.
  fileprivate func client(_ context: ReleaseContext, _ options: ServerOptions) -> String {
    ClientAddress.client(
      peer: context.peer, forwardedFor: headers.lastForwardedFor, isBehindProxy: options.isBehindProxy)
  }
}

extension HTTPFields {
  /// What the nearest proxy says about whom it speaks for.
  fileprivate var lastForwardedFor: String? {
    self[values: .init(parsed: "x-forwarded-for") ?? .via].last
  }

  /// Sets `Referrer-Policy`, which the list of well-known names lacks.
  fileprivate mutating func set(referrerPolicy: String) {
    self[.init(parsed: "referrer-policy") ?? .via] = referrerPolicy
  }
}
