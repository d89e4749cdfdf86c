import MCP
import Platform
import SystemPackage
import TestSupport
import Testing

/// The real plugins that tests talk to: mcp-server-time from PyPI, in the last release of the old protocol era and in
/// the first of the new one.
///
/// `SERIN_TEST_SERVERS` may name a folder that holds both trees already (`t10` and `t19`); otherwise pip fetches them
/// once into a cache folder of the user.
enum RealServers {
  /// A release of mcp-server-time.
  enum Release: String, CaseIterable, Sendable {
    /// The legacy era only.
    case legacy = "2026.10.10"
    /// The modern era.
    case modern = "2026.10.19"

    var folder: String {
      switch self {
      case .legacy: "t10"
      case .modern: "t19"
      }
    }
  }

  /// The tree of a release; fetched by the first who asks.
  static func tree(_ release: Release) async throws -> FilePath {
    if let given = ProcessEnvironment.current["SERIN_TEST_SERVERS"] { return FilePath(given).appending(release.folder) }
    return try await PythonPackages.shared.folder(
      "mcp-server-time-" + release.rawValue, ["mcp-server-time==" + release.rawValue])
  }

  /// The command that runs the tree under the fixed environment of a canary.
  static func command(_ tree: FilePath) -> Command {
    Command(
      executable: "/usr/bin/python3", arguments: ["-m", "mcp_server_time"],
      environment: [
        "PYTHONPATH": tree.string, "PYTHONDONTWRITEBYTECODE": "1", "TZ": "UTC", "LANG": "C.UTF-8",
        "HOME": "/nonexistent", "PATH": "/usr/bin:/bin",
      ], workingDirectory: tree)
  }
}
