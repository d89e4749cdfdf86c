package import Bundles
package import Canary
import MCP
package import Platform
import Releases
package import Sandbox
import StrictJSON
package import SystemPackage

/// Finds out what a plugin needs by letting it try, again and again, in its sandbox.
///
/// The first round grants nothing but a folder for state. What the plugin was seen to look for on this machine is
/// granted to the next round for reading, until nothing new shows. There is never a network: a name that it looks up
/// leads back to the sandbox the next time, so that its port shows. What it writes outside goes to an empty folder that
/// is thrown away.
package struct PermissionDrafter: Sendable {
  /// The most rounds: each can show one step of what depends on the step before.
  package static let mostRounds = 8
  /// What a plugin may use while nobody knows how much it needs.
  private static let generous: JSON = [
    "memory": "2GiB", "cpus": 2, "pids": 512, "files": 1024, "tmp": "256MiB", "start": "2m", "call": "2m",
  ]
  /// The most time for one answer.
  private static let patience = Duration.seconds(120)

  /// What one round brought.
  private struct Round: Sendable {
    var events: [SandboxEvent] = []
    var measured = DraftMeasure()
    /// Why it did not answer at all.
    var failure: String?
    /// Declared calls that did not succeed.
    var complaints: [String] = []
  }

  private let machine: Machine
  private let runner: SandboxRunner
  private let work: FilePath

  /// Prepares drafting; `work` is a folder of this draft alone, which the caller removes.
  package init(machine: Machine, runner: SandboxRunner, work: FilePath) {
    self.machine = machine
    self.runner = runner
    self.work = work
  }

  /// Drafts the permissions of a prepared plugin.
  ///
  /// - Parameters:
  ///   - settings: what the user configures, as `--set` reads it.
  ///   - calls: calls to make beside handshake and tool list.
  ///   - notify: is told about each round.
  /// - Throws: `DraftError`, `SandboxError`, and `ReleaseError` for settings.
  package func draft(
    _ tree: PreparedTree, settings: [String], calls: [ToolCallProbe],
    notify: @escaping @Sendable (String) -> Void = { _ in }
  ) async throws -> DraftedPermissions {
    let manifest = tree.manifest
    let values = try UserConfigOption.resolved(
      UserConfigOption.values(from: settings, options: manifest.userConfig), options: manifest.userConfig,
      directory: SandboxPaths.plugin.string, home: SandboxPaths.state.string)
    let places = manifest.userConfig.filter { $0.type == .directory || $0.type == .file }.flatMap { option in
      (values[option.key]?.texts ?? []).map { DraftSetting(key: option.key, path: $0) }
    }
    let runtime = try await runner.probe.best(for: .container)
    if let reason = await runner.probe.silence(of: runtime) { throw DraftError.cannotObserve(reason: reason) }
    try machine.files.makeDirectories(work, mode: 0o700)

    let around = runner.surroundings
    var knowledge = DraftKnowledge(home: around.home, protected: around.protected, files: machine.files)
    var last = Round()
    var measured = DraftMeasure()
    var rounds = 0
    repeat {
      rounds += 1
      notify("round \(rounds): \(knowledge.read.isEmpty ? "nothing" : knowledge.read.joined(separator: ", ")) granted")
      let permissions = try Permissions(json: [
        "read": .array((knowledge.read + knowledge.tokens.sorted()).map(JSON.string)), "write": ["@state"],
        "limits": Self.generous,
      ])
      last = try await round(
        tree, permissions, values, calls, observing: .everything, hosts: knowledge.hosts, written: knowledge.written,
        number: rounds)
      measured.join(last.measured)
    } while knowledge.learn(last.events) && rounds < Self.mostRounds
    if let failure = last.failure { throw DraftError.noAnswer(reason: failure) }

    let block = knowledge.block(settings: places, measured: measured)
    let permissions = try Permissions(json: block)
    notify("trying the drafted permissions")
    let trial = try await round(
      tree, permissions, values, calls, observing: .touches, hosts: knowledge.hosts, written: [], number: rounds + 1)
    var remarks = knowledge.remarks(settings: places)
    remarks += last.complaints
    if !manifest.userConfig.isEmpty || !manifest.launch.environment.isEmpty { remarks.append(Self.aboutVariables) }
    return DraftedPermissions(
      block: block, permissions: permissions, remarks: remarks, rounds: rounds + 1, complaint: trial.failure)
  }

  private static let aboutVariables =
    "which variables of its environment it reads cannot be seen from outside; add those of the user to env.pass"

  /// Starts the plugin once and asks what is asked of it.
  private func round(
    _ tree: PreparedTree, _ permissions: Permissions, _ values: [String: UserConfigValue], _ calls: [ToolCallProbe],
    observing observation: Observation, hosts: [String: String], written: [String], number: Int
  ) async throws -> Round {
    let place = work.appending("round-\(number)")
    let state = place.appending("state")
    try machine.files.makeDirectories(state, mode: 0o700)
    defer { try? machine.files.removeTree(place) }
    var request = try SandboxRequest(
      name: tree.manifest.plugin.name, mode: .canary, tree: tree.folder, state: state, launch: tree.manifest.launch,
      permissions: permissions, userConfig: values)
    request.observation = observation
    request.network = []
    var plan = try runner.plan(request)
    plan.hosts = hosts
    try divertWrites(of: &plan, written: written, to: place)
    let (clock, patience) = (machine.clock, Self.patience)
    let outcome = try await runner.withSession(plan) { session in
      await Self.talk(session, calls, clock: clock, patience: patience)
    }
    var round = outcome.value
    round.events = outcome.report.events
    let usage = outcome.report.usage
    round.measured.memory = usage?.peakMemory ?? 0
    round.measured.processes = usage?.peakProcesses ?? usage?.processes ?? 0
    if outcome.report.outOfMemory { round.failure = "it ran out of memory" }
    return round
  }

  /// Nothing on this machine is written: what would be is an empty folder or file instead.
  private func divertWrites(of plan: inout SandboxPlan, written: [String], to place: FilePath) throws {
    let kinds = written.map { path in (path, (try? machine.files.status(FilePath(path)))?.kind == .directory) }
    plan.mounts += kinds.map {
      SandboxMount(source: "/", destination: FilePath($0.0), access: .readWrite, isFolder: $0.1)
    }
    for (index, mount) in plan.mounts.enumerated()
    where mount.access == .readWrite && mount.destination != SandboxPaths.state {
      let substitute = place.appending("outside-\(index)")
      if mount.isFolder {
        try machine.files.makeDirectory(substitute, mode: 0o700)
      } else {
        try machine.files.write([], creating: substitute, mode: 0o600)
      }
      plan.mounts[index] = SandboxMount(
        source: substitute, destination: mount.destination, access: .readWrite, isFolder: mount.isFolder)
    }
  }

  private static func talk(
    _ session: SandboxSession, _ calls: [ToolCallProbe], clock: any WallClock, patience: Duration
  ) async -> Round {
    var round = Round()
    let client = MCPClient(channel: ProcessChannel(session, clock: clock))
    let began = clock.uptime()
    do {
      _ = try await client.handshake(within: patience)
      round.measured.start = clock.uptime() - began
      _ = try await client.tools(within: patience)
      for call in calls {
        let started = clock.uptime()
        let result = try await client.call(call.tool, arguments: call.arguments, within: patience)
        if result.isError {
          round.complaints.append("the call of \(call.tool) reports an error: \(PlainText.excerpt(result.text))")
        }
        round.measured.call = max(round.measured.call, clock.uptime() - started)
      }
    } catch {
      round.failure = "\(error)" + lastWords(session)
    }
    // The last measurement of a plugin that is about to leave.
    _ = session.currentUsage()
    await session.closeInput()
    _ = await session.wait(timeout: .seconds(10))
    return round
  }

  private static func lastWords(_ session: SandboxSession) -> String {
    let lines = session.stderrTail.split(separator: UInt8(ascii: "\n"))
    guard let last = lines.last(where: { !$0.allSatisfy { $0 <= 0x20 } }) else { return "" }
    return "; its last words: \(PlainText.excerpt(Array(last)))"
  }
}
