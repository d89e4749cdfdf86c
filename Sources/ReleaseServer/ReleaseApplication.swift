package import Hummingbird
import HummingbirdCore
package import Logging
package import Platform
package import ServiceLifecycle
package import Signing
import Synchronization
package import SystemPackage

/// The release server: a repository folder over HTTP, and what people and monitors want to know about it.
package enum ReleaseApplication {
  /// Builds the application; `runService()` of the result serves until SIGTERM or SIGINT and finishes what it began.
  /// - Parameters:
  ///   - root: The repository folder, which holds `metadata/` and `targets/`.
  ///   - options: Where to listen and how much to bear.
  ///   - files: The file system.
  ///   - clock: The clocks.
  ///   - index: What is known about the repository; nil reads the folder's own metadata.
  ///   - services: Services that live as long as the server, such as a ``RenewalService``.
  ///   - logger: Where the access log goes.
  ///   - onRunning: Called with the port once the server listens.
  package static func make(
    root: FilePath,
    options: ServerOptions,
    files: any FileSystem,
    clock: any WallClock,
    index: (any RepositoryIndex)? = nil,
    services: [any Service] = [],
    logger: Logger,
    onRunning: @escaping @Sendable (Int) async -> Void = { _ in }
  ) -> some ApplicationProtocol {
    let router = Router(context: ReleaseContext.self)
    router.add(middleware: AccessLog(clock: clock, options: options))
    router.add(middleware: Responses())
    router.add(middleware: RequestRate(options: options, clock: clock))
    router.add(middleware: InputLimits(limits: options.limits))
    let routes = ReleaseRoutes(
      staticFiles: StaticFiles(root: root, files: files, chunkBytes: options.limits.chunkBytes),
      index: index ?? StaticRepositoryIndex(root: root, files: files, limits: options.limits),
      clock: clock,
      logger: logger)
    routes.add(to: router)
    return Application(
      router: router,
      server: .http1(configuration: channel(options.limits)),
      configuration: ApplicationConfiguration(
        address: .hostname(options.hostname, port: options.port),
        serverName: "serin",
        availableConnectionsDelegate: MaximumAvailableConnections(options.limits.connections, logger: logger)),
      services: services,
      onServerRunning: { channel in await onRunning(channel.localAddress?.port ?? options.port) },
      logger: logger)
  }

  /// Serves until SIGTERM or SIGINT; the parameters are those of
  /// ``make(root:options:files:clock:index:services:logger:onRunning:)``.
  /// - Throws: `ServeError.cannotListen` when the address is taken or is none of this machine.
  package static func serve(
    root: FilePath, options: ServerOptions, files: any FileSystem, clock: any WallClock,
    index: (any RepositoryIndex)? = nil, renewal: RenewalService? = nil, logger: Logger,
    onRunning: @escaping @Sendable (Int) async -> Void = { _ in }
  ) async throws {
    let hasStarted = Atomic(false)
    let application = make(
      root: root, options: options, files: files, clock: clock, index: index, services: renewal.map { [$0] } ?? [],
      logger: logger
    ) { port in
      hasStarted.store(true, ordering: .releasing)
      await onRunning(port)
    }
    do {
      try await application.runService()
    } catch  where !hasStarted.load(ordering: .acquiring) {
      throw ServeError.cannotListen(address: options.hostname, port: options.port, reason: String(describing: error))
    }
  }

  private static func channel(_ limits: ServerLimits) -> HTTP1Channel.Configuration {
    HTTP1Channel.Configuration(
      idleTimeout: .seconds(limits.idleSeconds),
      httpDecoderConfiguration: .init(
        maxHeaderFieldSize: limits.headerFieldBytes, maxHeaderListSize: limits.headerListBytes,
        maxHeaderFieldCount: limits.headerCount))
  }
}

/// Why a server cannot start.
package enum ServeError: SerinError, Equatable {
  /// The address cannot be listened on.
  case cannotListen(address: String, port: Int, reason: String)

  package var description: String {
    switch self {
    case .cannotListen(let address, let port, let reason): "cannot listen on \(address), port \(port): \(reason)"
    }
  }

  package var blame: Blame { .machine }

  package var help: String? { "choose another --port or --address, or end the program that holds it" }
}
