import Platform
import SystemPackage

/// Whether the network costs money, as NetworkManager sees it.
enum NetworkCost {
  /// Asks NetworkManager over the system's bus; without one, or without an answer within two seconds, it does not.
  ///
  /// The answer is `u` and a number (NMMetered): 1 is yes, 3 is probably yes.
  static func isMetered(_ machine: Machine) async -> Bool {
    let command = Command(
      executable: "busctl",
      arguments: [
        "--system", "--timeout=2", "get-property", "org.freedesktop.NetworkManager", "/org/freedesktop/NetworkManager",
        "org.freedesktop.NetworkManager", "Metered",
      ], environment: .inherit)
    let output = try? await machine.processes.run(command, input: [], outputLimit: 4096, timeout: .seconds(3))
    guard let output, output.status.isSuccess else { return false }
    return isMetered(answer: String(decoding: output.stdout, as: UTF8.self))
  }

  static func isMetered(answer: String) -> Bool {
    let words = answer.split(whereSeparator: \.isWhitespace)
    return words.count == 2 && words[0] == "u" && (words[1] == "1" || words[1] == "3")
  }
}
