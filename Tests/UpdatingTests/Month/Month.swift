import Platform
import Releases
import Storage
import TestSupport

@testable import Updating

/// A month of one host: its publisher, its user, and the agent that is dropped and made anew whenever the machine
/// stops.
final class Month {
  static let names = ["time", "fetch", "git", "notes", "weather"]
  static let days = 30.0

  let shop: Shop
  private(set) var host: PluginHost
  private var hands: MonthHands
  private var agent: Agent
  private var random: SplitMix64
  private let start: Instant
  private var sequence: Int64 = 1
  private var bundles: [String: BundleOffer] = [:]
  /// How often the machine stopped.
  private(set) var reboots = 0
  /// How often the agent looked.
  private(set) var rounds = 0

  init(seed: UInt64) async throws {
    random = SplitMix64(seed: seed)
    shop = try Shop()
    start = shop.clock.now()
    host = try await shop.trustingHost()
    hands = MonthHands(host, verdicts: MonthScript.verdicts)
    try shop.configure("every: 12h\njitter: 1h\n")
    agent = try Month.agent(host, hands, seed)
    for (index, name) in Self.names.enumerated() {
      try release(name, "\(index + 1).0.0")
      try await shop.activate(on: host, event: "install")
    }
  }

  private static func agent(_ host: PluginHost, _ hands: MonthHands, _ seed: UInt64) throws -> Agent {
    let share = Double(seed % 97) / 97
    return try Agent(
      host, hands: hands, pid: 1,
      timing: { times in
        var times = times
        times.longestSleep = .seconds(86_400)
        times.integrity = .seconds(3 * 86_400)
        times.mostSoaks = 5
        times.prune = .seconds(10 * 86_400)
        return times
      }, draw: { share })
  }

  func name(_ short: String) throws -> PluginName { try PluginName("io.github.acme/\(short)") }

  // MARK: - The publisher

  func release(
    _ name: String, _ version: String, permissions: String = "{}", userConfig: String = "{}", paused: Bool = false,
    rollout: RolloutPlan = .everybody
  ) throws {
    shop.plugin = try self.name(name)
    sequence += 1
    let bundle = try shop.bundle(version, permissions: permissions, userConfig: userConfig)
    bundles[version] = bundle
    try shop.offer(shop.manifest(bundle, version, sequence: sequence, paused: paused, rollout: rollout))
  }

  /// The same release with other words of its publisher.
  func again(_ name: String, _ version: String, yanked: String? = nil) throws {
    guard let bundle = bundles[version] else { throw UpdatingError.notInstalled(plugin: name) }
    shop.plugin = try self.name(name)
    sequence += 1
    let yanks = try yanked.map { [try YankedRelease(version: ReleaseVersion($0), reason: "it eats data")] } ?? []
    try shop.offer(shop.manifest(bundle, version, sequence: sequence, yanked: yanks))
  }

  func vanish(_ name: String) throws {
    shop.plugin = try self.name(name)
    try shop.withdraw()
  }

  // MARK: - The host

  /// The user works with each plugin, as an AI client does through the launcher; what happens with releases that
  /// nothing judges any more is left out.
  private func use() throws {
    for name in Self.names {
      for _ in 0..<3 { try use(host.folder.plugin(self.name(name))) }
    }
  }

  private func use(_ home: PluginFolder) throws {
    guard try host.ledger.watch(of: home.name) != nil else { return }
    _ = try host.goBackIfBroken(home.name)
    let mark = try home.markRunning()
    let version = try home.summary(of: mark.tree).version
    let log = SessionLog(home)
    _ = try log.begin(mark, version: version, pid: 1)
    if MonthScript.broken.contains(version.text) {
      try log.noteEnd(
        mark.id, SessionEnd(time: shop.clock.now(), cause: .plugin, status: .exited(1), wasAsked: true))
    } else {
      try log.noteAnswer(mark.id)
      try log.noteEnd(mark.id, SessionEnd(time: shop.clock.now(), cause: .client, wasAsked: true, calls: 3))
    }
  }

  /// The machine stops at once and starts again some minutes or hours later.
  private func reboot() throws {
    try hands.cut()
    shop.clock.jump(by: .seconds(Int64(600 + random.below(4 * 3600))))
    shop.clock.reboot()
    host = try shop.host()
    hands = MonthHands(host, verdicts: MonthScript.verdicts)
    agent = try Month.agent(host, hands, random.next())
    reboots += 1
  }

  private func moment(_ day: Double) -> Instant { start.advanced(by: .seconds(Int64(day * 86_400))) }

  /// Lets the month pass.
  func pass() async throws {
    var events = MonthScript.events[...]
    var nextUse = moment(0.1)
    var nextReboot = moment(0.3)
    var wake = shop.clock.now()
    while shop.clock.now() < moment(Self.days) {
      if min(wake, hands.nextEnd ?? wake) <= shop.clock.now() {
        wake = try await agent.round()
        rounds += 1
      }
      var next = min(wake, nextUse, nextReboot, moment(Self.days))
      if let event = events.first { next = min(next, moment(event.day)) }
      if let end = hands.nextEnd { next = min(next, end) }
      shop.clock.advance(by: max(shop.clock.now().duration(to: next), .seconds(1)))
      let now = shop.clock.now()
      while let event = events.first, moment(event.day) <= now {
        try event.happen(self)
        events.removeFirst()
      }
      if nextUse <= now {
        try use()
        nextUse = now.advanced(by: .seconds(8 * 3600))
      }
      if nextReboot <= now {
        try reboot()
        wake = shop.clock.now()
        nextReboot = shop.clock.now().advanced(by: .seconds(Int64(6 * 3600 + random.below(4 * 86_400))))
      }
    }
  }

  // MARK: - What came of it

  func version(_ name: String) throws -> String { try host.installed(self.name(name)).manifest.version.text }

  /// What happened to a plugin, oldest first, without when.
  func events(_ name: String) throws -> [String] {
    try host.ledger.history(of: self.name(name), limit: 10_000).reversed().map { entry in
      "\(entry.event) \(entry.fromVersion?.text ?? "")>\(entry.toVersion?.text ?? "")"
    }
  }
}
