import MCP

/// A subject of which the end of standard error is handed out after every round and at the end of every session.
///
/// Nobody else looks at it before a failure, and a session that a supervisor lost cannot be asked any more.
package struct NotedSubject<Base: CanarySubject>: CanarySubject {
  private let base: Base
  private let note: @Sendable ([UInt8]) async -> Void

  /// Wraps a subject; `note` is handed the last bytes.
  package init(_ base: Base, note: @escaping @Sendable ([UInt8]) async -> Void) {
    self.base = base
    self.note = note
  }

  /// Why this machine cannot start it for this purpose.
  package func obstacle(to purpose: SessionPurpose) -> String? { base.obstacle(to: purpose) }

  /// Starts the release and notes what it wrote when the body is done with it.
  package func withSession<R: Sendable>(
    _ purpose: SessionPurpose, _ body: (any CanarySession) async throws -> R
  ) async throws -> (R, SessionReport) {
    try await base.withSession(purpose) { session in
      let noted = NotedSession(base: session, note: note)
      do {
        let value = try await body(noted)
        await note(await session.errorTail())
        return value
      } catch {
        await note(await session.errorTail())
        throw error
      }
    }
  }
}

/// A session whose use is asked once a round; what it wrote until then is noted on that occasion.
private struct NotedSession: CanarySession {
  let base: any CanarySession
  let note: @Sendable ([UInt8]) async -> Void

  func send(_ bytes: [UInt8]) async throws { try await base.send(bytes) }
  func nextLine(within limit: Duration) async -> MCPLine { await base.nextLine(within: limit) }
  func uptime() -> Duration { base.uptime() }
  func closeInput() async { await base.closeInput() }
  func waitForExit(within limit: Duration) async -> SessionExit? { await base.waitForExit(within: limit) }
  func errorTail() async -> [UInt8] { await base.errorTail() }
  func isClockAhead() async -> Bool { await base.isClockAhead() }

  func usage() async -> CanaryUsage {
    await note(await base.errorTail())
    return await base.usage()
  }
}
