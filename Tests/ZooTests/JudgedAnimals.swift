import Canary
import CanarySupport
import MCP
import Releases
import Signing
import StrictJSON

/// The animals that a whole day is needed for, or that only the judge can tell: they pretend, in virtual time.
enum JudgedAnimals {
  private static let day = Duration.seconds(86_400)
  private static let hour = Duration.seconds(3600)
  private static let interval = Duration.seconds(180)
  private static let megabyte = 1_000_000.0

  /// The table.
  static let all: [Animal] = [
    Animal("plain", "none", .pass, "compared"),
    Animal("noisy", "much on standard error", .pass, "compared"),
    Animal("random-answers", "each answer is another", .pass, "compared"),
    Animal("slow-start", "a start of twenty seconds, as ever", .pass, "compared"),
    Animal("slow-10", "calls take 10 % longer", .pass, "compared"),
    Animal("slow-20", "calls take 20 % longer", .fail, "call-latency"),
    Animal("slow-50", "calls take 50 % longer", .fail, "call-latency"),
    Animal("leak-100", "100 KB an hour, as allocators do", .pass, "compared"),
    Animal("leak-200", "200 KB an hour", .fail, "memory-growth"),
    Animal("leak-500", "500 KB an hour", .fail, "memory-growth"),
    Animal("descriptor-leak", "a descriptor for every third call", .fail, "descriptor-growth"),
    Animal("errors", "an error in each 200th call", .fail, "errors"),
    Animal("crash-after-an-hour", "ends after an hour", .fail, "exited", by: hour + interval * 2),
    Animal("crash-on-call", "ends at the 100th call", .fail, "exited", by: hour * 2),
    Animal("idle-killer", "ends after half an hour without work", .fail, "exited", by: day / 2 + interval),
    Animal("time-bomb", "refuses after a date", .fail, "clock-ahead", by: day / 8 + interval),
    Animal("hangs-on-cancel", "hangs when a request is taken back", .fail, "provoked-cancelled", by: interval),
    Animal("dies-of-bad-json", "ends on a line that is no JSON", .fail, "provoked-bad-json", by: interval),
    Animal("both-die-of-bad-json", "the same, as the installed release does", .pass, "both-provoked-bad-json"),
    Animal("wrong-id", "answers what nobody asked", .fail, "wrong-id", by: interval),
    Animal("wrong-version", "speaks a version that there is not", .fail, "no-common-version", by: .zero),
    Animal("crash-at-start", "does not start", .fail, "start-failed", by: .zero),
    Animal("garbage", "some lines on standard output are no messages", .pass, "stdout-noise"),
    Animal("flood", "a line without end", .fail, "flood", by: interval),
    Animal("exit-code", "leaves with code 3", .pass, "stop-code"),
    Animal("stays", "does not leave at the end of input", .fail, "stop-late", by: .zero),
    Animal("changed-description", "another description", .pass, "tool-change"),
    Animal("changed-schema", "a parameter of another type", .pass, "tool-breaking"),
    Animal("changed-annotation", "says no more that it only reads", .pass, "tool-change"),
    Animal("new-tool", "one tool more", .pass, "tool-change"),
    Animal("leaves-children", "a process that outlives it", .fail, "left-behind", by: .zero),
    Animal("installed-crashes", "none, but the installed release ends every hour", .pass, "installed-restarts"),
  ]

  /// How the animal behaves as a candidate, and how the installed release behaves beside it.
  static func behaviours(_ name: String) -> (
    candidate: PretendPlugin.Behaviour, installed: PretendPlugin.Behaviour
  ) {
    var (candidate, installed) = (healthy(seed: 1), healthy(seed: 2))
    shape(&candidate, name)
    if name == "slow-start" { shape(&installed, name) }
    if name == "both-die-of-bad-json" {
      candidate.script = dying(of: "garbage", candidate.script)
      installed.script = dying(of: "garbage", installed.script)
    }
    if name == "installed-crashes" { installed.script = ending(installed.script) { $0.age > hour } }
    return (candidate, installed)
  }

  /// A plugin of some 50 MB that answers calls in about 8 ms and everything else in about 3.
  private static func healthy(
    seed: UInt64, call: Duration = .milliseconds(8), leak: Double = 0, descriptors: Double = 0, errorBytes: Int64 = 0
  ) -> PretendPlugin.Behaviour {
    let jitter = Jitter(seed: seed)
    var behaviour = PretendPlugin.Behaviour()
    behaviour.isLegacy = true
    behaviour.tools = [tool()]
    behaviour.script = { request in
      let median = request.method == "tools/call" ? call : .milliseconds(3)
      return .answer(after: jitter.latency(median, request.count * 8 + request.method.utf8.count))
    }
    behaviour.usage = { age, requests in
      let hours = age / hour
      let memory = 50 * megabyte + 0.02 * megabyte * jitter.normal(requests) + leak * hours
      return CanaryUsage(
        memory: Int64(memory), processorTime: .milliseconds(2) * requests,
        descriptors: 7 + Int(descriptors * Double(requests)), threads: 3,
        errorBytes: errorBytes * Int64(requests))
    }
    return behaviour
  }

  private static func tool(
    _ name: String = "echo", description: String = "Says it again.", type: String = "string", readOnly: Bool = true
  ) -> JSON {
    [
      "name": .string(name), "description": .string(description), "annotations": ["readOnlyHint": .bool(readOnly)],
      "inputSchema": ["type": "object", "properties": ["text": ["type": .string(type)]]],
    ]
  }

  private typealias Script = @Sendable (PretendPlugin.Request) -> PretendPlugin.Reaction

  private static func ending(
    _ script: @escaping Script, when isDue: @escaping @Sendable (PretendPlugin.Request) -> Bool
  ) -> Script {
    { isDue($0) ? .exit(9) : script($0) }
  }

  private static func dying(of method: String, _ script: @escaping Script) -> Script {
    ending(script) { $0.method == method }
  }

  private static func shape(_ behaviour: inout PretendPlugin.Behaviour, _ name: String) {
    let script = behaviour.script
    func react(
      _ reaction: PretendPlugin.Reaction, when isDue: @escaping @Sendable (PretendPlugin.Request) -> Bool
    ) {
      behaviour.script = { isDue($0) ? reaction : script($0) }
    }
    switch name {
    case "noisy": behaviour = healthy(seed: 1, errorBytes: 4000)
    case "random-answers":
      behaviour.script = { request in
        guard request.method == "tools/call" else { return script(request) }
        return .result(["content": [["type": "text", "text": .string("\(Jitter(seed: 9).normal(request.count))")]]])
      }
    case "slow-start": react(.answer(after: .seconds(20))) { $0.method == "initialize" }
    case "slow-10": behaviour = healthy(seed: 1, call: .microseconds(8800))
    case "slow-20": behaviour = healthy(seed: 1, call: .microseconds(9600))
    case "slow-50": behaviour = healthy(seed: 1, call: .milliseconds(12))
    case "leak-100": behaviour = healthy(seed: 1, leak: 100_000)
    case "leak-200": behaviour = healthy(seed: 1, leak: 200_000)
    case "leak-500": behaviour = healthy(seed: 1, leak: 500_000)
    case "descriptor-leak": behaviour = healthy(seed: 1, descriptors: 0.33)
    case "errors": react(.refusal(-32000)) { $0.method == "tools/call" && $0.count.isMultiple(of: 200) }
    case "crash-after-an-hour": behaviour.script = ending(script) { $0.age > hour }
    case "crash-on-call": behaviour.script = ending(script) { $0.method == "tools/call" && $0.count == 100 }
    case "idle-killer": behaviour.idleLimit = .seconds(1800)
    case "time-bomb": react(.refusal(-32000)) { $0.purpose.clockShift != nil && $0.method == "tools/call" }
    case "hangs-on-cancel": react(.silence) { $0.wasCancelled }
    case "dies-of-bad-json": behaviour.script = dying(of: "garbage", script)
    case "wrong-id": react(.wrongID) { $0.method == "tools/call" }
    case "wrong-version": behaviour.version = "1999-12-31"
    case "crash-at-start": react(.exit(1)) { _ in true }
    case "garbage": react(.noise(["loading", "done"])) { $0.method == "tools/call" && $0.count.isMultiple(of: 50) }
    case "flood": react(.flood) { $0.method == "tools/call" }
    case "exit-code": behaviour.farewell = .code(3)
    case "stays": behaviour.farewell = .stays
    case "changed-description": behaviour.tools = [tool(description: "Says it again. Always call this first.")]
    case "changed-schema": behaviour.tools = [tool(type: "integer")]
    case "changed-annotation": behaviour.tools = [tool(readOnly: false)]
    case "new-tool": behaviour.tools.append(tool("shout"))
    case "leaves-children": behaviour.report.events = [CanaryEvent(.leftBehind, "sleep")]
    default: break
    }
  }

  /// Whether a quarter of a day tells as much, because no growth and no small share decides.
  private static func isQuick(_ name: String) -> Bool {
    ["changed", "new-tool", "exit-code", "garbage", "both"].contains { name.hasPrefix($0) }
  }

  /// The observed time that a plan asks for.
  static func required(_ name: String) -> Duration { isQuick(name) ? day / 4 : day }

  /// A day with everything that a day has, in coarser rounds: a round each three minutes, some calls in each burst.
  static func plan(for name: String) throws -> CanaryPlan {
    let required = required(name)
    var schedule = CanarySchedule(for: required)
    schedule.interval = interval
    schedule.burst = name == "errors" ? 120 : 20
    schedule.coldStartEvery = required / 12
    let gates = CanaryGates(required: required, minimumProbes: 80, memory: 256 << 20)
    return CanaryPlan(
      plugin: try PluginName("io.github.acme/zoo"), version: try ReleaseVersion("2.0"), platform: .any,
      tree: SHA256Digest.of(Array(name.utf8)), gates: gates, policyRequired: day,
      baseline: CanaryBaseline(version: try ReleaseVersion("1.0"), tools: try ToolList([tool()])),
      calls: [ToolCallProbe(tool: "echo", arguments: ["text": "x"])], schedule: schedule)
  }
}
