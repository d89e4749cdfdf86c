package import Platform
import SystemPackage

/// Whether the network of this host costs money.
package struct MeteredNetwork: Sendable {
  private let processes: any ProcessRunner
  private let environment: [String: String]

  /// Asks with these programs in this environment.
  package init(_ machine: Machine, environment: [String: String]) {
    processes = machine.processes
    self.environment = environment
  }

  /// What the settings say, else what NetworkManager says; without one the network counts as unmetered.
  package func isMetered(_ kind: NetworkKind) async -> Bool {
    switch kind {
    case .metered: true
    case .unmetered: false
    case .automatic: await isMeteredByNetworkManager()
    }
  }

  /// NetworkManager's property `Metered` over D-Bus: 1 is yes and 3 is "yes, as far as can be guessed"
  /// (NetworkManager D-Bus API, `NMMetered`).
  private func isMeteredByNetworkManager() async -> Bool {
    let name = "org.freedesktop.NetworkManager"
    let command = Command(
      executable: "busctl",
      arguments: [
        "--system", "--timeout=3", "--auto-start=no", "get-property", name, "/org/freedesktop/NetworkManager", name,
        "Metered",
      ],
      environment: .exact(environment.filter { ["PATH", "DBUS_SYSTEM_BUS_ADDRESS"].contains($0.key) }))
    guard
      let output = try? await processes.run(command, input: [], outputLimit: 4096, timeout: .seconds(5)),
      output.status.isSuccess
    else { return false }
    return Self.isMetered(answer: String(decoding: output.stdout, as: UTF8.self))
  }

  /// Reads what `busctl get-property` prints: `u 1`.
  static func isMetered(answer: String) -> Bool {
    let words = answer.split { $0 == " " || $0 == "\n" }
    return words.count == 2 && words[0] == "u" && ["1", "3"].contains(words[1])
  }
}
