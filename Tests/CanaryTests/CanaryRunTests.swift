import Canary
import CanarySupport
import MCP
import Platform
import Releases
import Signing
import StrictJSON
import Testing

/// A plan for an hour with a round each minute; only a whole one has bursts, provocations, idleness and another clock.
func plan(
  tree: String = "tree", required: Duration = .seconds(3600), probes: Int = 60, baseline: ToolList? = nil,
  calls: [ToolCallProbe] = [], coldStartEvery: Duration = .seconds(1800), isWhole: Bool = false, hasTwin: Bool = false
) throws -> CanaryPlan {
  var schedule = CanarySchedule(for: required)
  schedule.interval = .seconds(60)
  schedule.coldStartEvery = coldStartEvery
  schedule.noiseCheck = hasTwin ? schedule.noiseCheck : .zero
  if !isWhole { (schedule.burst, schedule.provokeEvery, schedule.clockAheadAt, schedule.idle) = (0, nil, nil, .zero) }
  return CanaryPlan(
    plugin: try PluginName("io.github.acme/time"), version: try ReleaseVersion("2.0"), platform: .any,
    tree: SHA256Digest.of(Array(tree.utf8)),
    gates: CanaryGates(required: required, minimumProbes: probes, memory: 256 << 20),
    policyRequired: .seconds(86_400),
    baseline: try baseline.map { CanaryBaseline(version: try ReleaseVersion("1.0"), tools: $0) }, calls: calls,
    schedule: schedule)
}

/// Watches this plugin with this plan.
func watch(
  _ plugin: PretendPlugin, _ plan: CanaryPlan, beside installed: PretendPlugin? = nil,
  ledger: MemoryLedger = MemoryLedger()
) async throws -> CanaryOutcome {
  try await CanaryRun(
    plan: plan, subject: plugin, installed: installed.map { InstalledTwin(subject: $0, double: $0) }, ledger: ledger,
    clock: plugin.clock
  ).run()
}

@Suite struct CanaryRunTests {
  @Test(arguments: [false, true])
  func `a healthy plugin of either era passes after its observed time`(isLegacy: Bool) async throws {
    let clock = VirtualClock()
    let plugin = PretendPlugin(clock) { $0.isLegacy = isLegacy }
    let ledger = MemoryLedger()
    let began = clock.uptime()
    let outcome = try await watch(plugin, plan(), ledger: ledger)
    #expect(outcome.verdict.kind == .pass, "\(outcome.verdict.findings)")
    #expect(outcome.progress.observed >= .seconds(3600))
    #expect(clock.uptime() - began >= .seconds(3600))
    #expect(outcome.progress.record.probes == 61)
    #expect(outcome.progress.record.era == (isLegacy ? .legacy : .modern))
    #expect(plugin.sessions(.soak) == 1)
    #expect(plugin.sessions(.coldStart) == 1)
    #expect(ledger.samples.map(\.sequence) == Array(1...ledger.samples.count))
    #expect(outcome.tools?.tools.map(\.name) == ["echo"])
  }

  @Test func `a whole day brings a probe each minute and a cold start each half hour`() async throws {
    let plugin = PretendPlugin(VirtualClock())
    let outcome = try await watch(plugin, plan(required: .seconds(86_400), probes: 1000))
    #expect(outcome.verdict.kind == .pass)
    #expect((1440...1442).contains(outcome.progress.record.probes))
    #expect((46...48).contains(outcome.progress.record.coldStarts))
    #expect(outcome.progress.encoded().count < 64 << 10)
  }

  @Test func `a short soak still has a cold start and an end of input`() async throws {
    let plugin = PretendPlugin(VirtualClock())
    let outcome = try await watch(plugin, plan(required: .seconds(120), probes: 2))
    #expect(outcome.verdict.kind == .pass)
    #expect(outcome.progress.record.coldStarts == 1)
    #expect(outcome.progress.record.cleanStops == 2)
  }

  @Test func `a verdict that must come too early is inconclusive, and the next run goes on with what was observed`()
    async throws
  {
    let plugin = PretendPlugin(VirtualClock())
    let ledger = MemoryLedger()
    var hasty = try plan(required: .seconds(3600), probes: 60)
    hasty.giveUpAfter = .seconds(1230)
    let began = plugin.clock.uptime()
    let first = try await watch(plugin, hasty, ledger: ledger)
    #expect(plugin.clock.uptime() - began >= .seconds(1230))
    #expect(plugin.clock.uptime() - began < .seconds(1300))
    #expect(first.verdict.kind == .inconclusive)
    #expect(first.verdict.findings.contains { $0.code == "too-short" }, "\(first.verdict.findings)")
    let second = try await watch(plugin, plan(required: .seconds(3600), probes: 60), ledger: ledger)
    #expect(second.verdict.kind == .pass)
    #expect(plugin.clock.uptime() - began < .seconds(3700), "what was observed before counted")
  }

  @Test func `a glance without observed time starts the plugin once`() async throws {
    let plugin = PretendPlugin(VirtualClock())
    let outcome = try await watch(plugin, plan(required: .zero, probes: 1))
    #expect(outcome.verdict.kind == .pass)
    #expect(plugin.sessions(.soak) == 1)
    #expect(plugin.sessions(.coldStart) == 0)
    #expect(outcome.progress.record.cleanStops == 1)
  }

  @Test func `declared calls are made in every round`() async throws {
    let ledger = MemoryLedger()
    let calls = [ToolCallProbe(tool: "echo", arguments: ["x": 1])]
    let outcome = try await watch(
      PretendPlugin(VirtualClock()), plan(required: .seconds(120), probes: 2, calls: calls), ledger: ledger)
    #expect(outcome.verdict.kind == .pass)
    #expect(ledger.samples.count { $0.probe == .call && $0.tool == "echo" } == 3)
  }

  /// A misbehaviour in the tenth round, and the code by which it must be known.
  static let faults: [(PretendPlugin.Reaction, String)] = [
    (.exit(1), "exited"), (.silence, "answer-late"), (.refusal(-32603), "refused"), (.wrongID, "wrong-id"),
    (.flood, "flood"), (.result(["tools": [["name": 1]]]), "protocol"), (.result(["tools": []]), "tools-changed"),
  ]

  @Test(arguments: faults.indices)
  func `each fault in the middle of the soak fails at its first occurrence`(index: Int) async throws {
    let (reaction, code) = Self.faults[index]
    let plugin = PretendPlugin(VirtualClock()) {
      $0.errorText = "Traceback\nValueError: boom\n"
      $0.script = { $0.method == "tools/list" && $0.count >= 10 ? reaction : .answer() }
    }
    let outcome = try await watch(plugin, plan())
    #expect(outcome.verdict.kind == .fail)
    #expect(outcome.verdict.findings.first?.code == code)
    #expect(outcome.progress.observed < .seconds(600))
    if code == "exited" {
      #expect(
        outcome.verdict.findings.first?.sentence
          == "it ended by itself with code 1 while it was watched; its last words: “ValueError: boom”")
    }
  }

  @Test func `one missed deadline gets a second try, and the try is told`() async throws {
    let plugin = PretendPlugin(VirtualClock()) {
      $0.script = { $0.method == "tools/list" && $0.count == 10 ? .silence : .answer() }
    }
    let outcome = try await watch(plugin, plan())
    #expect(outcome.verdict.kind == .pass)
    #expect(outcome.progress.record.retries == 1)
    #expect(outcome.verdict.findings.contains { $0.code == "slow-answers" })
  }

  @Test func `a crash at start fails with the code and the last words`() async throws {
    let plugin = PretendPlugin(VirtualClock()) {
      $0.errorText = "ImportError: no\n"
      $0.script = { _ in .exit(3) }
    }
    let outcome = try await watch(plugin, plan())
    #expect(outcome.verdict.kind == .fail)
    #expect(
      outcome.verdict.findings.first
        == Finding(
          .refusal, code: "start-failed",
          "it ended by itself with code 3 before it answered; its last words: “ImportError: no”"))
  }

  @Test func `a start that is late twice fails, late once it is told`() async throws {
    let late = PretendPlugin(VirtualClock()) { $0.script = { _ in .silence } }
    let outcome = try await watch(late, plan())
    #expect(outcome.verdict.findings.first?.code == "start-late")
    #expect(late.sessions(.soak) == 2)
    let once = PretendPlugin(VirtualClock()) {
      $0.script = { $0.session == 1 && $0.purpose == .soak ? .silence : .answer() }
    }
    let second = try await watch(once, plan())
    #expect(second.verdict.kind == .pass)
    #expect(second.progress.record.retries == 1)
  }

  @Test func `a plugin that starts only once fails at its first cold start`() async throws {
    let plugin = PretendPlugin(VirtualClock()) { $0.script = { $0.purpose == .coldStart ? .exit(1) : .answer() } }
    let outcome = try await watch(plugin, plan())
    #expect(outcome.verdict.findings.first?.code == "start-failed")
    #expect(outcome.progress.observed >= .seconds(1800))
    #expect(outcome.progress.observed < .seconds(2000))
  }

  @Test func `staying after the end of input fails, a bad exit code is told`() async throws {
    let staying = try await watch(
      PretendPlugin(VirtualClock()) { $0.farewell = .stays }, plan(required: .seconds(60), probes: 1))
    #expect(staying.verdict.findings.first?.code == "stop-late")
    let killed = try await watch(
      PretendPlugin(VirtualClock()) { $0.farewell = .signal(11) }, plan(required: .seconds(60), probes: 1))
    #expect(killed.verdict.findings.first?.code == "stop-by-signal")
    let rude = try await watch(
      PretendPlugin(VirtualClock()) { $0.farewell = .code(1) }, plan(required: .seconds(60), probes: 1))
    #expect(rude.verdict.kind == .pass)
    #expect(rude.verdict.findings.contains { $0.code == "stop-code" })
  }

  @Test func `what the sandbox saw counts`() async throws {
    let plugin = PretendPlugin(VirtualClock()) {
      $0.report.ranOutOfMemory = true
      $0.report.deniedProcesses = 7
      $0.report.unkeptLimits = ["cpus 1: not limited here"]
    }
    let outcome = try await watch(plugin, plan())
    #expect(outcome.verdict.kind == .fail)
    #expect(outcome.verdict.findings.prefix(2).map(\.code) == ["out-of-memory", "processes-denied"])
    let hungry = PretendPlugin(VirtualClock()) { $0.memory = 300 << 20 }
    let other = try await watch(hungry, plan())
    #expect(other.verdict.findings.first?.code == "memory-exceeded")
    #expect(other.progress.record.probes <= 1)
  }

  @Test func `noise on standard output is told with its first line`() async throws {
    let plugin = PretendPlugin(VirtualClock()) {
      $0.script = { $0.method == "tools/list" && $0.count == 2 ? .noise(["hello", "world"]) : .answer() }
    }
    let outcome = try await watch(plugin, plan())
    #expect(outcome.verdict.kind == .pass)
    #expect(outcome.verdict.findings.contains { $0.code == "stdout-noise" && $0.sentence.contains("2 lines") })
  }

  @Test func `tools are compared with the installed release's`() async throws {
    let installed = try ToolList([["name": "old", "inputSchema": [:]]])
    let outcome = try await watch(PretendPlugin(VirtualClock()), plan(baseline: installed))
    #expect(outcome.verdict.kind == .pass)
    #expect(
      outcome.verdict.approvalsNeeded.map(\.sentence) == ["the tool “old” was removed", "the tool “echo” is new"])
  }

  @Test func `a machine that cannot start a sandbox is not the plugin's fault`() async throws {
    let ledger = MemoryLedger()
    let plugin = PretendPlugin(VirtualClock()) { $0.startsUp = { _, _ in false } }
    await #expect(throws: PretendPlugin.NoSandbox.self) { try await watch(plugin, plan(), ledger: ledger) }
    let progress = try #require(try await ledger.progress(of: plan().tree))
    #expect(!progress.record.hasFailed)
  }
}
