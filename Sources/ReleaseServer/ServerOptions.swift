/// What a release server is told when it starts: where it listens and how much it bears.
package struct ServerOptions: Sendable, Equatable {
  /// The address to listen on; loopback unless somebody says otherwise.
  package var hostname: String
  /// The TCP port to listen on; 0 lets the kernel choose.
  package var port: Int
  /// How many requests one client address may make.
  package var rateLimit: RateLimit
  /// Whether `X-Forwarded-For` of a proxy on this machine names the client.
  package var isBehindProxy: Bool
  /// The bounds on what a client may send.
  package var limits: ServerLimits

  /// Describes a server; every value has a safe default.
  package init(
    hostname: String = "127.0.0.1",
    port: Int = 8080,
    rateLimit: RateLimit = .standard,
    isBehindProxy: Bool = false,
    limits: ServerLimits = .standard
  ) {
    self.hostname = hostname
    self.port = port
    self.rateLimit = rateLimit
    self.isBehindProxy = isBehindProxy
    self.limits = limits
  }
}

/// How many requests a client address may make: a bucket that refills at a steady rate.
package struct RateLimit: Sendable, Equatable {
  /// Requests that are granted per second in the long run; 0 turns the limit off.
  package var perSecond: Double
  /// Requests that may come at once after a pause.
  package var burst: Double

  /// Describes a limit in requests per second and requests at once.
  package init(perSecond: Double, burst: Double) {
    self.perSecond = perSecond
    self.burst = burst
  }

  /// 50 requests a second with bursts of 200: a host needs about ten per update.
  package static let standard = RateLimit(perSecond: 50, burst: 200)
  /// No limit, for a server that stands behind another one which limits.
  package static let off = RateLimit(perSecond: 0, burst: 0)
}

/// The bounds on what clients may send and on what the server holds in memory for them.
package struct ServerLimits: Sendable, Equatable {
  /// Bytes of the request target, path and query together.
  package var uriBytes = 2 * 1024
  /// Bytes of one header field.
  package var headerFieldBytes = 8 * 1024
  /// Bytes of all header fields together.
  package var headerListBytes = 16 * 1024
  /// Number of header fields.
  package var headerCount = 64
  /// Connections open at once; more wait in the kernel's queue.
  package var connections = 1024
  /// Seconds after which a connection without traffic is closed.
  package var idleSeconds: Int64 = 30
  /// Bytes read from a file at a time: the memory one download costs.
  package var chunkBytes = 64 * 1024
  /// Client addresses that the rate limiter remembers.
  package var rememberedClients = 16 * 1024
  /// Bytes of one metadata file that the index reads.
  package var metadataBytes: Int64 = 16 * 1024 * 1024
  /// Bytes of one channel manifest.
  package var manifestBytes: Int64 = 1024 * 1024
  /// Delegated roles the index walks through.
  package var roles = 256
  /// Channel manifests the index lists.
  package var manifests = 20_000
  /// Channel manifests kept decoded in memory.
  package var cachedManifests = 4096

  /// The bounds that fit a public server.
  package static let standard = ServerLimits()
}
