import NIOCore
import NIOPosix
package import Platform

/// The only way out of a sandbox: an HTTP and SOCKS proxy in Serin's own process, at a socket that listens inside.
///
/// It admits what the policy admits, resolves names itself, connects to the very address that it has judged, and counts
/// everything. What goes through a tunnel it neither reads nor keeps.
package struct EgressProxy: Sendable {
  /// The port on the loopback interface of every sandbox with a network.
  package static let port: UInt16 = 3199
  /// All sandboxes of this process share one thread.
  private static let loops = MultiThreadedEventLoopGroup(numberOfThreads: 1)

  let policy: EgressPolicy
  let resolver: any NameResolver
  let record: EgressRecord
  let limits: EgressLimits

  /// A proxy for one sandbox.
  package init(
    policy: EgressPolicy, resolver: any NameResolver, record: EgressRecord, limits: EgressLimits = .standard
  ) {
    self.policy = policy
    self.resolver = resolver
    self.record = record
    self.limits = limits
  }

  /// The ports to listen at inside: the proxy's own, then those of this machine that can be reached directly.
  package var ports: [UInt16] { [Self.port] + policy.ownPorts.filter { $0 != Self.port } }

  /// The variables that tell a plugin's libraries of the proxy.
  package static let variables: [String: String] = {
    let address = "http://127.0.0.1:\(port)"
    var variables = ["NODE_USE_ENV_PROXY": "1"]
    for name in ["HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"] {
      variables[name] = address
      variables[name.lowercased()] = address
    }
    // What the plugin serves to itself stays inside.
    for name in ["NO_PROXY", "no_proxy"] { variables[name] = "localhost,127.0.0.1,::1" }
    return variables
  }()

  /// Serves listening sockets, which belong to the proxy from here on, one for each of `ports`, until the task ends.
  package func serve(_ listeners: [Int32]) async {
    await withTaskGroup(of: Void.self) { group in
      for (listener, port) in zip(listeners, ports) {
        group.addTask { try? await accept(listener, port: port) }
      }
    }
  }

  private func accept(_ listener: Int32, port: UInt16) async throws {
    let idle = limits.idle
    let server = try await ServerBootstrap(group: Self.loops)
      .childChannelOption(.allowRemoteHalfClosure, value: true)
      .bind(listener) { EgressChannel.wrap($0, idle: idle) }
    try await server.executeThenClose { clients in
      try await withThrowingDiscardingTaskGroup { group in
        for try await client in clients { group.addTask { await attend(client, port: port) } }
        group.cancelAll()
      }
    }
  }

  private func attend(_ client: EgressChannel, port: UInt16) async {
    let hasRoom = record.begin(limit: limits.connections)
    defer { if hasRoom { record.end() } }
    // How a connection ends is the business of its two ends.
    try? await client.executeThenClose { inbound, outbound in
      guard hasRoom else {
        record.deny(.tooMany, "more than \(limits.connections) connections")
        return
      }
      var talk = EgressTalk(proxy: self, reader: EgressReader(inbound), writer: outbound, channel: client.channel)
      if port == Self.port {
        try await talk.serve()
      } else if let place = EgressPlace(host: "localhost".utf8, port: port) {
        try await talk.pass(place)
      }
    }
  }

  /// Makes a connection to a place, or says why not; either is recorded.
  func open(_ place: EgressPlace) async -> Result<EgressChannel, EgressRefused> {
    guard policy.admits(place) else { return refuse(.notDeclared, place) }
    let found = await resolver.addresses(of: place.host)
    guard let first = found.first else { return refuse(.unresolved, place) }
    let usable = policy.usable(found, for: place, own: resolver.ownAddresses())
    guard !usable.isEmpty else { return refuse(.notPublic(first), place) }
    for address in usable.prefix(limits.addresses) {
      if let upstream = try? await connect(address, port: place.port) {
        record.admit(place)
        return .success(upstream)
      }
    }
    return refuse(.unreachable, place)
  }

  private func refuse(_ denial: EgressDenial, _ place: EgressPlace) -> Result<EgressChannel, EgressRefused> {
    record.deny(denial, place.text)
    return .failure(EgressRefused(denial: denial, place: place.text))
  }

  private func connect(_ address: NetworkAddress, port: UInt16) async throws -> EgressChannel {
    let idle = limits.idle
    return try await ClientBootstrap(group: Self.loops)
      .connectTimeout(TimeAmount(limits.connecting))
      .channelOption(.allowRemoteHalfClosure, value: true)
      .connect(to: NIOCore.SocketAddress(packedIPAddress: ByteBuffer(bytes: address.bytes), port: Int(port))) {
        EgressChannel.wrap($0, idle: idle)
      }
  }
}

/// A connection that was not made.
struct EgressRefused: Error {
  let denial: EgressDenial
  let place: String
}
