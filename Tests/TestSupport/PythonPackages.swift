import Platform
package import SystemPackage

/// Packages from PyPI that tests run, each set fetched once with pip into a cache folder of the user.
package actor PythonPackages {
  /// The packages of this process.
  package static let shared = PythonPackages()

  /// Why packages are not to be had.
  package struct Unavailable: Error {
    /// One sentence.
    package let reason: String
  }

  private let machine = Machine.live
  private var ready: [String: Task<FilePath, any Error>] = [:]

  /// The folder that holds the packages, for `PYTHONPATH`.
  /// - Parameters:
  ///   - name: The folder's name; it must change with the requirements.
  ///   - requirements: What pip installs, with exact versions.
  package func folder(_ name: String, _ requirements: [String]) async throws -> FilePath {
    if let task = ready[name] { return try await task.value }
    let machine = machine
    let task = Task { try await Self.obtain(name, requirements, machine) }
    ready[name] = task
    return try await task.value
  }

  private static func obtain(_ name: String, _ requirements: [String], _ machine: Machine) async throws -> FilePath {
    let variables = ProcessEnvironment.current
    guard let home = variables["XDG_CACHE_HOME"] ?? variables["HOME"].map({ $0 + "/.cache" }) else {
      throw Unavailable(reason: "neither XDG_CACHE_HOME nor HOME is set")
    }
    let cache = FilePath(home).appending("serin-tests")
    let folder = cache.appending(name)
    if try machine.files.status(folder) != nil { return folder }
    let part = cache.appending(".\(name).\(SecureRandom.hex(bytes: 4))")
    try machine.files.makeDirectories(cache, mode: 0o755)
    let output = try await machine.processes.run(
      Command(
        executable: "python3",
        arguments: [
          "-m", "pip", "install", "--quiet", "--no-compile", "--disable-pip-version-check", "--target", part.string,
        ] + requirements, environment: .inherit),
      input: [], outputLimit: 1 << 20, timeout: .seconds(300))
    guard output.status.isSuccess else {
      try? machine.files.removeTree(part)
      throw Unavailable(reason: "pip failed: \(String(decoding: output.stderr.suffix(500), as: UTF8.self))")
    }
    do {
      try machine.files.rename(part, to: folder)
    } catch {
      // Somebody else was faster.
      try? machine.files.removeTree(part)
      guard try machine.files.status(folder) != nil else { throw error }
    }
    return folder
  }
}
