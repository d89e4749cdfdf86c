import Canary
import Platform
import Releases
import Storage
import StrictJSON

@testable import Updating

/// What happens in a month beside what the agent does: releases, decisions of people, a network that is away.
struct MonthScript {
  /// One thing that happens.
  struct Event {
    let day: Double
    let happen: (Month) throws -> Void
  }

  static let verdicts: [String: VerdictKind] = ["1.2.0": .fail, "2.6.0": .inconclusive]
  /// Releases that pass their canary and end by themselves once the user works with them.
  static let broken: Set<String> = ["1.4.0", "4.2.0", "4.3.0", "4.4.0"]

  static let wide = #"{"net": {"allow": ["time.example.org:443"]}}"#
  static let wider = #"{"net": {"allow": ["time.example.org:443", "example.org:443"]}}"#
  static let setting = #"{"zone": {"type": "string", "title": "Zone", "description": "Where", "required": true}}"#

  /// Everything, by time.
  static var events: [Event] { (releases + decisions + troubles).sorted { $0.day < $1.day } }

  /// Thirty releases of five plugins; with the first one of each, which is installed by hand.
  private static var releases: [Event] {
    let plain: [(Double, String, String)] = [
      (1, "time", "1.1.0"), (4, "time", "1.2.0"), (7, "time", "1.3.0"), (10, "time", "1.4.0"), (13, "time", "1.5.0"),
      (25, "time", "1.6.0"),
      (2, "fetch", "2.1.0"), (5, "fetch", "2.2.0"), (8, "fetch", "2.3.0"), (11, "fetch", "2.4.0"),
      (24, "fetch", "2.5.0"), (26, "fetch", "2.6.0"),
      (1, "git", "3.1.0"),
      (2, "notes", "4.1.0"), (4, "notes", "4.2.0"), (7, "notes", "4.3.0"), (9.5, "notes", "4.4.0"),
      (24.5, "notes", "4.5.0"), (27, "notes", "4.6.0"),
      (3, "weather", "5.1.0"), (24, "weather", "5.4.0"), (25.5, "weather", "5.5.0"), (29.3, "weather", "5.6.0"),
    ]
    let special = [
      Event(day: 3) { try $0.release("git", "3.2.0", permissions: wide) },
      Event(day: 8) { try $0.release("git", "3.3.0", permissions: wider) },
      Event(day: 12) { try $0.release("git", "3.4.0", permissions: wide, paused: true) },
      Event(day: 24) { try $0.release("git", "3.5.0", permissions: wide, rollout: .nobody) },
      Event(day: 26) { try $0.release("git", "3.6.0", permissions: wide, rollout: .nobody) },
      Event(day: 6.6) { try $0.release("weather", "5.2.0", userConfig: setting) },
      Event(day: 10.5) { try $0.release("weather", "5.3.0", userConfig: setting) },
    ]
    return plain.map { day, name, version in Event(day: day) { try $0.release(name, version) } } + special
  }

  /// What people decide: the publisher, and the user of this host.
  private static var decisions: [Event] {
    [
      // While its soak goes on.
      Event(day: 5.8) { try $0.again("fetch", "2.2.0", yanked: "2.2.0") },
      Event(day: 14) { try $0.again("git", "3.4.0") },
      // While it runs.
      Event(day: 14.2) { try $0.again("fetch", "2.4.0", yanked: "2.4.0") },
      Event(day: 6) { month in
        _ = try month.host.approve(month.name("git"), version: ReleaseVersion("3.2.0"), by: "me", reason: "needed")
      },
      Event(day: 8) { month in
        try month.host.ledger.setUserConfig(
          [UserConfigRecord(key: "zone", value: "Europe/Paris", isSensitive: false)], of: month.name("weather"))
      },
      Event(day: 13) { month in
        _ = try month.host.rollBack(month.name("notes"), keepState: false, reason: "it does not work")
      },
      Event(day: 20) { month in _ = try month.host.unhold(month.name("notes")) },
      Event(day: 13.4) { try $0.vanish("weather") },
    ]
  }

  /// The network is away three times; between the 15th day and the 24th nobody signs, so that metadata expire.
  private static var troubles: [Event] {
    [(2.5, 3.2), (9, 9.4), (26.5, 27)].flatMap { from, to in
      [
        Event(day: from) { $0.shop.transport.isDown = true },
        Event(day: to) { $0.shop.transport.isDown = false },
      ]
    }
  }
}
