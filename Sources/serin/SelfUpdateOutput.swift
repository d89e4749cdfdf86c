import Platform
import Releases
import Signing
import Storage
import StrictJSON
import SystemPackage
import Updating

/// What became of the program.
struct SelfUpdateOutput: CommandOutput {
  static let schema = "serin.self-update.1"

  /// What was asked for, and what it brought.
  enum What: Sendable {
    case checked(OwnRelease.Check)
    case wouldAdopt(PreparedRelease, link: FilePath, present: ProgramLink.Present)
    case switched(OwnSwitchResult, link: FilePath?)
    case wentBack(RollbackResult)
    case tested(SelfTest.Report)
    case rescue(FilePath)
  }

  let what: What
  var usesExitCode = false

  var exitStatus: ExitStatus {
    switch what {
    case .checked(let check) where usesExitCode: check.isReady ? .updateAvailable : .nothingToDo
    case .tested(let report): report.isGood ? .ok : .failure
    default: .ok
    }
  }

  var json: JSON.Object {
    switch what {
    case .checked(let check): Self.json(check)
    case .wouldAdopt(let release, let link, _):
      [
        "adopted": .bool(false), "version": .string(release.manifest.version.text), "link": .string(link.string),
        "sha256": .string(release.offer.bundle.sha256.hex), "confirm": .string(release.offer.bundle.sha256.lastSix),
      ]
    case .switched(let result, let link):
      [
        "from": result.from.map { .string($0.text) } ?? .null, "to": .string(result.to.text),
        "fetched": .string(result.way), "downloaded": .integer(result.downloaded),
        "link": link.map { .string($0.string) } ?? .null, "selfTest": result.test.json,
        "ledgerCopy": result.ledgerCopy.map { .string($0) } ?? .null,
      ]
    case .wentBack(let result):
      [
        "from": .string(result.from.text), "to": .string(result.to.text), "undo": .bool(result.isUndo),
        "hold": result.hold.map { .string($0) } ?? .null, "lifted": result.lifted.map { .string($0) } ?? .null,
      ]
    case .tested(let report): ["selfTest": report.json]
    case .rescue(let path): ["rescue": .string(path.string)]
    }
  }

  private static func json(_ check: OwnRelease.Check) -> JSON.Object {
    [
      "running": .string(SerinVersion.current), "current": check.current.map { .string($0.text) } ?? .null,
      "offered": check.update.offered.map { .string($0.text) } ?? .null,
      "repository": .string(check.update.install.repository), "channel": .string(check.update.install.channel.text),
      "decision": .string(check.update.decision.word), "reason": .string(check.update.decision.sentence),
      "minimumAge": .string(check.age.text),
    ]
  }

  var text: [TextLine] {
    switch what {
    case .checked(let check):
      return [
        .fields([
          ("runs", SerinVersion.current), ("in its own care", check.current.map { "release \($0)" } ?? "no"),
          ("offered", check.update.offered?.text ?? "nothing"), ("decision", check.update.decision.sentence),
        ])
      ] + (check.hint.map { [.hint($0)] } ?? [])
    case .wouldAdopt(let release, let link, let present):
      var lines: [TextLine] = [.heading("would adopt release \(release.manifest.version)")]
      if case .other(let aside) = present { lines.append(.plain("what is at \(link) would go to \(aside)")) }
      return lines + [.fields([("link", link.string), ("digest", release.offer.bundle.sha256.hex)])]
    case .switched(let result, let link): return Self.text(result, link)
    case .wentBack(let result):
      var lines: [TextLine] = [.good("this program is release \(result.to) again, was \(result.from)")]
      if let hold = result.hold { lines.append(.plain("\(result.from) stays away: \(hold)")) }
      return lines + [.hint("to take this back: serin self-update --undo")]
    case .tested(let report):
      return report.checks.map { check in
        check.isGood ? .good("\(check.name): \(check.sentence)") : .bad("\(check.name): \(check.sentence)")
      }
    case .rescue(let path): return [.plain(path.string)]
    }
  }

  private static func text(_ result: OwnSwitchResult, _ link: FilePath?) -> [TextLine] {
    var lines: [TextLine] = [
      .good("this program is release \(result.to)" + (result.from.map { ", was \($0)" } ?? ", in its own care"))
    ]
    lines += result.test.checks.map { .plain("  \($0.name): \($0.sentence)") }
    if let copy = result.ledgerCopy {
      lines.append(.bad("warning: it changes the ledger, which older releases cannot read then; a copy is at \(copy)"))
    }
    if let link { lines.append(.hint("start it as \(link), and let no other be found before it")) }
    return lines + (result.from == nil ? [] : [.hint("to go back: serin self-update --rollback")])
  }
}

extension OwnRelease.Check {
  /// Whether the offered release may be taken now.
  var isReady: Bool { update.decision == .available }

  /// What to do next.
  var hint: String? {
    if current == nil { return "to put it into its own care: serin self-update --adopt" }
    return isReady ? "to take it: serin self-update" : nil
  }
}
