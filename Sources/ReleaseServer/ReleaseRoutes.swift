import Hummingbird
import Logging
import Platform
import Signing
import StrictJSON

/// What each path of the server answers.
struct ReleaseRoutes: Sendable {
  let staticFiles: StaticFiles
  let index: any RepositoryIndex
  let clock: any WallClock
  let logger: Logger

  /// Adds the routes to a router; HEAD is answered everywhere GET is.
  func add(to router: Router<ReleaseContext>) {
    on(router, "/metadata/**", staticFile)
    on(router, "/targets/**", staticFile)
    on(router, "/v1/plugins") { request, _, _ in try await plugins(request) }
    on(router, "/v1/plugins/{namespace}/{name}/{channel}", channelManifest)
    on(router, "/health") { _, _, _ in await health() }
    on(router, "/") { request, _, _ in try await overview(request) }
  }

  private func on(
    _ router: Router<ReleaseContext>, _ path: RouterPath,
    _ answer: @escaping @Sendable (Request, RequestPath, ReleaseContext) async throws -> Response
  ) {
    for method in [HTTPRequest.Method.get, .head] {
      router.on(path, method: method) { request, context in
        // The router splits paths its own way; what is served follows our reading alone.
        try await answer(request, path == "/" ? .top : RequestPath(request), context)
      }
    }
  }

  // MARK: - Files

  @Sendable private func staticFile(
    _ request: Request, _ path: RequestPath, _ context: ReleaseContext
  ) async throws -> Response {
    try staticFiles.response(to: request, path: path, context: context)
  }

  // MARK: - The registry

  /// `GET /v1/plugins`: every plugin with what its channels offer.
  private func plugins(_ request: Request) async throws -> Response {
    let plugins = try await readable { try await index.plugins() }
    let listing = JSON.array(plugins.map(\.json))
    return revalidated(
      request, bytes: Self.line(["schema": "serin.plugins.1", "plugins": listing]), type: MediaTypes.json)
  }

  /// `GET /v1/plugins/{namespace}/{name}/{channel}`: the channel manifest, byte for byte as signed.
  @Sendable private func channelManifest(
    _ request: Request, _ path: RequestPath, _: ReleaseContext
  ) async throws -> Response {
    guard path.segments.count == 5 else { throw RequestError.notFound }
    let plugin = path.segments[2] + "/" + path.segments[3]
    let found = try await readable { try await index.manifest(plugin: plugin, channel: path.segments[4]) }
    guard let document = found else { throw RequestError.notFound }
    return revalidated(
      request, bytes: document.bytes, type: MediaTypes.json, tag: EntityTag(opaque: document.digest.hex))
  }

  // MARK: - Health

  /// `GET /health`: 200 while hosts can believe what is served, 503 otherwise.
  private func health() async -> Response {
    let now = clock.now()
    var answer: JSON.Object = ["schema": "serin.health.1"]
    var isHealthy = false
    do {
      let roles = try await index.roles()
      let expired = roles.filter { $0.expires <= now }.map(\.name)
      isHealthy = expired.isEmpty
      answer["ok"] = .bool(isHealthy)
      if let timestamp = roles.first(where: { $0.name == "timestamp" }) {
        answer["timestamp"] = .object(timestamp.json)
      }
      answer["expired"] = .strings(expired)
      answer["roles"] = .array(roles.map { .object($0.named) })
    } catch {
      answer["ok"] = false
      answer["problem"] = "the repository's metadata cannot be read"
    }
    answer["time"] = .string(now.rfc3339)
    return .json(
      .object(answer), status: isHealthy ? .ok : .serviceUnavailable, headers: [.cacheControl: "no-store"])
  }

  // MARK: - The overview

  private func overview(_ request: Request) async throws -> Response {
    let page = try await readable {
      OverviewPage(roles: try await index.roles(), plugins: try await index.plugins(), now: clock.now())
    }
    let headers: HTTPFields = [
      .contentSecurityPolicy: OverviewPage.contentSecurityPolicy, .cacheControl: "no-cache",
    ]
    return .bytes(Array(page.html.utf8), type: MediaTypes.html, headers: headers)
  }

  // MARK: - Helpers

  /// Bytes made in memory, with a tag so that a client that has them gets 304.
  private func revalidated(_ request: Request, bytes: [UInt8], type: String, tag: EntityTag? = nil) -> Response {
    let tag = tag ?? EntityTag(opaque: SHA256Digest.of(bytes).hex)
    let headers: HTTPFields = [.eTag: tag.description, .cacheControl: "no-cache"]
    if let known = request.headers[.ifNoneMatch], tag.isNamed(by: known) {
      return Response(status: .notModified, headers: headers)
    }
    return .bytes(bytes, type: type, headers: headers)
  }

  /// Tells clients that the repository is at fault without telling them where it lies on this machine.
  private func readable<Value>(_ read: () async throws -> Value) async throws -> Value {
    do {
      return try await read()
    } catch let error as any SerinError {
      logger.error("the repository cannot be read", metadata: ["error": .string(error.description)])
      throw RequestError.repositoryUnreadable
    }
  }

  private static func line(_ value: JSON) -> [UInt8] {
    value.serialized(pretty: true) + [UInt8(ascii: "\n")]
  }
}

extension RequestPath {
  /// The path of the overview, which has no segments.
  static let top = RequestPath()

  /// The path of a request, read once.
  init(_ request: Request) throws(RequestError) {
    do {
      try self.init(raw: request.uri.path)
    } catch {
      throw .badPath(error)
    }
  }
}

extension RoleStatus {
  /// Version and expiry.
  var json: JSON.Object {
    ["version": .integer(version), "expires": .string(expires.rfc3339)]
  }

  /// Name, version and expiry.
  var named: JSON.Object {
    ["name": .string(name), "version": .integer(version), "expires": .string(expires.rfc3339)]
  }
}

extension PluginListing {
  /// The listing for programs.
  var json: JSON {
    ["plugin": .string(plugin), "channels": .object(JSON.Object(channels.map { ($0.channel, $0.json) }))]
  }
}

extension ChannelListing {
  /// The listing for programs.
  var json: JSON {
    [
      "version": .string(version), "sequence": .integer(sequence), "published": .string(published),
      "rolloutPercent": .int(rolloutPercent ?? 100), "paused": .bool(isPaused), "security": .bool(isSecurity),
      "platforms": .strings(platforms), "yanked": .strings(yanked), "notes": notes.map { .string($0) } ?? .null,
    ]
  }
}
