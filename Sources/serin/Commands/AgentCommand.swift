import ArgumentParser
import Platform
import Releases
import Storage
import StrictJSON
import Updating

/// `serin agent`: what looks after a host by itself.
struct AgentCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "agent",
    abstract: "Look after this host: check, observe, switch, watch, compare, prune.",
    discussion: HelpText.make(
      """
      Without a further word it is `agent run`. What it does by itself, and when, say the settings of this host \
      (`serin config`); what it has done, `serin history`; what it waits for, `serin agent status`.
      """,
      examples: ["serin agent", "serin agent install", "serin agent status"]),
    subcommands: [
      AgentRunCommand.self, AgentOnceCommand.self, AgentStatusCommand.self, AgentInstallCommand.self,
      AgentUninstallCommand.self,
    ],
    defaultSubcommand: AgentRunCommand.self)
}

/// The options of whoever runs an agent.
struct AgentOptions: ParsableArguments {
  @Option(help: ArgumentHelp("Observe for this long instead of what the settings say.", valueName: "time"))
  var soak: String?

  @Option(help: ArgumentHelp("Ask repositories this often, whatever the settings say.", visibility: .hidden))
  var every: String?

  @Option(help: ArgumentHelp("Compare files this often, whatever the settings say.", visibility: .hidden))
  var integrity: String?

  /// The agent of a host, as the options want it.
  func agent(_ host: PluginHost, hands: any AgentHands, _ session: Session) throws -> Agent {
    let time = try soak.map { try DurationText($0) }
    if let time, time < SoakTime.standard.policy {
      session.console.warning("soaks are shortened to \(time); the policy asks for \(SoakTime.standard.policy)")
    }
    let (often, files) = (try every.map { try DurationText($0) }, try integrity.map { try DurationText($0) })
    return try Agent(
      host, hands: hands, pid: host.runningAgent() ?? 0, soak: time,
      timing: { times in
        var times = times
        if let often { (times.every, times.jitter) = (often.duration, .zero) }
        if let files { times.integrity = files.duration }
        return times
      },
      tell: { session.tell($0) })
  }
}

extension Session {
  /// Says what an agent does or finds: a message for people, an event for programs.
  func tell(_ news: AgentNews) {
    console.event(
      "agent",
      [
        "plugin": news.plugin.map { .string($0.text) } ?? .null, "sentence": .string(news.sentence),
        "weight": .string(news.weight.rawValue),
      ])
    switch news.weight {
    case .detail: console.detail(news.sentence)
    case .news: console.message(news.sentence)
    case .warning: console.warning(news.sentence)
    }
  }
}

/// The command `serin agent run`.
struct AgentRunCommand: SerinCommand {
  static let configuration = CommandConfiguration(
    commandName: "run",
    abstract: "Look after this host in the foreground, until a signal comes.",
    discussion: HelpText.make(
      """
      Asks the trusted repositories every few hours, fetches what they offer, observes it for 24 hours of watched time \
      beside the installed release, switches to what has passed, watches its first sessions and goes back by itself \
      where they fail; compares installed files with what was signed every hour and makes anew what was changed; \
      removes what nothing needs once a day. Killed at any point it goes on when it is started again. One agent looks \
      after a host; a second one is told so (50). It ends on SIGTERM and SIGINT with everything that it started.
      """,
      codes: [.locked],
      examples: ["serin agent run", "serin agent run --soak 2h --json"]))

  @OptionGroup var global: GlobalOptions
  @OptionGroup var host: HostOptions
  @OptionGroup var options: AgentOptions

  func perform(_ session: Session) async throws -> AgentEndOutput {
    let host = try PluginHost.open(host, session)
    let lock = try host.becomeAgent()
    defer { withExtendedLifetime(lock) {} }
    let agent = try options.agent(host, hands: SandboxHands(host), session)
    session.console.message("the agent looks after \(host.folder.root)")
    let started = session.machine.clock.uptime()
    do {
      try await Interruption.canEnd { try await agent.run() }
    } catch CommandError.interrupted {
      // What a supervisor wants is no failure.
    }
    return AgentEndOutput(seconds: (session.machine.clock.uptime() - started).components.seconds, returns: 0)
  }
}

/// The command `serin agent once`.
struct AgentOnceCommand: SerinCommand {
  static let configuration = CommandConfiguration(
    commandName: "once",
    abstract: "Do what is due now, and end.",
    discussion: HelpText.make(
      """
      One round of what `serin agent run` does, for cron and scripts: what is not due yet is left for the next time, \
      and observations that it begins are seen to their end. With --at-most they are broken off after that time; what \
      was observed counts when they are gone on with.
      """,
      codes: [.rolledBack, .locked],
      examples: ["serin agent once", "serin agent once --at-most 50m --json"]))

  @OptionGroup var global: GlobalOptions
  @OptionGroup var host: HostOptions
  @OptionGroup var options: AgentOptions

  @Option(help: ArgumentHelp("Break observations off after this time.", valueName: "time"))
  var atMost: String?

  func perform(_ session: Session) async throws -> AgentEndOutput {
    let host = try PluginHost.open(host, session)
    let lock = try host.becomeAgent()
    defer { withExtendedLifetime(lock) {} }
    let limit = try atMost.map { try DurationText($0).duration }
    let agent = try options.agent(host, hands: SandboxHands(host), session)
    let started = session.machine.clock.uptime()
    let returns = try await Interruption.canEnd { try await agent.once(within: limit) }
    return AgentEndOutput(seconds: (session.machine.clock.uptime() - started).components.seconds, returns: returns)
  }
}

/// An agent that has come to its end.
struct AgentEndOutput: CommandOutput {
  static let schema = "serin.agent.1"
  let seconds: Int64
  let returns: Int

  var exitStatus: ExitStatus { returns > 0 ? .rolledBack : .ok }
  var json: JSON.Object { ["seconds": .integer(seconds), "wentBack": .int(returns)] }
  var text: [TextLine] {
    [.plain("the agent ended after \(seconds) s")]
      + (returns > 0 ? [.bad("\(returns) releases did not work here and were left: see `serin history`")] : [])
  }
}
