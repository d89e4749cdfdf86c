package import Hummingbird

/// What travels with a request: Hummingbird's own values and the peer's address.
package struct ReleaseContext: RequestContext {
  package var coreContext: CoreRequestContextStorage
  /// The textual address of the peer, or `unknown`.
  let peer: String
  /// Waits until the connection has taken up what was written so far.
  let settle: @Sendable () async throws -> Void

  package init(source: ApplicationRequestContextSource) {
    coreContext = CoreRequestContextStorage(source: source)
    peer = source.channel.remoteAddress?.ipAddress ?? ClientAddress.unknown
    settle = { [channel = source.channel] in try await channel.eventLoop.submit {}.get() }
  }
}
