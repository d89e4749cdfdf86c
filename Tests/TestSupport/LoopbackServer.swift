import Platform
package import SystemPackage

/// A web server on the loopback interface that can also misbehave; it runs as long as the body.
///
/// Addresses: `/file/NAME` (ranges, entity tags), `/tree/PATH` (the same with folders, percent-encoded),
/// `/plain/NAME` (no ranges), `/wrong-range/NAME`, `/cut/N/NAME` (breaks off after N bytes, only when asked from the
/// start), `/announce/N` (says N bytes, sends few), `/endless`, `/slow/NAME`, `/silent`, `/status/N`,
/// `/redirect/N/NAME` (N times), `/go?URL`, `/garbage`, `/header-flood`, `/connections` (how many there have been),
/// `/agent` (the request's `User-Agent`).
package struct LoopbackServer: Sendable {
  /// The scheme and port, without a final slash.
  package let base: String

  /// The address of a path without its first slash.
  package func url(_ path: String) -> String { "\(base)/\(path)" }

  /// Serves a folder while the body runs.
  /// - Parameter certificate: a PEM file with certificate and key; with it the server speaks TLS.
  package static func serving<R: Sendable>(
    _ folder: FilePath, certificate: FilePath? = nil,
    _ body: (LoopbackServer) async throws -> R
  ) async throws -> R {
    var command = Command(executable: "python3", arguments: ["-c", loopbackServerScript, folder.string])
    command.environment = .inherit
    if let certificate { command.arguments.append(certificate.string) }
    return try await SubprocessRunner().withSession(command) { session in
      guard case .line(let line) = await session.nextLine(limit: 16, timeout: .seconds(30)),
        let port = UInt16(String(decoding: line, as: UTF8.self))
      else {
        let complaint = String(decoding: session.stderrTail, as: UTF8.self)
        throw ProcessError.failed(executable: "python3", reason: complaint)
      }
      return try await body(LoopbackServer(base: "\(certificate == nil ? "http" : "https")://127.0.0.1:\(port)"))
    }
  }
}
