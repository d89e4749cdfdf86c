package import Platform
import Releases
package import SystemPackage

/// What a session in a sandbox brought: the body's value, and what is known about the sandbox.
package struct SandboxOutcome<Value: Sendable>: Sendable {
  /// What the body returned.
  package let value: Value
  /// What is known about the sandbox after its end.
  package let report: SandboxReport
}

/// Runs plugins in sandboxes, and never without one.
package struct SandboxRunner: Sendable {
  /// Finds the runtimes that work here.
  package let probe: RuntimeProbe
  /// The machine and user as they were found.
  package let surroundings: Surroundings
  private let machine: Machine
  private let places: SandboxPlaces
  private let owner: ContainerOwner
  private let resolver: any NameResolver

  /// Prepares for running sandboxes.
  ///
  /// - Parameter workFolder: a private folder of the invoking user; what is known about the runtimes is kept there,
  ///   and running containers live below it where there is no login.
  /// - Parameter resolver: where the egress proxy looks names up.
  package init(
    machine: Machine, surroundings: Surroundings, workFolder: FilePath, resolver: any NameResolver = SystemResolver()
  ) throws(SandboxError) {
    self.resolver = resolver
    self.machine = machine
    self.surroundings = surroundings
    owner = try ContainerOwner.current(files: machine.files)
    do {
      places = try SandboxPlaces(
        workFolder: workFolder, login: surroundings.loginFolder, user: surroundings.user, files: machine.files)
    } catch {
      throw .file(error)
    }
    probe = RuntimeProbe(
      machine: machine, surroundings: surroundings, workFolder: workFolder, place: places.running, owner: owner)
  }

  /// Plans a sandbox; nothing is started.
  package func plan(_ request: SandboxRequest) throws(SandboxError) -> SandboxPlan {
    try SandboxPlan.make(request, surroundings: surroundings, files: machine.files)
  }

  /// How the limits of a plan will be kept here.
  package func enforcement(of plan: SandboxPlan) async throws(SandboxError) -> [LimitEnforcement] {
    plan.limits.enforcement(
      by: try await probe.best(for: plan.minimumLevel, preferring: plan.preferred), in: surroundings)
  }

  /// What a person should be told before a plugin starts, one sentence each: what it will not get, and what is weaker
  /// here than elsewhere.
  package func notes(for plan: SandboxPlan) async throws(SandboxError) -> [String] {
    let runtime = try await probe.best(for: plan.minimumLevel, preferring: plan.preferred)
    let limits = plan.limits.enforcement(by: runtime, in: surroundings)
    let weak = limits.filter { $0.enforced == .supervised || $0.enforced == .none }.map(\.sentence)
    let silence = plan.observation == .none ? nil : await probe.silence(of: runtime)
    return plan.notes + weak + networkNotes(plan, runtime)
      + (silence.map { ["what the plugin tries cannot be observed here: " + $0] } ?? [])
      + (runtime.identity.user == 0 ? [runtime.identity.sentence] : [])
  }

  private func networkNotes(_ plan: SandboxPlan, _ runtime: SandboxRuntime) -> [String] {
    guard !plan.network.isEmpty, !runtime.carriesNetwork else { return [] }
    let places = plan.network.map(\.text).joined(separator: ", ")
    return [
      "network is declared (\(places)), but \(runtime.kind.program) cannot be given a proxy here: "
        + "the plugin runs without network"
    ]
  }

  /// The containers whose supervisors live, and those whose supervisors were killed; nothing is changed.
  package func survey() -> (live: Set<String>, dead: Set<String>) {
    leftovers.reduce(into: ([], [])) { found, leftovers in
      let here = leftovers.survey()
      found.live.formUnion(here.live)
      found.dead.formUnion(here.dead)
    }
  }

  /// Ends and removes the containers of supervisors that were killed; returns their identifiers.
  @discardableResult
  package func sweep() async -> [String] {
    var swept: [String] = []
    for leftovers in leftovers { swept += await leftovers.sweep() }
    return swept
  }

  private var leftovers: [Leftovers] {
    places.all.map { Leftovers(place: $0, surroundings: surroundings, machine: machine) }
  }

  /// Starts a plugin and talks with it for as long as the body runs; then nothing of it is left.
  ///
  /// Throws what the body throws, or `SandboxError.notStarted` when the runtime could not even start the plugin.
  package func withSession<Value: Sendable>(
    _ plan: SandboxPlan, _ body: (SandboxSession) async throws -> Value
  ) async throws -> SandboxOutcome<Value> {
    let container = try await prepare(plan)
    let watch = LimitWatch(container: container, clock: machine.clock)
    let network = ContainerNetwork(container, resolver: resolver)
    var report: SandboxReport?
    let result: Result<Value, any Error>
    do {
      let value = try await machine.processes.withSession(container.runCommand) { process in
        try await withThrowingTaskGroup(of: Void.self) { group in
          group.addTask { await watch.supervise() }
          if let network { group.addTask { await network.serve() } }
          let result: Result<Value, any Error>
          do {
            result = .success(
              try await body(SandboxSession(process: process, container: container, watch: watch)))
          } catch {
            result = .failure(error)
          }
          group.cancelAll()
          report = await settle(container, watch) { await process.waitForLast(timeout: $0) }
          return try result.get()
        }
      }
      result = .success(value)
    } catch {
      result = .failure(error)
    }
    // Without a report the runtime itself could not be started.
    let final = if let report { report } else { await settle(container, watch) { _ in nil } }
    switch result {
    case .success(let value): return SandboxOutcome(value: value, report: final)
    case .failure(let error):
      if let reason = final.runtimeError { throw await notStarted(container, reason) }
      throw error
    }
  }

  /// How long a plugin may take to leave once its client has; then all its processes are ended.
  static let leavingTime = Duration.seconds(5)

  /// Runs a plugin on this process's own standard streams until it ends.
  ///
  /// Throws `SandboxError.notStarted` when the runtime could not start it.
  /// - Parameters:
  ///   - relay: what stands between the streams and the plugin's; nil hands them over as they are.
  ///   - leaves: yields when the client does not want to go on, so that a plugin that stays is ended.
  package func runAttached(
    _ plan: SandboxPlan, relay: StreamRelay? = nil, leaves: AsyncStream<Void>? = nil
  ) async throws(SandboxError) -> SandboxReport {
    let container = try await prepare(plan)
    let watch = LimitWatch(container: container, clock: machine.clock)
    let (processes, command, clock) = (machine.processes, container.runCommand, machine.clock)
    let network = ContainerNetwork(container, resolver: resolver)
    let result = await withTaskGroup(of: Void.self) { group in
      group.addTask { await watch.supervise() }
      if let network { group.addTask { await network.serve() } }
      if let leaves {
        group.addTask {
          for await _ in leaves {
            guard (try? await clock.sleep(for: Self.leavingTime)) != nil else { return }
            await container.kill()
          }
        }
      }
      let result: Result<ProcessStatus, ProcessError>
      do throws(ProcessError) {
        result = .success(try await processes.runAttached(command, relay: relay))
      } catch {
        result = .failure(error)
      }
      group.cancelAll()
      return result
    }
    let status = try? result.get()
    let report = await settle(container, watch) { _ in status }
    if let reason = report.runtimeError { throw await notStarted(container, reason) }
    if case .failure(let error) = result { throw .process(error) }
    return report
  }

  private func prepare(_ plan: SandboxPlan) async throws(SandboxError) -> Container {
    // A supervisor that was killed could not clean up; looking for what it left is one listing of an empty folder.
    await sweep()
    let runtime = try await probe.best(for: plan.minimumLevel, preferring: plan.preferred)
    let listens = plan.observation != .none ? await probe.silence(of: runtime) == nil : false
    return try Container(
      plan: plan, runtime: runtime, surroundings: surroundings, owner: owner, in: places.running, machine: machine,
      listens: listens)
  }

  private func notStarted(_ container: Container, _ reason: String) async -> SandboxError {
    await probe.forget()
    return .notStarted(runtime: container.runtime.kind.program, reason: reason)
  }

  /// Measures for the last time, ends what still runs and removes the container, even when the task is cancelled.
  private func settle(
    _ container: Container, _ watch: LimitWatch, status: @escaping @Sendable (Duration) async -> ProcessStatus?
  ) async -> SandboxReport {
    let surroundings = surroundings
    return await Task { () -> SandboxReport in
      let byItself = await status(.zero)
      let usage = watch.measure() ?? watch.last
      let runtimeError = container.runtimeError()
      var leftBehind = await container.remove()
      let ended = if let byItself { byItself } else { await status(.seconds(5)) }
      // crun removes a container whose end it sees as well, and the two may get in each other's way.
      if leftBehind != nil { leftBehind = await container.remove() }
      await container.observe(isOver: true)
      let outOfMemory = watch.ranOutOfMemory(byItself)
      let events = container.events
      if outOfMemory { events.note(.outOfMemory, container.plan.name, count: max(1, usage?.outOfMemoryKills ?? 1)) }
      return SandboxReport(
        status: ended, outOfMemory: outOfMemory, endedFor: watch.endedFor, usage: usage,
        identity: container.runtime.identity,
        limits: container.plan.limits.enforcement(by: container.runtime, in: surroundings),
        runtimeError: runtimeError, leftBehind: leftBehind, events: events.events, eventsNotKept: events.notKept,
        network: container.plan.network.isEmpty ? nil : container.egress.report)
    }.value
  }
}
