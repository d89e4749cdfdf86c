import MCP
import Platform
import SystemPackage
import Testing

/// The real plugins that tests talk to: mcp-server-time from PyPI, in the last release of the old protocol era and in
/// the first of the new one.
///
/// `SERIN_TEST_SERVERS` may name a folder that holds both trees already (`t10` and `t19`); otherwise pip fetches them
/// once into a cache folder of the user.
actor RealServers {
  static let shared = RealServers()

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

  struct Unavailable: Error {
    let reason: String
  }

  private let machine = Machine.live
  private var ready: [Release: Task<FilePath, any Error>] = [:]

  /// The tree of a release; fetched by the first who asks.
  func tree(_ release: Release) async throws -> FilePath {
    if let task = ready[release] { return try await task.value }
    let machine = machine
    let task = Task { try await Self.obtain(release, machine) }
    ready[release] = task
    return try await task.value
  }

  private static func obtain(_ release: Release, _ machine: Machine) async throws -> FilePath {
    let variables = ProcessEnvironment.current
    if let given = variables["SERIN_TEST_SERVERS"] {
      return FilePath(given).appending(release.folder)
    }
    guard let home = variables["XDG_CACHE_HOME"] ?? variables["HOME"].map({ $0 + "/.cache" }) else {
      throw Unavailable(reason: "neither XDG_CACHE_HOME nor HOME is set")
    }
    let cache = FilePath(home).appending("serin-tests")
    let tree = cache.appending("mcp-server-time-" + release.rawValue)
    if try machine.files.status(tree) != nil { return tree }
    let part = cache.appending(".\(release.rawValue).\(SecureRandom.hex(bytes: 4))")
    try machine.files.makeDirectories(cache, mode: 0o755)
    let output = try await machine.processes.run(
      Command(
        executable: "python3",
        arguments: [
          "-m", "pip", "install", "--quiet", "--no-compile", "--disable-pip-version-check", "--target", part.string,
          "mcp-server-time==" + release.rawValue,
        ], environment: .inherit),
      input: [], outputLimit: 1 << 20, timeout: .seconds(300))
    guard output.status.isSuccess else {
      try? machine.files.removeTree(part)
      throw Unavailable(reason: "pip failed: \(PlainText.excerpt(output.stderr, limit: 500))")
    }
    do {
      try machine.files.rename(part, to: tree)
    } catch {
      // Somebody else was faster.
      try? machine.files.removeTree(part)
      guard try machine.files.status(tree) != nil else { throw error }
    }
    return tree
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
