import Platform
package import SystemPackage

/// python-tuf, the reference implementation: its client, and repositories that its API writes.
package struct PythonTUF: Sendable {
  /// The version that the tests talk to.
  package static let version = "7.0.1"

  /// What the client of python-tuf refused, in its own words.
  package struct Refusal: Error, CustomStringConvertible {
    /// The name of the error, a colon, and its text.
    package let description: String
  }

  private let packages: FilePath

  /// Gets python-tuf from PyPI, if it is not there yet.
  package init() async throws {
    packages = try await PythonPackages.shared.folder(
      "tuf-\(Self.version)", ["tuf==\(Self.version)", "securesystemslib[crypto]==1.6.0"])
  }

  /// Refreshes and downloads with python-tuf's client.
  ///
  /// - Parameters:
  ///   - url: The address below which `metadata/` and `targets/` lie, with a slash at its end.
  ///   - root: The file of the root that it trusts.
  ///   - folder: Where it keeps its metadata and its targets.
  ///   - targets: What to download; a target that nobody lists is left out of the answer.
  /// - Returns: A JSON object with the `versions` of its metadata and the contents of the `targets`.
  /// - Throws: ``Refusal`` when it believes something not.
  package func client(url: String, root: FilePath, folder: FilePath, targets: [String] = []) async throws -> [UInt8] {
    try await run(
      pythonTUFClient, [url + "metadata/", url + "targets/", root.string, folder.string] + targets)
  }

  /// Writes repositories in four stages below a folder.
  ///
  /// - Parameters:
  ///   - keyType: `ed25519`, `ecdsa`, `rsa`, or `mixed`.
  ///   - layout: `paths`, `prefixes`, or `succinct`.
  ///   - isConsistent: Whether file names carry versions and digests.
  package func writeRepositories(
    to folder: FilePath, keyType: String, layout: String, isConsistent: Bool
  ) async throws {
    _ = try await run(
      pythonTUFRepositories, [folder.string, keyType, layout, isConsistent ? "consistent" : "plain"])
  }

  /// Asks the API which of the `mutations` in a folder it does not believe; the repository's files lie beside them.
  ///
  /// - Returns: A JSON object with the number of lines `judged` and those `refused`, each with `line` and `error`.
  package func judge(_ folder: FilePath) async throws -> [UInt8] {
    try await run(pythonTUFJudge, [folder.string])
  }

  private func run(_ script: String, _ arguments: [String]) async throws -> [UInt8] {
    let output = try await Machine.live.processes.run(
      Command(
        executable: "python3", arguments: ["-c", script] + arguments,
        environment: .exact([
          "PYTHONPATH": packages.string, "PATH": "/usr/local/bin:/usr/bin:/bin", "LANG": "C.UTF-8", "TZ": "UTC",
        ])),
      input: [], outputLimit: 1 << 20, timeout: .seconds(120))
    guard output.status.isSuccess else {
      throw Refusal(description: String(decoding: output.stderr.suffix(2_000), as: UTF8.self))
    }
    return output.stdout
  }
}
