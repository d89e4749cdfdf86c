import ArgumentParser
import Platform
import Releases
import StrictJSON
import Updating

/// The command `serin agent status`.
struct AgentStatusCommand: SerinCommand {
  static let configuration = CommandConfiguration(
    commandName: "status",
    abstract: "Show whether an agent looks after this host, and what it waits for.",
    discussion: HelpText.make(
      """
      Shows the running agent, when each repository answered last and is asked again, what stands in the way of each \
      plugin and which command answers it, and what the last comparison of files found. Asks nobody and changes \
      nothing. Ends with 1 when no agent runs.
      """,
      examples: ["serin agent status", "serin agent status --json"]))

  @OptionGroup var global: GlobalOptions
  @OptionGroup var host: HostOptions

  func perform(_ session: Session) async throws -> AgentStatusOutput {
    let host = try PluginHost.open(host, session)
    return AgentStatusOutput(pid: host.runningAgent(), report: host.agentReport())
  }
}

/// What an agent says of itself.
struct AgentStatusOutput: CommandOutput {
  static let schema = "serin.agent-status.1"
  let pid: Int32?
  let report: AgentReport?

  var exitStatus: ExitStatus { pid == nil ? .failure : .ok }

  var json: JSON.Object {
    ["running": .bool(pid != nil), "pid": pid.map { .integer(Int64($0)) } ?? .null, "agent": report?.json ?? .null]
  }

  var text: [TextLine] {
    guard let report else {
      return [.bad("no agent ever looked after this host"), .hint("to start one: serin agent install")]
    }
    var lines: [TextLine] = []
    if let pid {
      lines.append(.good("the agent is process \(pid), since \(report.since), and looks again at \(report.wakes)"))
    } else {
      lines += [
        .bad("no agent looks after this host; the last one looked at \(report.looked)"),
        .hint("to start one: serin agent install"),
      ]
    }
    lines += report.problems.map { .bad($0) }
    lines.append(
      .table(
        Table(
          columns: [.left("repository"), .left("answered"), .left("asked again"), .left("problem")],
          rows: report.memory.repositories.sorted { $0.key < $1.key }.map { id, known in
            [id, known.checked?.rfc3339 ?? "never", known.due.rfc3339, known.error]
          })))
    for (plugin, note) in report.memory.notes.sorted(by: { $0.key < $1.key }) {
      lines.append(.heading("\(plugin) \(note.version?.text ?? ""): \(note.word) since \(note.since)"))
      lines.append(.plain("  \(note.sentence)"))
      if !note.command.isEmpty { lines.append(.hint("  to answer: \(note.command)")) }
    }
    return lines + scan(report.memory)
  }

  private func scan(_ memory: AgentMemory) -> [TextLine] {
    guard let time = memory.scanned else { return [.plain("installed files were not compared yet")] }
    if memory.scan.changed.isEmpty {
      return [.good("\(memory.scan.trees) installed trees are as they were signed, at \(time)")]
    }
    return memory.scan.changed.map { .bad("not as it was signed: \($0)") }
      + [.hint("to make it anew: serin verify --all --repair")]
  }
}
