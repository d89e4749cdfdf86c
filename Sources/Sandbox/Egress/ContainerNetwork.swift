import Platform
import Releases
import SystemPackage

/// Gives one container its network: waits until its hook stands at the gate, listens inside, opens the gate, and serves.
struct ContainerNetwork: Sendable {
  private let container: Container
  private let gate: NamespaceGate
  private let proxy: EgressProxy

  /// A network for a container that has a gate; nil for all others.
  init?(_ container: Container, resolver: any NameResolver) {
    guard let gate = container.gate else { return nil }
    self.container = container
    self.gate = gate
    proxy = EgressProxy(
      policy: EgressPolicy(rules: container.plan.network), resolver: resolver, record: container.egress)
  }

  /// Serves until the task is cancelled.
  ///
  /// Whatever fails, the gate is opened: the plugin then runs with no network at all, and the report says so.
  func serve() async {
    guard await gate.waitUntilReady() else { return }
    let listeners = listen()
    do {
      try container.openGate()
    } catch {
      container.egress.miss(error.description)
    }
    await proxy.serve(listeners)
  }

  private func listen() -> [Int32] {
    var complaint = "the container's first process is not known"
    for process in container.firstProcesses {
      do {
        return try NamespaceSockets.listen(inside: process, ports: proxy.ports)
      } catch {
        complaint = error.description
      }
    }
    container.egress.miss(complaint)
    return []
  }
}

/// The gate of a container as its configuration knows it.
enum ContainerGate {
  /// The folder beside `config.json`, and where it is seen inside.
  static let name = "gate"
  static let inside = FilePath("/dev/serin")
  /// The most that making a network may take before the start of the plugin fails, in seconds.
  static let seconds: Int64 = 30

  /// What stands at the gate, in the container and as its user, before the plugin starts.
  static let script =
    "echo >\(inside)/\(NamespaceGate.readyName) && read -r go <\(inside)/\(NamespaceGate.goName)"
}

extension SandboxReport {
  /// What a person should know about the network of a sandbox after its end, one sentence each.
  package var networkNotes: [String] {
    guard let network else { return [] }
    var notes = network.unavailable.map { ["the plugin had no network: \($0)"] } ?? []
    notes += events.filter { $0.kind == .connectionRefused }.map { event in
      "connection refused: \(event.subject)" + (event.count > 1 ? ", \(event.count) times" : "")
    }
    return notes
  }
}
