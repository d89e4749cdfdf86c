import Platform
import Releases
import Signing
import Storage
import SystemPackage
import Testing

@testable import Updating

@Suite("What a host does about an offer by its user's policies")
struct PolicyDecisionTests {
  private static let now = Instant(seconds: 1_795_410_000)
  private static let day: Int64 = 86_400

  private let plugin: PluginName

  init() throws { plugin = try PluginName("io.github.acme/time") }

  private func facts(
    age: ReleaseAge? = nil, missing: [String] = [], paused: Bool = false, state: [Int64] = [0]
  ) throws -> UpdateFacts {
    let bundle = try BundleOffer(
      platform: .any, path: "plugins/\(plugin)/2.0.0/time.tar.zst", length: 1, sha256: .of([2]), tree: .of([1]))
    let manifest = try ChannelManifest(
      plugin: plugin, channel: .stable, sequence: 7, version: ReleaseVersion("2.0.0"),
      published: Timestamp(seconds: 0), bundles: [bundle], paused: paused)
    return UpdateFacts(
      plugin: plugin, currentTree: TreeName(.of([0])), currentVersion: try ReleaseVersion("1.0.0"),
      manifest: manifest, holds: [], hostID: "0", platform: .current, age: age, missingSettings: missing)
  }

  private func age(_ seconds: Int64, minimum: Int64) -> ReleaseAge {
    ReleaseAge(
      since: Self.now.advanced(by: .seconds(-seconds)), minimum: DurationText(seconds: minimum), now: Self.now)
  }

  @Test func `a release waits until it is old enough, to the second`() throws {
    let young = try facts(age: age(Self.day - 1, minimum: Self.day)).decision
    #expect(young == .tooYoung(age: DurationText(seconds: Self.day), until: "2026-11-23T05:00:01Z"))
    #expect(young.word == "too-young" && young.sentence.contains("24h"))
    #expect(try facts(age: age(Self.day, minimum: Self.day)).decision == .available)
    #expect(try facts(age: age(-Self.day, minimum: 0)).decision == .available, "no age is asked")
    #expect(try facts(age: age(-Self.day, minimum: 1)).decision.word == "too-young", "the clock went back")
    #expect(try facts(age: age(0, minimum: Self.day), paused: true).decision == .paused)
  }

  @Test func `a release that needs values waits and says which, once it may come at all`() throws {
    let needy = try facts(missing: ["zone", "token"]).decision
    #expect(needy == .needsConfiguration(keys: ["zone", "token"]))
    #expect(needy.sentence.contains("--set zone=VALUE --set token=VALUE"))
    #expect(try facts(age: age(0, minimum: 60), missing: ["zone"]).decision.word == "too-young")
    #expect(try facts(missing: ["zone"], paused: true).decision == .paused)
  }

  @Test func `what a host does by itself depends on the mode`() throws {
    let version = try ReleaseVersion("2.0.0")
    func duty(_ decision: UpdateDecision, _ mode: UpdateMode) -> AgentDuty {
      decision.duty(mode, plugin: plugin, version: version)
    }
    #expect(duty(.available, .automatic) == .take)
    #expect(duty(.available, .ask) == .take, "it is observed, and update asks before the switch")
    guard case .tell(let sentence) = duty(.available, .manual) else {
      Issue.record("manual mode takes nothing by itself")
      return
    }
    #expect(sentence.contains("serin update time"))
    for mode in UpdateMode.allCases {
      guard case .tell(let sentence) = duty(.needsConfiguration(keys: ["zone"]), mode) else {
        Issue.record("an agent cannot give values")
        return
      }
      #expect(sentence.contains("serin update time --set zone=VALUE"))
      for quiet: UpdateDecision in [
        .nothingNew, .paused, .held(reason: "", until: nil), .skipped(reason: ""), .notYet(percent: 1), .notOffered,
        .tooYoung(age: DurationText(seconds: 1), until: ""), .noBundle(offered: []),
        .stateUnreadable(reads: [1], present: 0),
      ] {
        #expect(duty(quiet, mode) == .nothing, "\(quiet)")
      }
    }
  }

  // MARK: - Soak and age by the settings

  private func settings(_ yaml: String) throws -> PluginSettings {
    try HostSettings(SettingsFile(yaml, at: "c"), environment: [:]).plugin(plugin)
  }

  @Test func `the fast lane is only for releases that close a hole, and only where somebody opened it`() throws {
    let plain = try settings("minimum-age: 3d\n")
    #expect(plain.age(security: true) == plain.age(security: false))
    #expect(plain.soakTime(security: true) == .standard)

    let fast = try settings("minimum-age: 3d\nsecurity-age: 0s\nsecurity-soak: 1h\n")
    #expect(fast.age(security: true).seconds == 0 && fast.age(security: false).seconds == 3 * Self.day)
    #expect(fast.soakTime(security: true).required.seconds == 3600)
    #expect(fast.soakTime(security: true).isShortened, "every output names it")
    #expect(fast.soakTime(security: false) == .standard)

    let slow = try settings("soak: 30m\nminimum-age: 1h\nsecurity-age: 2d\nsecurity-soak: 2h\n")
    #expect(slow.soakTime(security: true).required.seconds == 1800, "the fast lane is never the slower one")
    #expect(slow.age(security: true).seconds == 3600)
    #expect(throws: SettingsError.self, "never no observation at all") { try settings("security-soak: 0s\n") }
  }

  @Test func `who may shorten a soak is a setting`() throws {
    func soak(_ yaml: String, _ asked: String?, security: Bool = false) throws -> String {
      try settings(yaml).soakTime(asking: asked.map { try DurationText($0) }, of: plugin, security: security).required
        .text
    }
    #expect(try soak("", "1h") == "1h")
    #expect(try soak("soak-skip: nobody\n", "2d") == "2d", "longer is never a skip")
    #expect(try soak("soak-skip: nobody\n", nil) == "24h")
    #expect(try soak("soak-skip: security\n", "1h", security: true) == "1h")
    for (yaml, security) in [("soak-skip: nobody\n", true), ("soak-skip: security\n", false)] {
      #expect(throws: PolicyError.self) { try soak(yaml, "1h", security: security) }
    }
    #expect(try soak("soak-skip: nobody\nsoak: 1h\n", "1h") == "1h")
  }
}
