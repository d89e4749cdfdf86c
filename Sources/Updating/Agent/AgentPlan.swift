package import Platform
package import Releases

/// What an agent knows at one moment, for its decision what to do next.
package struct AgentFacts: Sendable {
  /// How far an offered release has come in this process.
  package enum Stage: Hashable, Sendable {
    /// It is to be fetched and observed.
    case wanted
    /// It is being observed.
    case soaking
    /// It has passed, and is to be switched to.
    case passed
    /// It has passed, and waits for a person.
    case waiting
  }

  /// One offered release.
  package struct Release: Hashable, Sendable {
    /// The plugin.
    package var plugin: PluginName
    /// How far it has come.
    package var stage: Stage
    /// Whether something of it must still come over the network.
    package var needsNetwork: Bool
    /// When it is tried again; nil for now.
    package var notBefore: Instant?
  }

  /// The time.
  package var now: Instant
  /// When the quiet hours end; nil when there are none now.
  package var quietUntil: Instant?
  /// Whether the network costs money and the settings say to wait.
  package var mustSpareNetwork = false
  /// The trusted repositories, by id.
  package var repositories: [String] = []
  /// What is on its way.
  package var releases: [Release] = []

  /// Knows the time alone.
  package init(now: Instant) { self.now = now }
}

/// What an agent does now, and until when it sleeps then; pure.
package struct AgentPlan: Equatable, Sendable {
  /// One thing to do.
  package enum Step: Hashable, Sendable {
    /// Ask a repository, and see what it offers.
    case check(String)
    /// Compare installed trees with what was signed.
    case scan
    /// Fetch a release and begin, or go on, to observe it.
    case observe(PluginName)
    /// Switch to a release that has passed.
    case take(PluginName)
    /// See whether a person has agreed meanwhile.
    case ask(PluginName)
    /// Remove what nothing needs.
    case prune
  }

  /// What is to be done now, in this order.
  package let steps: [Step]
  /// When the agent looks again, unless something ends before.
  package let wake: Instant

  /// Whether anything of it goes over the network.
  package var usesNetwork: Bool {
    steps.contains { step in
      switch step {
      case .check, .observe: true
      case .scan, .take, .ask, .prune: false
      }
    }
  }

  /// Decides.
  ///
  /// Switches come first, since somebody waits for them; then what is asked and looked at, and what is fetched last.
  /// What cannot be done in quiet hours, or over a network that costs money, is left for later and moves nothing else.
  package init(_ facts: AgentFacts, memory: AgentMemory, timing: AgentTiming) {
    var steps: [Step] = []
    var wakes = [facts.now.advanced(by: timing.longestSleep)]
    let isQuiet = facts.quietUntil != nil
    if let end = facts.quietUntil { wakes.append(end) }

    for release in facts.releases where release.stage == .passed && !isQuiet {
      Self.add(.take(release.plugin), at: release.notBefore, facts.now, &steps, &wakes)
    }
    for release in facts.releases where release.stage == .waiting { steps.append(.ask(release.plugin)) }
    if !facts.mustSpareNetwork {
      for id in facts.repositories {
        let due = memory.repositories[id].map { Self.due($0, facts.now, timing) } ?? facts.now
        Self.add(.check(id), at: due, facts.now, &steps, &wakes)
      }
    }
    Self.add(
      .scan, at: Self.next(memory.scanned, timing.integrity, facts.now) ?? facts.now, facts.now, &steps, &wakes)
    var free = timing.mostSoaks - facts.releases.count { $0.stage == .soaking }
    for release in facts.releases where release.stage == .wanted {
      guard free > 0, !(release.needsNetwork && (isQuiet || facts.mustSpareNetwork)) else { continue }
      let before = steps.count
      Self.add(.observe(release.plugin), at: release.notBefore, facts.now, &steps, &wakes)
      if steps.count > before { free -= 1 }
    }
    if let pruned = memory.pruned {
      Self.add(
        .prune, at: Self.next(pruned, timing.prune, facts.now) ?? facts.now, facts.now, &steps, &wakes)
    } else {
      steps.append(.prune)
    }
    self.steps = steps
    wake = wakes.min() ?? facts.now
  }

  /// When a repository is asked again: as it was written down, unless the settings want it sooner by now, or it was
  /// written down by a clock that was wrong.
  private static func due(_ known: AgentMemory.Repository, _ now: Instant, _ timing: AgentTiming) -> Instant {
    if let checked = known.checked, checked > now { return now }
    if known.failures == 0, let checked = known.checked {
      return min(known.due, checked.advanced(by: timing.every + timing.jitter))
    }
    return known.due > now.advanced(by: timing.longestPause * 2) ? now : known.due
  }

  /// A time after the last one; nil where there was none, or it lies in the future.
  private static func next(_ last: Instant?, _ pause: Duration, _ now: Instant) -> Instant? {
    guard let last, last <= now else { return nil }
    return last.advanced(by: pause)
  }

  private static func add(
    _ step: Step, at due: Instant?, _ now: Instant, _ steps: inout [Step], _ wakes: inout [Instant]
  ) {
    if let due, due > now { wakes.append(due) } else { steps.append(step) }
  }
}
