package import Platform
import Synchronization

/// Why the proxy made no connection.
package enum EgressDenial: Hashable, Sendable {
  /// No rule names the place.
  case notDeclared
  /// The name leads to an address that is not public, or is this machine's own.
  case notPublic(NetworkAddress)
  /// It was no request that a proxy understands.
  case malformed
  /// The plugin had too many connections open.
  case tooMany
  /// The name has no address.
  case unresolved
  /// Nobody answered at any of the addresses.
  case unreachable

  /// Whether the plugin tried what it may not, and not merely what did not work.
  package var isRefusal: Bool {
    switch self {
    case .notDeclared, .notPublic, .malformed, .tooMany: true
    case .unresolved, .unreachable: false
    }
  }

  /// One sentence for whoever reads the plugin's log.
  package func sentence(_ place: String) -> String {
    switch self {
    case .notDeclared: "the permissions of this plugin (net.allow) do not name \(place)"
    case .notPublic(let address): "\(place) leads to \(address.text), which is no public address"
    case .malformed: "this is no request to a proxy"
    case .tooMany: "this plugin has too many connections open"
    case .unresolved: "the name of \(place) has no address, or nobody answered for it"
    case .unreachable: "nobody answers at \(place)"
    }
  }
}

/// Places that a plugin reached through the proxy, and how often.
package struct EgressCount: Hashable, Sendable {
  /// `host:port`.
  package let place: String
  /// How many connections were made.
  package internal(set) var connections: Int
}

/// What became of a plugin's wish for a network; bounded however much it tries.
package struct EgressReport: Hashable, Sendable {
  /// The most places that are told apart.
  static let mostPlaces = 100

  /// The places that were reached.
  package internal(set) var admitted: [EgressCount] = []
  /// Connections to admitted places for which no room was left in the list.
  package internal(set) var admittedElsewhere = 0
  /// Connections that were allowed and could not be made.
  package internal(set) var failed = 0
  /// Connections that were refused; each kind of them is an event of the sandbox.
  package internal(set) var refused = 0
  /// Why there was no network at all although some is declared; nil when the proxy was there.
  package internal(set) var unavailable: String?
}

/// Counts what a proxy admits and refuses.
package final class EgressRecord: Sendable {
  private struct State {
    var report = EgressReport()
    var open = 0
  }

  private let state = Mutex(State())
  private let events: SandboxEventLog

  /// Notes refusals as events of a sandbox.
  package init(events: SandboxEventLog) { self.events = events }

  /// What was counted so far.
  package var report: EgressReport { state.withLock { $0.report } }

  /// Takes one of so many places for connections; false when all are taken.
  func begin(limit: Int) -> Bool {
    state.withLock { state in
      guard state.open < limit else { return false }
      state.open += 1
      return true
    }
  }

  /// Gives the place back.
  func end() { state.withLock { $0.open -= 1 } }

  /// Notes a connection that was made.
  func admit(_ place: EgressPlace) {
    state.withLock { state in
      if let index = state.report.admitted.firstIndex(where: { $0.place == place.text }) {
        state.report.admitted[index].connections += 1
      } else if state.report.admitted.count < EgressReport.mostPlaces {
        state.report.admitted.append(EgressCount(place: place.text, connections: 1))
      } else {
        state.report.admittedElsewhere += 1
      }
    }
  }

  /// Notes a connection that was not made.
  func deny(_ denial: EgressDenial, _ place: String) {
    guard denial.isRefusal else {
      state.withLock { $0.report.failed += 1 }
      return
    }
    state.withLock { $0.report.refused += 1 }
    if case .notPublic(let address) = denial {
      events.note(.connectionRefused, "\(place) (leads to \(address.text))")
    } else {
      events.note(.connectionRefused, place)
    }
  }

  /// Notes that there is no network in this sandbox, and why.
  func miss(_ reason: String) { state.withLock { $0.report.unavailable = reason } }
}
