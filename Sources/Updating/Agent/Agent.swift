package import Platform
package import Releases
import Storage

/// Looks after a host: asks repositories, observes what they offer, switches, watches, compares files with what was
/// signed, and removes what nothing needs.
///
/// The decisions are ``AgentPlan``'s and the host's; this carries them out, one after the other, while observations go
/// on beside. Everything that must survive is on the disk: an agent that is killed at any point goes on when it is
/// started again. What fails is told once, tried again after growing pauses, and never stops the rest.
package actor Agent {
  /// A release on its way to this host.
  struct Offered {
    var offer: ReleaseOffer
    var time: SoakTime
    var stage = AgentFacts.Stage.wanted
    var prepared: PreparedRelease?
    var notBefore: Instant?
    /// Whether its observation was begun: it is seen to its end then, whatever is offered meanwhile.
    var isBegun = false

    var version: ReleaseVersion { offer.manifest.version }
  }

  /// How many rounds of decisions may follow each other without sleep.
  private static let mostPasses = 8
  /// The shortest sleep.
  private static let shortestSleep = Duration.seconds(1)

  let host: PluginHost
  let hands: any AgentHands
  let draw: @Sendable () -> Double
  let tell: @Sendable (AgentNews) -> Void
  private let soak: DurationText?
  private let timing: (@Sendable (AgentTiming) -> AgentTiming)?
  var releases: [PluginName: Offered] = [:]
  var report: AgentReport
  var settings: HostSettings
  /// Plugins whose release does not work here, and about which a person is asked.
  var asking: Set<PluginName> = []
  /// How often a release was left by itself since this agent began.
  var returns = 0
  private var problemsBefore: Set<String> = []
  /// The trusted repositories, as they were when this round began.
  private(set) var repositories: [String] = []
  private var hasBegun = false
  private var networkCost: (at: Instant, isMetered: Bool)?

  var clock: any WallClock { host.machine.clock }
  var now: Instant { clock.now() }

  /// Prepares an agent; it remembers what the one before it has written down.
  ///
  /// Throws `SettingsError` for settings that cannot be read: whoever acts by itself must know by which rules.
  ///
  /// - Parameters:
  ///   - soak: a time to observe for instead of what the settings say; nil for theirs.
  ///   - timing: changes the times that follow from the settings, for tests and measurements.
  ///   - draw: a number from 0 to 1 at random.
  package init(
    _ host: PluginHost, hands: any AgentHands, pid: Int32, soak: DurationText? = nil,
    timing: (@Sendable (AgentTiming) -> AgentTiming)? = nil,
    draw: @escaping @Sendable () -> Double = { .random(in: 0...1) },
    tell: @escaping @Sendable (AgentNews) -> Void = { _ in }
  ) throws {
    self.host = host
    self.hands = hands
    self.draw = draw
    self.tell = tell
    self.timing = timing
    self.soak = soak
    settings = try host.settings()
    report = AgentReport(pid: pid, since: host.machine.clock.now())
    if let last = host.agentReport() { report.memory = last.memory }
    // Whoever begins has more urgent things to do than to tidy up.
    if report.memory.pruned == nil {
      let pause = (timing?(AgentTiming()) ?? AgentTiming()).prune
      report.memory.pruned = report.since.advanced(by: .seconds(3600) - pause)
    }
  }

  /// What the agent says of itself.
  package var latestReport: AgentReport { report }

  /// The times that hold now.
  var times: AgentTiming {
    var times = AgentTiming()
    times.every = settings.values.every.duration
    times.jitter = settings.values.jitter.duration
    times.integrity = settings.values.integrity.duration
    return timing?(times) ?? times
  }

  /// How long a release of a plugin is observed.
  func soakTime(_ settings: PluginSettings, of manifest: ChannelManifest) throws -> SoakTime {
    try settings.soakTime(asking: soak, of: manifest.plugin, security: manifest.security)
  }

  /// Looks after the host until the task is cancelled; then nothing that it began runs any more.
  package func run() async throws {
    do {
      while true {
        let wake = try await round()
        try Task.checkCancellation()
        // What a round used of the program's file would stay resident through the sleep: two thirds of all it has.
        ProcessMemory.leaveProgramPages()
        await sleep(max(now.duration(to: wake), Self.shortestSleep))
        try Task.checkCancellation()
      }
    } catch {
      await hands.stopAll()
      try? write()
      throw error
    }
  }

  /// Does what is due once, and sees the observations that it began to their end, or as far as they come in a time.
  ///
  /// Returns how often a release was left by itself.
  package func once(within limit: Duration? = nil) async throws -> Int {
    let deadline = limit.map { clock.uptime() + $0 }
    do {
      var wake = try await round()
      while releases.values.contains(where: { $0.stage == .soaking }) {
        let left = deadline.map { $0 - clock.uptime() } ?? times.longestSleep
        guard left > .zero else { break }
        await sleep(min(max(now.duration(to: wake), Self.shortestSleep), left))
        try Task.checkCancellation()
        wake = try await round()
      }
    } catch {
      await hands.stopAll()
      throw error
    }
    await hands.stopAll()
    return returns
  }

  /// Does everything that is due now, and what follows from it; returns when to look again.
  package func round() async throws -> Instant {
    (problemsBefore, report.problems) = (Set(report.problems), [])
    readSettings()
    if !hasBegun { await begin() }
    do { repositories = try host.repositories.all().map(\.id) } catch {
      problem("a repository's record cannot be read: \(host.words(of: error))")
    }
    await forgetRemoved()
    await conclude()
    await watchReleases()
    var done: Set<AgentPlan.Step> = []
    for _ in 0..<Self.mostPasses {
      // Nothing is done twice in one round, so that no mistake in a decision can make an agent restless.
      let steps = try await plan().steps.filter { !done.contains($0) }
      if steps.isEmpty { break }
      for step in steps {
        try Task.checkCancellation()
        await perform(step)
        done.insert(step)
      }
      await conclude()
    }
    report.looked = now
    let rest = try await plan()
    // A check that became due again while all this was done is not slept over.
    let isDue = rest.steps.contains { if case .check = $0 { true } else { false } }
    let soonest = now.advanced(by: Self.shortestSleep)
    report.wakes = isDue ? soonest : max(rest.wake, soonest)
    try? write()
    return report.wakes
  }

  private func write() throws {
    do { try host.keep(report) } catch {
      problem("what the agent remembers could not be written: \(host.words(of: error))")
      throw error
    }
  }

  /// Sleeps, unless an observation ends before.
  private func sleep(_ length: Duration) async {
    await withTaskGroup(of: Void.self) { [hands, clock] group in
      group.addTask { try? await clock.sleep(for: length) }
      group.addTask { await hands.waitForEnd() }
      await group.next()
      group.cancelAll()
    }
  }

  private func plan() async throws -> AgentPlan {
    var facts = AgentFacts(now: now)
    let minute = LocalTime.minuteOfDay(at: facts.now)
    let quiet = settings.values.quietHours.minutesLeft(at: minute)
    if quiet > 0 { facts.quietUntil = facts.now.advanced(by: .seconds(60 * Int64(quiet))) }
    facts.repositories = repositories
    facts.releases = releases.keys.sorted().compactMap { plugin in
      releases[plugin].map {
        AgentFacts.Release(
          plugin: plugin, stage: $0.stage, needsNetwork: $0.prepared == nil, notBefore: $0.notBefore)
      }
    }
    let plan = AgentPlan(facts, memory: report.memory, timing: times)
    // Only where something is to come over the network somebody has to be asked what it costs.
    guard plan.usesNetwork, settings.values.metered == .wait, await isMetered() else { return plan }
    facts.mustSpareNetwork = true
    return AgentPlan(facts, memory: report.memory, timing: times)
  }

  /// Whether the network costs money; NetworkManager is asked once a minute at most.
  private func isMetered() async -> Bool {
    if let asked = networkCost, asked.at <= now, asked.at.duration(to: now) < .seconds(60) { return asked.isMetered }
    let network = MeteredNetwork(host.machine, environment: host.environment)
    let isMetered = await network.isMetered(settings.values.network)
    networkCost = (now, isMetered)
    return isMetered
  }

  /// Reads the settings anew; those of before hold where they cannot be read.
  private func readSettings() {
    do { settings = try host.settings() } catch { problem("the settings cannot be read: \(host.words(of: error))") }
  }

  /// Notes what stands in the way of everything; told when it is new.
  func problem(_ sentence: String) {
    if !problemsBefore.contains(sentence), !report.problems.contains(sentence) {
      tell(AgentNews(.warning, nil, sentence))
    }
    report.problems.append(sentence)
  }

  /// Brings to its end what a killed process has left, and goes on with observations that were interrupted.
  private func begin() async {
    hasBegun = true
    do {
      for install in try host.ledger.installs() {
        do {
          if let doubt = try await hands.settle(install.plugin) { tell(AgentNews(.warning, install.plugin, doubt)) }
        } catch {
          fail(install.plugin, install.version, error)
        }
        await resume(install)
      }
    } catch {
      problem("the ledger cannot be read: \(host.words(of: error))")
    }
  }

  private func perform(_ step: AgentPlan.Step) async {
    switch step {
    case .check(let id): await check(id)
    case .scan: await scan()
    case .observe(let plugin): await observe(plugin)
    case .take(let plugin): await take(plugin)
    case .ask(let plugin): await ask(plugin)
    case .prune: await prune()
    }
  }
}
