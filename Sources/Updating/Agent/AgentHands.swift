import Platform
package import Releases
import Storage
import Synchronization

/// The end of one observation that an agent began.
package struct AgentSoakEnd: Sendable {
  /// The plugin.
  package let plugin: PluginName
  /// Why it came to no verdict; nil when it did, and the verdict is in the ledger.
  package let failure: (any Error)?

  /// Names an end.
  package init(plugin: PluginName, failure: (any Error)?) {
    self.plugin = plugin
    self.failure = failure
  }
}

/// What of an agent's work starts plugins: everything else it does itself, one thing after the other.
package protocol AgentHands: Sendable {
  /// Begins to observe a release beside all else, or goes on with it; returns at once.
  func begin(_ release: PreparedRelease, time: SoakTime)
  /// Ends an observation; what was observed is kept.
  func stop(_ plugin: PluginName)
  /// Ends all of them, and returns when nothing of them runs any more.
  func stopAll() async
  /// The observations that have ended since this was asked last.
  func takeEnded() -> [AgentSoakEnd]
  /// Returns when an observation has ended, or when the task is cancelled.
  func waitForEnd() async
  /// Brings to its end what a killed process has left of a plugin.
  func settle(_ plugin: PluginName) async throws -> String?
  /// Starts what was just switched to once more, with the user's own data.
  func confirmStart(of result: SwitchResult) async throws -> String?
}

/// The hands of a real host: sandboxes.
package final class SandboxHands: AgentHands {
  private struct State {
    var tasks: [PluginName: Task<Void, Never>] = [:]
    var ended: [AgentSoakEnd] = []
    var bell: AsyncStream<Void>.Continuation?
  }

  private let host: PluginHost
  private let state = Mutex(State())

  /// Hands for a host.
  package init(_ host: PluginHost) { self.host = host }

  package func begin(_ release: PreparedRelease, time: SoakTime) {
    let plugin = release.manifest.plugin
    // Within the lock, so that a task that ends at once finds itself.
    state.withLock { state in
      state.tasks[plugin] = Task { [host] in
        var failure: (any Error)?
        do { _ = try await host.observe(release, soak: time) } catch { failure = error }
        end(AgentSoakEnd(plugin: plugin, failure: failure))
      }
    }
  }

  private func end(_ end: AgentSoakEnd) {
    state.withLock { state in
      state.tasks[end.plugin] = nil
      state.ended.append(end)
      state.bell?.yield()
      state.bell?.finish()
      state.bell = nil
    }
  }

  package func stop(_ plugin: PluginName) { state.withLock { $0.tasks[plugin] }?.cancel() }

  package func stopAll() async {
    let tasks = state.withLock { Array($0.tasks.values) }
    for task in tasks { task.cancel() }
    for task in tasks { await task.value }
  }

  package func takeEnded() -> [AgentSoakEnd] {
    state.withLock { state in
      defer { state.ended = [] }
      return state.ended
    }
  }

  package func waitForEnd() async {
    let (stream, bell) = AsyncStream.makeStream(of: Void.self)
    let isOver = state.withLock { state in
      state.bell = bell
      return !state.ended.isEmpty
    }
    if isOver { return }
    for await _ in stream { return }
  }

  package func settle(_ plugin: PluginName) async throws -> String? { try await host.settle(plugin) }

  package func confirmStart(of result: SwitchResult) async throws -> String? {
    try await host.confirmStart(of: result)
  }
}
