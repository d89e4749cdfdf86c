import ArgumentParser
import Platform
import Releases
import StrictJSON
import SystemPackage
import Updating

/// The command `serin agent install`.
struct AgentInstallCommand: SerinCommand {
  static let configuration = CommandConfiguration(
    commandName: "install",
    abstract: "Let this account's systemd keep an agent running.",
    discussion: HelpText.make(
      """
      Writes a service and a timer to $XDG_CONFIG_HOME/systemd/user, lets systemd check them where it is there, and \
      starts them. The service runs as long as this account's manager does: to let it run when nobody is logged in, \
      `loginctl enable-linger`. The timer starts it again where it has ended. --print writes and starts nothing. \
      Installed again, it replaces what it wrote. Where there is no systemd, let cron call `serin agent once`.
      """,
      examples: ["serin agent install", "serin agent install --print"]))

  @OptionGroup var global: GlobalOptions
  @OptionGroup var host: HostOptions

  @Flag(help: "Print both files, and change nothing.")
  var print = false

  @Flag(help: "Write both files, and start nothing.")
  var noStart = false

  func perform(_ session: Session) async throws -> AgentUnitsOutput {
    var environment = session.environment
    if let folder = host.hostFolder { environment["SERIN_HOME"] = try FilePath(folder).absolute(session).string }
    let units = AgentUnits(program: try OwnProgram.path(session), environment: environment)
    let folder = UnitFolder(session.folders, machine: session.machine)
    guard !print else { return AgentUnitsOutput(units: units, files: [], steps: [], isPrint: true, isRemoval: false) }
    let files = try folder.write(units)
    var steps: [UnitStep] = []
    if let check = await folder.verify(files) { steps.append(check) }
    if !noStart, steps.allSatisfy(\.isDone) { steps += await folder.start() }
    return AgentUnitsOutput(units: units, files: files, steps: steps, isPrint: false, isRemoval: false)
  }
}

/// The command `serin agent uninstall`.
struct AgentUninstallCommand: SerinCommand {
  static let configuration = CommandConfiguration(
    commandName: "uninstall",
    abstract: "Stop the agent that systemd runs, and remove its files.",
    discussion: HelpText.make(
      """
      Takes back what `serin agent install` did. Plugins stay as they are, and so does everything that the agent has \
      written down.
      """,
      examples: ["serin agent uninstall", "serin agent uninstall --json"]))

  @OptionGroup var global: GlobalOptions

  func perform(_ session: Session) async throws -> AgentUnitsOutput {
    let folder = UnitFolder(session.folders, machine: session.machine)
    let units = AgentUnits(program: try OwnProgram.path(session), environment: session.environment)
    let steps = await folder.stop()
    let files = try folder.remove()
    return AgentUnitsOutput(units: units, files: files, steps: steps, isPrint: false, isRemoval: true)
  }
}

/// The files of an agent's service, and what was done with them.
struct AgentUnitsOutput: CommandOutput {
  static let schema = "serin.agent-install.1"
  let units: AgentUnits
  let files: [FilePath]
  let steps: [UnitStep]
  let isPrint: Bool
  let isRemoval: Bool

  private var failed: UnitStep? { steps.first { !$0.isDone } }

  /// A manager that cannot be reached now is no failure of a removal: the files are gone.
  var exitStatus: ExitStatus { isRemoval || failed == nil ? .ok : .failure }

  var json: JSON.Object {
    var object: JSON.Object = [
      "files": .strings(files.map(\.string)),
      "steps": .array(
        steps.map { ["command": .string($0.command), "done": .bool($0.isDone), "words": .string($0.words)] }),
    ]
    if !isRemoval {
      object["service"] = .string(units.serviceText)
      object["timer"] = .string(units.timerText)
    }
    return object
  }

  var text: [TextLine] {
    if isPrint {
      return [(AgentUnits.service, units.serviceText), (AgentUnits.timer, units.timerText)].flatMap { name, text in
        [TextLine.plain("# \(name)")]
          + text.split(separator: "\n", omittingEmptySubsequences: false).map {
            .plain(String($0))
          }
      }
    }
    let verb = isRemoval ? "removed" : "wrote"
    var lines: [TextLine] = files.isEmpty ? [.plain("there was nothing to remove")] : []
    lines += files.map { .plain("\(verb) \($0)") }
    for step in steps {
      lines.append(step.isDone ? .good("done: \(step.command)") : .bad("failed: \(step.command): \(step.words)"))
    }
    if !isRemoval, failed != nil { lines.append(.hint("without systemd, let cron call: serin agent once")) }
    return lines
  }
}
