import Canary
import CanarySupport
import MCP
import Platform
import Releases
import Sandbox
import Signing
import StrictJSON
import SystemPackage
import TestSupport
import Testing

/// The animals whose faults a sandbox sees or contains: the real plugin in a real sandbox, in a short soak.
@Suite(
  .enabled("needs an OCI runtime that works here") { await ZooSandbox.works() }, .serialized,
  .timeLimit(.minutes(10)))
struct ContainedZooTests {
  /// What is caught with one runtime or another, and without watching system calls.
  static let animals: [Animal] = [
    Animal("plain", "none", .pass, "answered"),
    Animal("crash-on-call", "ends at the third call", .fail, "exited", by: .seconds(2)),
    Animal("flood", "a line without end", .fail, "flood", by: .zero),
    Animal("eats-memory", "wants 400 MB of 128", .fail, "exited", by: .zero),
    Animal("hangs-on-cancel", "hangs when a request is taken back", .fail, "provoked-cancelled", by: .zero),
    Animal("stays", "does not leave at the end of input", .fail, "stop-late", by: .seconds(2)),
  ]

  /// What only shows where the sandbox is told of system calls.
  static let watched: [Animal] = [
    Animal("egress-ip", "connects to an address", .fail, "connection-refused", by: .seconds(1)),
    Animal("egress-name", "resolves a name", .fail, "connection-refused", by: .seconds(1)),
    Animal("egress-ipv6", "connects to an address of IPv6", .fail, "connection-refused", by: .seconds(1)),
    Animal("egress-socket", "connects to a socket of the machine", .fail, "connection-refused", by: .seconds(1)),
    Animal("egress-proxy", "asks the proxy for another place", .fail, "connection-refused", by: .seconds(1)),
    Animal("writes-outside", "writes to the machine's files", .pass, "path-refused"),
    Animal("spawns", "starts a program that it did not declare", .fail, "program-refused", by: .seconds(1)),
    Animal("leaves-children", "leaves a process behind", .fail, "left-behind", by: .seconds(2)),
  ]

  private func soak(_ animal: Animal, _ change: (inout CanaryPlan) -> Void = { _ in }) async throws -> CanaryOutcome {
    let zoo = try ZooSandbox()
    var plan = try ZooSandbox.plan(animal.name)
    change(&plan)
    return try await CanaryRun(
      plan: plan, subject: zoo.subject(animal.name), ledger: ForgetfulLedger(), clock: Machine.live.clock
    ).run()
  }

  private func check(_ animal: Animal, _ outcome: CanaryOutcome) {
    print(animal.line(outcome))
    #expect(outcome.verdict.kind == animal.expected, "\(outcome.verdict.findings)")
    #expect(outcome.verdict.findings.contains { $0.code == animal.code }, "\(outcome.verdict.findings)")
    if let latest = animal.caughtBy { #expect(outcome.progress.observed <= latest) }
  }

  @Test(arguments: animals)
  func `each animal gets the verdict that it deserves`(animal: Animal) async throws {
    check(animal, try await soak(animal))
  }

  @Test(.enabled("needs a runtime that hands over its listener") { await ZooSandbox.watches() }, arguments: watched)
  func `each attempt is seen for what it is`(animal: Animal) async throws {
    check(animal, try await soak(animal))
  }

  @Test func `a time bomb goes off where the clock can be set, and where it cannot that is said`() async throws {
    let outcome = try await soak(Animal("time-bomb", "ends after a date", .fail)) { $0.schedule.clockAheadAt = .zero }
    let isUntried = outcome.verdict.findings.contains { $0.code == "clock-not-set" }
    check(
      Animal("time-bomb", "ends after a date", isUntried ? .pass : .fail, isUntried ? "clock-not-set" : "clock-ahead"),
      outcome)
    #expect(isUntried == !ZooSandbox.canSetClocks)
  }

  @Test func `twins of the same release are measured alike and found alike`() async throws {
    let zoo = try ZooSandbox()
    var plan = try ZooSandbox.plan("random-answers")
    plan.schedule.noiseCheck = .seconds(1)
    plan.schedule.burst = 20
    plan.schedule.block = .seconds(1)
    plan.baseline = CanaryBaseline(version: try ReleaseVersion("1.0"), tools: try ToolList([]))
    let outcome = try await CanaryRun(
      plan: plan, subject: zoo.subject("random-answers"),
      installed: InstalledTwin(subject: zoo.subject("plain", "installed"), double: zoo.subject("plain", "double")),
      ledger: ForgetfulLedger(), clock: Machine.live.clock
    ).run()
    print(Animal("random-answers", "each answer is another", .pass, "tool-change").line(outcome))
    #expect(outcome.verdict.kind == .pass, "\(outcome.verdict.findings)")
    let record = outcome.progress.record
    #expect(record.blocks.first?.isNoiseCheck == true)
    #expect(record.installedFailures.isEmpty)
    #expect(outcome.progress.noiseObserved >= .seconds(1))
    let block = try #require(record.blocks.first { !$0.isNoiseCheck })
    for metric in [CanaryMetric.memory, .descriptors, .threads, .processorTime, .errorOutput, .callLatency] {
      #expect(block.pairs[metric]?.pairs ?? 0 > 0, "\(metric) was not measured")
    }
    #expect(abs(block.pairs[.descriptors]?.medianLogRatio ?? 9) < 0.01)
  }
}

/// A sandbox of this machine for animals.
struct ZooSandbox {
  private let scratch: Scratch
  private let runner: SandboxRunner

  init() throws {
    scratch = try Scratch()
    let surroundings = try Surroundings.gather(
      environment: ProcessEnvironment.current, ownFolders: [scratch / "own"], files: Machine.live.files)
    runner = try SandboxRunner(machine: .live, surroundings: surroundings, workFolder: scratch / "work")
    try Machine.live.files.makeDirectories(scratch / "tree", mode: 0o755)
    let program = FilePath(#filePath).removingLastComponent().appending("zoo.py")
    try scratch.write(
      String(decoding: try Machine.live.files.readAll(program, limit: 1 << 20), as: UTF8.self), to: "tree/zoo.py")
  }

  /// Whether a container can be run here at all.
  static func works() async -> Bool {
    guard let zoo = try? ZooSandbox() else { return false }
    return (try? await zoo.runner.probe.best(for: .container)) != nil
  }

  /// Whether a sandbox here is told of the system calls inside.
  static func watches() async -> Bool {
    guard let zoo = try? ZooSandbox(), let runtime = try? await zoo.runner.probe.best(for: .container) else {
      return false
    }
    return await zoo.runner.probe.silence(of: runtime) == nil
  }

  /// Whether a library that sets clocks is installed here.
  static var canSetClocks: Bool {
    guard let zoo = try? ZooSandbox() else { return false }
    return (try? zoo.subject("plain").obstacle(to: .monthAhead)) == nil
  }

  /// A subject as the canary makes them of signed releases.
  func subject(_ animal: String, _ name: String = "candidate") throws -> SandboxSubject {
    let manifest = try BundleManifest(
      plugin: PluginName("io.github.acme/zoo"), version: ReleaseVersion("2.0"), platform: .any,
      launch: LaunchCommand(
        command: "python3", arguments: ["-S", "-E", "${__dirname}/zoo.py", animal],
        environment: ["ZOO_BORN": "\(Machine.live.clock.now().seconds)"]),
      permissions: Permissions(
        json: [
          "version": 1, "limits": ["memory": "128MiB", "pids": 8, "call": "2s"],
          "net": ["allow": animal == "egress-proxy" ? ["time.example.org:443"] : []],
        ]),
      entries: [])
    return CanarySubjects(machine: .live, root: scratch / "state").subject(
      manifest, tree: scratch / "tree", configuration: [:], runner: runner, name: name)
  }

  /// A second with a round each quarter, and provocations at once.
  static func plan(_ animal: String) throws -> CanaryPlan {
    let required = Duration.seconds(1)
    var schedule = CanarySchedule(for: required)
    schedule.interval = .milliseconds(250)
    schedule.provokeEvery = ["hangs-on-cancel", "plain"].contains(animal) ? required : nil
    return CanaryPlan(
      plugin: try PluginName("io.github.acme/zoo"), version: try ReleaseVersion("2.0"), platform: .any,
      tree: SHA256Digest.of(Array(animal.utf8)),
      gates: CanaryGates(
        required: required, minimumProbes: 4, start: .seconds(20), call: .seconds(2), stop: .seconds(2),
        memory: 128 << 20),
      policyRequired: .seconds(86_400), calls: [ToolCallProbe(tool: "echo", arguments: ["text": "x"])],
      schedule: schedule)
  }
}
