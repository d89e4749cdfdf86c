import Platform
import Releases
import StrictJSON
import SystemPackage
import TestSupport
import Testing

@testable import Updating

@Suite("What an agent does next") struct AgentPlanTests {
  private let now = Instant(seconds: 1_795_410_000)
  private let timing = AgentTiming()
  private let plugin: PluginName
  private let other: PluginName

  init() throws {
    plugin = try PluginName("io.github.acme/time")
    other = try PluginName("io.github.acme/fetch")
  }

  /// A memory in which nothing is due before an hour has passed.
  private var rested: AgentMemory {
    var memory = AgentMemory()
    memory.repositories["acme"] = AgentMemory.Repository(checked: now, due: now.advanced(by: .seconds(7200)))
    memory.scanned = now
    memory.pruned = now
    return memory
  }

  private func facts(_ releases: [AgentFacts.Release] = []) -> AgentFacts {
    var facts = AgentFacts(now: now)
    facts.repositories = ["acme"]
    facts.releases = releases
    return facts
  }

  private func release(
    _ stage: AgentFacts.Stage, _ plugin: PluginName? = nil, network: Bool = false, notBefore: Instant? = nil
  ) -> AgentFacts.Release {
    AgentFacts.Release(plugin: plugin ?? self.plugin, stage: stage, needsNetwork: network, notBefore: notBefore)
  }

  private func steps(_ facts: AgentFacts, _ memory: AgentMemory? = nil) -> [AgentPlan.Step] {
    AgentPlan(facts, memory: memory ?? rested, timing: timing).steps
  }

  @Test func `everything is due for an agent that remembers nothing`() {
    #expect(steps(facts(), AgentMemory()) == [.check("acme"), .scan, .prune])
  }

  @Test func `where nothing is due it sleeps until something is, and never longer than a bound`() {
    let plan = AgentPlan(facts(), memory: rested, timing: timing)
    #expect(plan.steps.isEmpty && plan.wake == now.advanced(by: timing.longestSleep))
    var memory = rested
    memory.repositories["acme"]?.due = now.advanced(by: .seconds(100))
    #expect(AgentPlan(facts(), memory: memory, timing: timing).wake == now.advanced(by: .seconds(100)))
  }

  @Test func `what has passed is switched to before anything else, and not in quiet hours`() {
    var facts = facts([release(.wanted, other), release(.passed)])
    #expect(steps(facts) == [.take(plugin), .observe(other)])
    facts.quietUntil = now.advanced(by: .seconds(60))
    let quiet = AgentPlan(facts, memory: rested, timing: timing)
    #expect(quiet.steps == [.observe(other)], "what is here already may be observed")
    #expect(quiet.wake == now.advanced(by: .seconds(60)))
    facts.releases[0].needsNetwork = true
    #expect(steps(facts).isEmpty)
  }

  @Test func `a network that costs money is spared, and the rest goes on`() {
    var facts = facts([release(.wanted, network: true), release(.passed, other)])
    facts.mustSpareNetwork = true
    #expect(steps(facts, AgentMemory()) == [.take(other), .scan, .prune])
    #expect(!AgentPlan(facts, memory: AgentMemory(), timing: timing).usesNetwork)
    facts.mustSpareNetwork = false
    #expect(AgentPlan(facts, memory: AgentMemory(), timing: timing).usesNetwork)
  }

  @Test func `only so many are observed at the same time, and who must wait does not`() throws {
    let third = try PluginName("io.github.acme/git")
    var facts = facts([release(.soaking), release(.wanted, other), release(.wanted, third)])
    var timing = timing
    timing.mostSoaks = 2
    func steps(_ facts: AgentFacts) -> [AgentPlan.Step] {
      AgentPlan(facts, memory: rested, timing: timing).steps
    }
    #expect(steps(facts) == [.observe(other)])
    facts.releases[1].notBefore = now.advanced(by: .seconds(30))
    #expect(steps(facts) == [.observe(third)])
    timing.mostSoaks = 1
    #expect(steps(facts).isEmpty)
  }

  @Test func `what waits for a person is looked at each time`() {
    #expect(steps(facts([release(.waiting)])) == [.ask(plugin)])
  }

  @Test func `times that a wrong clock wrote down hold nothing up`() {
    var memory = rested
    memory.repositories["acme"]?.due = now.advanced(by: .seconds(400 * 86_400))
    memory.scanned = now.advanced(by: .seconds(86_400))
    memory.pruned = now.advanced(by: .seconds(86_400))
    memory.repositories["acme"]?.checked = now.advanced(by: .seconds(86_400))
    #expect(steps(facts(), memory) == [.check("acme"), .scan, .prune])
    memory.repositories["acme"] = AgentMemory.Repository(due: now.advanced(by: .seconds(400 * 86_400)), failures: 3)
    #expect(steps(facts(), memory).contains(.check("acme")))
  }

  @Test func `settings that want checks more often hold at once`() {
    var memory = rested
    memory.repositories["acme"]?.checked = now.advanced(by: .seconds(-1000))
    var often = timing
    (often.every, often.jitter) = (.seconds(900), .zero)
    #expect(AgentPlan(facts(), memory: memory, timing: timing).steps.isEmpty)
    #expect(AgentPlan(facts(), memory: memory, timing: often).steps == [.check("acme")])
  }

  // MARK: - Times

  @Test func `checks come with jitter, and before half of the life of metadata is over`() {
    let far = now.advanced(by: .seconds(30 * 86_400))
    #expect(timing.nextCheck(after: now, expires: far, share: 0) == now.advanced(by: timing.every))
    #expect(timing.nextCheck(after: now, expires: far, share: 1) == now.advanced(by: timing.every + timing.jitter))
    let soon = now.advanced(by: .seconds(7200))
    #expect(timing.nextCheck(after: now, expires: soon, share: 1) == now.advanced(by: .seconds(3600)))
    #expect(timing.nextCheck(after: now, expires: now, share: 1) == now.advanced(by: .seconds(300)))
  }

  @Test func `pauses after failures double up to a bound, and are a little apart`() {
    func pause(_ failures: Int, _ share: Double = 0) -> Duration {
      now.duration(to: timing.retry(after: now, failures: failures, share: share))
    }
    #expect([1, 2, 3, 4].map { pause($0) } == [60, 120, 240, 480].map { Duration.seconds($0) })
    #expect(pause(40) == timing.longestPause && pause(.max) == timing.longestPause)
    #expect(pause(0) == .seconds(60) && pause(-5) == .seconds(60))
    #expect(pause(1, 1) == .seconds(72) && pause(1, 99) == .seconds(72))
  }

  // MARK: - What is remembered

  @Test func `what it remembers is read back as it was written, and anything else is nothing`() throws {
    var report = AgentReport(pid: 7, since: now)
    report.memory = rested
    report.memory.repositories["acme"]?.failures = 3
    report.memory.repositories["acme"]?.error = "it lies"
    report.memory.notes[plugin.text] = AgentMemory.Note(
      word: "held", version: try ReleaseVersion("1.2.0"), sentence: "held: not today", command: "serin unhold time",
      since: now, failures: 2, retry: now)
    report.memory.scan = AgentMemory.Scan(trees: 4, read: 1, changed: ["one"])
    report.memory.healDue = now
    report.memory.healFailures = 1
    report.problems = ["the disk is full"]
    #expect(AgentReport(json: report.json) == report)
    #expect(try AgentReport(json: JSON.parse(report.json.serialized(pretty: true))) == report)
    for text in ["{}", "[]", #"{"format": 2}"#, #"{"format": 1, "pid": 99999999999}"#] {
      #expect(try AgentReport(json: JSON.parse(Array(text.utf8))) == nil)
    }
  }

  // MARK: - Units

  @Test func `the service starts this program for this host, and nothing in its path is expanded`() {
    let units = AgentUnits(
      program: #"/opt/a $b%c "d"\e/serin"#,
      environment: ["SERIN_HOME": "/srv/my plugins", "XDG_DATA_HOME": "relative", "PATH": "/bin"])
    let lines = units.serviceText.split(separator: "\n").map(String.init)
    #expect(lines.contains(#"ExecStart="/opt/a $$b%%c \"d\"\\e/serin" agent run"#))
    #expect(lines.filter { $0.hasPrefix("Environment=") } == [#"Environment="SERIN_HOME=/srv/my plugins""#])
    // Each of these would keep plugins from their sandboxes.
    for word in ["NoNewPrivileges", "Protect", "Private", "SystemCall", "Restrict", "Memory", "Lock"] {
      #expect(!lines.contains { $0.hasPrefix(word) && !$0.hasPrefix("RestartPrevent") }, "\(word)")
    }
    #expect(lines.contains("RestartPreventExitStatus=50 64") && lines.contains("Delegate=yes"))
  }
}
