import Platform
import Releases
import Sandbox
import Synchronization
import SystemPackage
import TestSupport
import Testing

/// A sandbox on this very machine, with a plugin that is a shell or Python script.
struct RealSandbox: Sendable {
  let scratch: Scratch
  let runner: SandboxRunner
  let tree: FilePath
  let state: FilePath

  /// Who runs the sandbox.
  enum User: Sendable {
    /// Whoever runs the tests.
    case invoking
    /// An unprivileged user, through `setpriv`.
    case unprivileged
  }

  static let unprivileged: UInt32 = 1001

  /// What trying the runtimes brought, so that it is done once for each user and not by every test.
  private static let remembered = Mutex<[User: [UInt8]]>([:])

  init(_ user: User = .invoking, resolver: any NameResolver = SystemResolver()) async throws {
    scratch = try Scratch()
    let files = LocalFileSystem()
    var machine = Machine.live
    var surroundings = try Surroundings.gather(
      environment: ProcessEnvironment.current, ownFolders: [scratch / "serin"], files: files)
    // Where a login's folder is wanted, a test gives one of its own.
    surroundings.loginFolder = nil
    if user == .unprivileged, surroundings.user == 0 {
      surroundings.user = Self.unprivileged
      surroundings.group = Self.unprivileged
      func range(_ name: String) -> SubordinateRange? {
        let text = (try? files.readAll(FilePath("/etc/" + name), limit: 1 << 20)) ?? []
        return SubordinateRange.read(String(decoding: text, as: UTF8.self), name: nil, number: Self.unprivileged)
      }
      surroundings.subordinateUsers = range("subuid")
      surroundings.subordinateGroups = range("subgid")
      surroundings.runtimeEnvironment["HOME"] = scratch.path.string
      machine.processes = AsAnotherUser(user: Self.unprivileged, folder: scratch.path)
    }
    tree = scratch / "tree"
    state = scratch / "state"
    try files.makeDirectory(tree, mode: 0o755)
    try files.makeDirectory(state, mode: 0o755)
    if let known = Self.remembered.withLock({ $0[user] }) { try scratch.write(known, to: "work/runtime.json") }
    runner = try SandboxRunner(
      machine: machine, surroundings: surroundings, workFolder: scratch / "work",
      resolver: resolver)
  }

  /// A request for a shell script with generous limits.
  func request(_ script: String) -> SandboxRequest {
    var request = SandboxRequest(
      name: "test", mode: .canary, tree: tree, arguments: ["/bin/sh", "-c", script],
      limits: SandboxLimits(memory: 64 << 20, cpus: 1, pids: 32, files: 64, tmp: 1 << 20))
    request.state = state
    request.write = ["@state"]
    return request
  }

  /// Runs a script to its end and returns its lines with the report.
  func run(
    _ script: String, _ change: (inout SandboxRequest) -> Void = { _ in }
  ) async throws -> (lines: [String], report: SandboxReport) {
    var request = request(script)
    change(&request)
    let outcome = try await runner.withSession(runner.plan(request)) { session in
      await session.closeInput()
      var lines: [String] = []
      while case .line(let bytes) = await session.nextLine(limit: 1 << 16, timeout: .seconds(60)) {
        lines.append(String(decoding: bytes, as: UTF8.self))
      }
      _ = await session.wait(timeout: .seconds(20))
      return lines
    }
    return (outcome.value, outcome.report)
  }

  /// Runs a Python script.
  func python(
    _ script: String, _ change: (inout SandboxRequest) -> Void = { _ in }
  ) async throws -> (lines: [String], report: SandboxReport) {
    try await run("") {
      $0.arguments = ["python3", "-c", script]
      change(&$0)
    }
  }

  /// What is left below the work folder.
  var leftovers: [String] { get throws { try LocalFileSystem().list(scratch / "work/running").map(\.name) } }

  /// Whether a container can be run here at all, and the one sentence why not.
  static func works(_ user: User = .invoking) async -> Bool {
    guard let sandbox = try? await RealSandbox(user),
      let runtime = try? await sandbox.runner.probe.best(for: .container)
    else { return false }
    // Whether it can be observed is kept with it.
    _ = await sandbox.runner.probe.silence(of: runtime)
    let found = try? sandbox.scratch.read("work/runtime.json")
    remembered.withLock { $0[user] = found }
    return true
  }

  /// Whether cgroups keep the limits here.
  static func hasControlGroups() async -> Bool {
    guard let sandbox = try? await RealSandbox() else { return false }
    return (try? await sandbox.runner.probe.best(for: .container))?.limitKeeper.usesControlGroups == true
  }

  /// Whether plugins can be given a network here.
  static func hasNetwork(_ user: User = .invoking) async -> Bool {
    guard let sandbox = try? await RealSandbox(user) else { return false }
    return (try? await sandbox.runner.probe.best(for: .container))?.carriesNetwork == true
  }

  /// Whether this runtime is the one that is used here.
  static func uses(_ kind: RuntimeKind) async -> Bool {
    guard let sandbox = try? await RealSandbox() else { return false }
    return (try? await sandbox.runner.probe.best(for: .container))?.kind == kind
  }

  /// Whether another user's rights can be taken on here.
  static func canBeAnother() async -> Bool { UserAccount.current.isRoot ? await works(.unprivileged) : await works() }
}

/// Runs every command as an unprivileged user who owns the scratch folder, so that root's tests can show what
/// ordinary users get.
struct AsAnotherUser: ProcessRunner {
  let user: UInt32
  let folder: FilePath
  private let base = SubprocessRunner()

  private func changed(_ command: Command) async -> Command {
    let owner = Command(
      executable: "/bin/chown", arguments: ["-R", "\(user):\(user)", folder.string], environment: [:])
    _ = try? await base.run(owner, input: [], outputLimit: 1 << 16, timeout: .seconds(20))
    return Command(
      executable: "/usr/bin/setpriv",
      arguments: [
        "--reuid=\(user)", "--regid=\(user)", "--clear-groups", "--inh-caps=-all", "--", command.executable.string,
      ] + command.arguments, environment: command.environment)
  }

  func run(
    _ command: Command, input: [UInt8], outputLimit: Int, timeout: Duration
  ) async throws(ProcessError) -> ProcessOutput {
    try await base.run(await changed(command), input: input, outputLimit: outputLimit, timeout: timeout)
  }

  func withSession<R: Sendable>(
    _ command: Command, _ body: (any ProcessSession) async throws -> R
  ) async throws -> R {
    try await base.withSession(await changed(command), body)
  }

  func runAttached(_ command: Command, relay: StreamRelay?) async throws(ProcessError) -> ProcessStatus {
    try await base.runAttached(await changed(command), relay: relay)
  }
}
