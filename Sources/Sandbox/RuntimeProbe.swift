import Platform
package import Releases
import SystemPackage

/// Finds out which runtimes work on this machine, by really running something in each.
package actor RuntimeProbe {
  /// The most that one attempt may take.
  private static let attemptTime = Duration.seconds(20)

  private let machine: Machine
  private let surroundings: Surroundings
  private let workFolder: FilePath
  private let place: FilePath
  private let owner: ContainerOwner
  private let cache: RuntimeCache
  private var findings: [RuntimeKind: RuntimeFinding] = [:]
  /// Why a runtime that works cannot be observed; empty for one that can.
  private var silences: [RuntimeKind: String] = [:]

  init(machine: Machine, surroundings: Surroundings, workFolder: FilePath, place: FilePath, owner: ContainerOwner) {
    self.machine = machine
    self.surroundings = surroundings
    self.workFolder = workFolder
    self.place = place
    self.owner = owner
    cache = RuntimeCache(
      file: workFolder.appending("runtime.json"), surroundings: surroundings, files: machine.files)
  }

  /// The best runtime of at least this level: the first with cgroup limits, else the first that works at all; what a
  /// publisher prefers is tried first.
  ///
  /// The answer is kept until the machine restarts or the runtime's program changes. Throws
  /// `SandboxError.noRuntime` with everything that was tried.
  package func best(
    for level: RuntimeLevel, preferring preferred: [RuntimeKind] = []
  ) async throws(SandboxError) -> SandboxRuntime {
    let usual = RuntimeKind.inOrder(forRoot: surroundings.user == 0)
    let kinds = (preferred + usual.filter { !preferred.contains($0) }).filter { $0.level >= level }
    if let known = known(among: kinds) { return known }
    if let kept = cache.read(), kept.kind == kinds.first || preferred.isEmpty && kept.kind.level >= level {
      findings[kept.kind] = RuntimeFinding(kind: kept.kind, program: kept.program, runtime: kept, reason: nil)
      return kept
    }
    var second: SandboxRuntime?
    var tried: [RuntimeFinding] = []
    for kind in kinds {
      let finding = await finding(for: kind)
      if finding.program != nil { tried.append(finding) }
      guard let runtime = finding.runtime else { continue }
      if runtime.limitKeeper.usesControlGroups { return keep(runtime) }
      if second == nil { second = runtime }
    }
    guard let second else { throw .noRuntime(needed: level, tried: tried) }
    return keep(second)
  }

  /// Tries every runtime, for `serin doctor`.
  package func survey() async -> [RuntimeFinding] {
    var all: [RuntimeFinding] = []
    for kind in RuntimeKind.allCases { all.append(await finding(for: kind)) }
    return all
  }

  /// Why what a plugin tries cannot be observed with a runtime that works here; nil when it can.
  ///
  /// A filter that asks is tried once and kept like the runtime itself (seccomp_unotify(2) needs Linux 5.5).
  package func silence(of runtime: SandboxRuntime) async -> String? {
    guard runtime.kind.level == .container else {
      return "\(runtime.kind.program) keeps the plugin's system calls to itself"
    }
    if let known = silences[runtime.kind] { return known.isEmpty ? nil : known }
    if cache.read()?.kind == runtime.kind, let known = cache.silence() {
      silences[runtime.kind] = known
      return known.isEmpty ? nil : known
    }
    let found = await run(runtime, observing: true) ?? ""
    silences[runtime.kind] = found
    if cache.read()?.kind == runtime.kind { cache.write(runtime, silence: found) }
    return found.isEmpty ? nil : found
  }

  /// Forgets what was found, so that the next sandbox tries again.
  package func forget() {
    findings = [:]
    silences = [:]
    cache.remove()
  }

  private func keep(_ runtime: SandboxRuntime) -> SandboxRuntime {
    cache.write(runtime)
    return runtime
  }

  private func known(among kinds: [RuntimeKind]) -> SandboxRuntime? {
    let found = kinds.compactMap { findings[$0]?.runtime }
    if let full = found.first(where: \.limitKeeper.usesControlGroups) { return full }
    return kinds.allSatisfy { findings[$0] != nil } ? found.first : nil
  }

  private func finding(for kind: RuntimeKind) async -> RuntimeFinding {
    if let known = findings[kind] { return known }
    let found = await attempt(kind)
    findings[kind] = found
    return found
  }

  private func attempt(_ kind: RuntimeKind) async -> RuntimeFinding {
    guard let program = surroundings.program(kind.program, files: machine.files) else {
      return RuntimeFinding(kind: kind, program: nil, runtime: nil, reason: "it is not installed")
    }
    guard let introduction = await say(program, ["--version"]), let help = await say(program, ["run", "--help"]) else {
      return RuntimeFinding(kind: kind, program: program, runtime: nil, reason: "it does not even say its version")
    }
    let version = introduction.split(separator: "\n").first.map(String.init) ?? ""
    let keepsEnded = help.contains("--keep")
    var complaint: String?
    for identity in SandboxIdentity.candidates(for: surroundings) where kind.canUse(identity) {
      for (keeper, network) in keepers.flatMap({ keeper in kind.networks.map { (keeper, $0) } }) {
        let runtime = SandboxRuntime(
          kind: kind, program: program, version: version, limitKeeper: keeper, identity: identity,
          keepsEnded: keepsEnded, carriesNetwork: network)
        guard let failure = await run(runtime) else {
          return RuntimeFinding(kind: kind, program: program, runtime: runtime, reason: complaint)
        }
        if complaint == nil { complaint = failure }
      }
    }
    return RuntimeFinding(kind: kind, program: program, runtime: nil, reason: complaint)
  }

  /// Root writes cgroups itself; anybody else needs the own systemd for it.
  private var keepers: [LimitKeeper] {
    if surroundings.user == 0 { return [.cgroupfs, .none] }
    return surroundings.hasUserManager ? [.systemd, .none] : [.none]
  }

  /// Runs the trial; returns why it failed.
  private func run(_ runtime: SandboxRuntime, observing: Bool = false) async -> String? {
    let tree = workFolder.appending("empty")
    do {
      try machine.files.makeDirectories(tree, mode: 0o755)
      var request = SandboxRequest(
        name: "trial", mode: .canary, tree: tree, arguments: RuntimeTrial.command,
        limits: SandboxLimits(memory: 64 << 20, cpus: 1, pids: 32, files: 64, tmp: 1 << 20))
      request.state = tree
      request.write = ["@state"]
      if runtime.carriesNetwork { request.network = ["localhost:9"] }
      request.observation = observing ? .touches : .none
      var plan = try SandboxPlan.make(request, surroundings: surroundings, files: machine.files)
      // Decoys in a home folder that stays would need mount points there, which a kill would leave behind.
      plan.environment["HOME"] = SandboxPaths.temporary.string
      let container = try Container(
        plan: plan, runtime: runtime, surroundings: surroundings, owner: owner,
        in: place, machine: machine, listens: observing)
      let output = await output(of: container)
      let logged = container.runtimeError()
      let isListenedTo = container.isListenedTo
      let leftBehind = await container.remove()
      await container.observe(isOver: true)
      if observing, !isListenedTo { return "\(runtime.kind.program) hands over no listener for system calls" }
      switch output {
      case .failure(let error): return error.description
      case .success(let output) where output.status.isSuccess:
        let seen = String(decoding: output.stdout, as: UTF8.self)
        return leftBehind
          ?? RuntimeTrial.complaint(about: seen, level: runtime.kind.level, network: runtime.carriesNetwork)
      case .success(let output): return logged ?? RuntimeWords.reason(stderr: output.stderr)
      }
    } catch let error as SandboxError {
      return error.description
    } catch {
      return String(describing: error)
    }
  }

  /// Runs a container to its end, with its network if it has one.
  private func output(of container: Container) async -> Result<ProcessOutput, ProcessError> {
    let processes = machine.processes
    return await withTaskGroup(of: Void.self) { group in
      if let network = ContainerNetwork(container, resolver: SystemResolver()) {
        group.addTask { await network.serve() }
      }
      defer { group.cancelAll() }
      do throws(ProcessError) {
        return .success(
          try await processes.run(
            container.runCommand, input: [], outputLimit: 1 << 16, timeout: Self.attemptTime))
      } catch {
        return .failure(error)
      }
    }
  }

  private func say(_ program: FilePath, _ arguments: [String]) async -> String? {
    let command = Command(
      executable: program, arguments: arguments, environment: .exact(surroundings.runtimeEnvironment))
    let output = try? await machine.processes.run(
      command, input: [], outputLimit: 1 << 16, timeout: Self.attemptTime)
    return output.map { String(decoding: $0.stdout, as: UTF8.self) }
  }
}

extension RuntimeKind {
  /// Whether a network for plugins is worth a trial, the better first: Serin can listen on its own kernel only.
  fileprivate var networks: [Bool] { level == .container ? [true, false] : [false] }
}
