import Platform
import Releases
import Storage
import StrictJSON
import SystemPackage
import Updating

/// A host on one screen, and for programs.
struct HostStatusText {
  let status: HostStatus

  // MARK: - For people

  var text: [TextLine] {
    var lines: [TextLine] = [.heading("host \(status.folder)")]
    lines.append(status.plugins.isEmpty ? .plain("nothing is installed") : .table(table))
    let problems = notes { $0.kind <= .withdrawn }
    lines += status.problems.map { .bad($0) }
    if !problems.isEmpty { lines += [.heading("wrong")] + problems.flatMap { self.lines($0, isBad: true) } }
    let waiting = notes { $0.command != nil && $0.kind > .withdrawn }
    if !waiting.isEmpty { lines += [.heading("waits for you")] + waiting.flatMap { self.lines($0, isBad: false) } }
    let rest = notes { $0.command == nil && $0.kind > .withdrawn }
    if !rest.isEmpty { lines += [.heading("refused or kept away")] + rest.flatMap { self.lines($0, isBad: false) } }
    let held = status.plugins.flatMap { plugin in
      plugin.holds.map { TextLine.plain("  \(plugin.install.plugin.name): \($0.kind.rawValue) of \($0.sentence)") }
    }
    if !held.isEmpty { lines += [.heading("held")] + held }
    return lines + repositories + agent + [.plain(program)]
  }

  /// The same, no line wider than a terminal.
  func cut(to columns: Int) -> [TextLine] {
    func short(_ text: String) -> String {
      let safe = Printable.line(text)
      return safe.count < columns ? safe : String(safe.prefix(max(1, columns - 2))) + "…"
    }
    return text.flatMap { line -> [TextLine] in
      switch line {
      case .plain(let text): [.plain(short(text))]
      case .heading(let text): [.heading(short(text))]
      case .good(let text): [.good(short(text))]
      case .bad(let text): [.bad(short(text))]
      case .hint(let text): [.hint(short(text))]
      case .fields, .table: line.rendered.map { .plain(short($0)) }
      }
    }
  }

  /// One line for each plugin; it changes when there is something to tell.
  var changes: [(plugin: String, line: String)] {
    status.plugins.map { plugin in
      let notes = plugin.notes.map(\.sentence).joined(separator: "; ")
      return (
        plugin.install.plugin.text,
        "\(plugin.running?.text ?? "unreadable"), \(now(plugin))\(notes.isEmpty ? "" : ": \(notes)")"
      )
    }
  }

  private var table: Table {
    Table(
      columns: [.left("plugin"), .left("runs"), .left("channel"), .left("now")],
      rows: status.plugins.map { plugin in
        let sessions =
          plugin.sessions == 0 ? "" : plugin.sessions == 1 ? " (1 session)" : " (\(plugin.sessions) sessions)"
        return [
          plugin.install.plugin.text, (plugin.running?.text ?? "-") + sessions, plugin.install.channel.text,
          now(plugin),
        ]
      })
  }

  /// What happens to a plugin, in a few words.
  private func now(_ plugin: HostStatus.Plugin) -> String {
    if let soak = plugin.soak {
      let times = "\(RoughTime.text(soak.observedSeconds)) of \(RoughTime.text(soak.requiredSeconds))"
      return "\(soak.version) \(soak.isWatched ? "is observed" : "stands still"): \(times) (\(soak.percent) %)"
    }
    guard let first = plugin.notes.first else {
      if plugin.watchedSince != nil { return "new: its first sessions are watched" }
      return plugin.holds.isEmpty ? "up to date" : "held"
    }
    let subject = first.version.map { $0 == plugin.running ? "" : "\($0) " } ?? ""
    return subject + Self.words(first.kind)
  }

  private static func words(_ kind: HostNote.Kind) -> String {
    switch kind {
    case .blocked: "does not start"
    case .damaged: "cannot be read"
    case .interrupted: "a switch was interrupted"
    case .withdrawn: "was withdrawn"
    case .approval: "needs your approval"
    case .settings: "needs settings"
    case .refused: "was not taken"
    case .idle: "stands still"
    case .offered: "is offered"
    case .held: "stays away"
    case .notNow: "is not for this host yet"
    }
  }

  private func notes(_ isWanted: (HostNote) -> Bool) -> [HostNote] {
    status.plugins.flatMap(\.notes).filter(isWanted)
  }

  private func lines(_ note: HostNote, isBad: Bool) -> [TextLine] {
    let text = "  \(note.plugin.name)\(note.version.map { " \($0)" } ?? ""): \(note.sentence)"
    return [isBad ? .bad(text) : .plain(text)] + (note.command.map { [.hint("    \($0)")] } ?? [])
  }

  private var repositories: [TextLine] {
    if status.repositories.isEmpty {
      return [.plain("no repository is trusted yet"), .hint("    serin trust URL --fingerprint SHA256")]
    }
    return [.heading("repositories")]
      + status.repositories.map { repository in
        let seen = repository.refreshed.map { "asked \(RoughTime.since($0, at: status.time))" } ?? "never asked"
        guard let expires = repository.expires else {
          return .bad("  \(repository.id): nothing is known of it, \(seen)")
        }
        let rest = status.time.duration(to: expires).components.seconds
        return rest > 0
          ? .plain("  \(repository.id): \(seen), good for another \(RoughTime.text(rest))")
          : .bad("  \(repository.id): \(seen), expired \(RoughTime.since(expires, at: status.time)): updates wait")
      }
  }

  private var agent: [TextLine] {
    let report = status.agentReport
    guard let process = status.agent else {
      let last = report.map { "; the last one looked \(RoughTime.since($0.looked, at: status.time))" } ?? ""
      return [.plain("no agent looks after this host" + last), .hint("    serin agent install")]
    }
    guard let report else { return [.plain("agent: process \(process)")] }
    let rest = status.time.duration(to: report.wakes).components.seconds
    let next = rest > 0 ? "in \(RoughTime.text(rest))" : "now"
    return [
      .plain("agent: process \(process), looked \(RoughTime.since(report.looked, at: status.time)), again \(next)")
    ]
      + report.problems.map { .bad("  \($0)") }
  }

  private var program: String {
    "serin \(SerinVersion.current)" + (status.program.map { ", in its own care as release \($0)" } ?? "")
  }

  // MARK: - For programs

  var json: JSON.Object {
    [
      "subject": "host", "path": .string(status.folder.string), "exists": true, "time": .string(status.time.rfc3339),
      "plugins": .array(status.plugins.map(Self.json)),
      "repositories": .array(
        status.repositories.map { repository in
          [
            "id": .string(repository.id), "url": .string(repository.url),
            "refreshed": repository.refreshed.map { .string($0.rfc3339) } ?? .null,
            "expires": repository.expires.map { .string($0.rfc3339) } ?? .null,
            "expired": .bool(repository.expires.map { $0 <= status.time } ?? true),
          ]
        }),
      "agent": [
        "running": .bool(status.agent != nil), "pid": status.agent.map { .integer(Int64($0)) } ?? .null,
        "looked": status.agentReport.map { .string($0.looked.rfc3339) } ?? .null,
        "wakes": status.agentReport.map { .string($0.wakes.rfc3339) } ?? .null,
        "problems": .strings(status.agentReport?.problems ?? []),
      ],
      "problems": .strings(status.problems),
      "program": [
        "version": .string(SerinVersion.current), "release": status.program.map { .string($0.text) } ?? .null,
      ],
    ]
  }

  private static func json(_ plugin: HostStatus.Plugin) -> JSON {
    [
      "plugin": .string(plugin.install.plugin.text), "version": plugin.running.map { .string($0.text) } ?? .null,
      "channel": .string(plugin.install.channel.text), "repository": .string(plugin.install.repository),
      "soak": plugin.soak.map { soak in
        [
          "version": .string(soak.version.text), "observedSeconds": .integer(soak.observedSeconds),
          "requiredSeconds": .integer(soak.requiredSeconds), "percent": .int(soak.percent),
          "watched": .bool(soak.isWatched),
        ]
      } ?? .null,
      "notes": .array(
        plugin.notes.map { note in
          [
            "kind": .string(note.kind.rawValue), "version": note.version.map { .string($0.text) } ?? .null,
            "sentence": .string(note.sentence), "command": note.command.map { .string($0) } ?? .null,
          ]
        }),
      "sessions": .int(plugin.sessions),
      "watchedSince": plugin.watchedSince.map { .string($0.rfc3339) } ?? .null,
      "holds": .array(plugin.holds.map { .object($0.json) }),
    ]
  }
}
