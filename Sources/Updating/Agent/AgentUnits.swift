package import Platform
package import SystemPackage

/// The two files by which a user's systemd keeps an agent running: a service that looks after the host for as long as
/// its user's manager runs, and a timer that starts it again where it ended.
///
/// A soak takes a day, so that a timer alone, with a process for each round, would never see the end of one.
package struct AgentUnits: Hashable, Sendable {
  /// The name of the service.
  package static let service = "serin-agent.service"
  /// The name of the timer.
  package static let timer = "serin-agent.timer"
  /// The variables that say where things are and what holds: an agent without them would look after another host.
  private static let passed = [
    "SERIN_HOME", "XDG_CONFIG_HOME", "XDG_DATA_HOME", "XDG_CACHE_HOME", "XDG_STATE_HOME",
  ]

  /// The program.
  package let program: FilePath
  /// What the service's environment holds beside what the manager gives.
  package let variables: [(name: String, value: String)]

  /// Units that start this program for the host that these variables name.
  package init(program: FilePath, environment: [String: String]) {
    self.program = program
    variables = Self.passed.compactMap { name in
      environment[name].flatMap { $0.hasPrefix("/") ? (name, $0) : nil }
    }
  }

  package static func == (one: AgentUnits, other: AgentUnits) -> Bool {
    one.serviceText == other.serviceText
  }

  package func hash(into hasher: inout Hasher) { hasher.combine(serviceText) }

  /// The service (systemd.service(5)).
  ///
  /// What would break sandboxes is left out on purpose: everything that mounts, that filters system calls, or that
  /// means `NoNewPrivileges`, which a user's manager adds to each of those and which keeps newuidmap from working.
  package var serviceText: String {
    """
    [Unit]
    Description=Serin keeps the MCP plugins of this account up to date
    Documentation=man:serin-agent(1)

    [Service]
    Type=exec
    ExecStart=\(Self.quoted(program.string)) agent run
    \(variables.map { "Environment=\(Self.quoted("\($0.name)=\($0.value)"))\n" }.joined())\
    Restart=on-failure
    RestartSec=30
    # Another agent looks after this host, or the settings make no sense: starting again would change nothing.
    RestartPreventExitStatus=50 64
    KillMode=mixed
    TimeoutStopSec=90
    # Canaries get control groups of their own below this one.
    Delegate=yes
    UMask=0077
    Nice=10
    CPUWeight=20
    IOSchedulingClass=best-effort
    IOSchedulingPriority=7
    OOMScoreAdjust=200
    LimitCORE=0

    [Install]
    WantedBy=default.target

    """
  }

  /// The timer (systemd.timer(5)): it starts nothing that runs already.
  package var timerText: String {
    """
    [Unit]
    Description=Starts the Serin agent again where it has ended
    Documentation=man:serin-agent(1)

    [Timer]
    OnStartupSec=2min
    OnUnitInactiveSec=1h
    RandomizedDelaySec=5min

    [Install]
    WantedBy=timers.target

    """
  }

  /// A word as systemd reads it: nothing in it is expanded (systemd.service(5), systemd.unit(5)).
  static func quoted(_ text: String) -> String {
    var result = "\""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "\\", "\"": result += "\\" + String(scalar)
      case "%": result += "%%"
      case "$": result += "$$"
      case "\n": result += "\\n"
      default: result.unicodeScalars.append(scalar)
      }
    }
    return result + "\""
  }
}

/// What became of one step of installing or removing units.
package struct UnitStep: Hashable, Sendable {
  /// The command, as a person would type it.
  package let command: String
  /// Whether it went well.
  package let isDone: Bool
  /// What it said, or why it could not be run.
  package let words: String
}

/// The folder of a user's own units, and what is done to it.
package struct UnitFolder: Sendable {
  /// The folder: `$XDG_CONFIG_HOME/systemd/user`.
  package let path: FilePath
  private let hasLogin: Bool
  private let machine: Machine

  /// The folder of this account.
  package init(_ folders: Folders, machine: Machine) {
    hasLogin = folders.runtime != nil
    path = folders.config.removingLastComponent().appending("systemd").appending("user")
    self.machine = machine
  }

  /// Writes both files; returns where they lie.
  package func write(_ units: AgentUnits) throws -> [FilePath] {
    try machine.files.makeDirectories(path)
    let texts = [(AgentUnits.service, units.serviceText), (AgentUnits.timer, units.timerText)]
    return try texts.map { name, text in
      let file = path.appending(name)
      try machine.files.write(Array(text.utf8), atomicallyTo: file, mode: 0o644)
      return file
    }
  }

  /// Removes both files; returns those that were there.
  package func remove() throws -> [FilePath] {
    try [AgentUnits.service, AgentUnits.timer].map { path.appending($0) }.filter { file in
      guard try machine.files.exists(file) else { return false }
      try machine.files.remove(file)
      return true
    }
  }

  /// Lets systemd itself check the files; nil where it is not on this machine, or has no login in which it could.
  ///
  /// The manual page that they name need not be installed.
  package func verify(_ files: [FilePath]) async -> UnitStep? {
    guard hasLogin else { return nil }
    let step = await run("systemd-analyze", ["--user", "--man=no", "verify"] + files.map(\.string))
    return step.words.hasPrefix(Self.missing) ? nil : step
  }

  /// Makes the manager read the files, and starts the agent now and at every login.
  package func start() async -> [UnitStep] {
    await systemctl([["daemon-reload"], ["enable", "--now", AgentUnits.timer, AgentUnits.service]])
  }

  /// Ends the agent and keeps it from starting again.
  package func stop() async -> [UnitStep] {
    await systemctl([["disable", "--now", AgentUnits.timer, AgentUnits.service]])
  }

  private func systemctl(_ calls: [[String]]) async -> [UnitStep] {
    var steps: [UnitStep] = []
    for call in calls {
      steps.append(await run("systemctl", ["--user"] + call))
      if steps.last?.isDone == false { break }
    }
    return steps
  }

  private static let missing = "it is not on this machine"

  private func run(_ program: FilePath, _ arguments: [String]) async -> UnitStep {
    let command = ([program.string] + arguments).joined(separator: " ")
    do {
      let output = try await machine.processes.run(
        Command(executable: program, arguments: arguments, environment: .inherit), input: [], outputLimit: 64 << 10,
        timeout: .seconds(60))
      let words = String(decoding: output.stderr.suffix(2000), as: UTF8.self)
      return UnitStep(command: command, isDone: output.status.isSuccess, words: words)
    } catch {
      if case .notFound = error { return UnitStep(command: command, isDone: false, words: Self.missing) }
      return UnitStep(command: command, isDone: false, words: error.description)
    }
  }
}
