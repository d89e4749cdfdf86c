import ArgumentParser
import Platform
import Publishing
import Releases
import Signing
import StrictJSON
import SystemPackage
import Updating

/// The command `serin doctor`.
struct DoctorCommand: SerinCommand {
  static let configuration = CommandConfiguration(
    commandName: "doctor",
    abstract: "Find what is wrong with a workspace or a host, and name the command that mends it.",
    discussion: HelpText.make(
      """
      In a workspace: expiry of every role (a warning at half of its lifetime), secret keys where they do not belong, \
      settings that differ from what is signed, publications left half-done, missing roots and bundles. On a host: \
      trusted metadata, sandbox runtimes, cgroups, space, installed plugins. The folder that holds serin.yaml is \
      examined as a workspace, anything else as this account's host; --workspace and --host-folder choose.

      Ends with 1 when something is wrong, with --strict also when there are warnings.
      """,
      codes: [.locked],
      examples: ["serin doctor", "serin doctor --workspace releases --strict --json"]))

  @OptionGroup var global: GlobalOptions

  @Option(help: ArgumentHelp("Examine this workspace.", valueName: "folder"), completion: .directory)
  var workspace: String?

  @Option(help: ArgumentHelp("Examine this host's folder.", valueName: "folder"), completion: .directory)
  var hostFolder: String?

  @Flag(help: "Let warnings count as something wrong.")
  var strict = false

  func perform(_ session: Session) async throws -> DoctorOutput {
    let here = try FilePath(workspace ?? ".").absolute(session)
    let isWorkspace =
      try workspace != nil || hostFolder == nil && session.machine.files.exists(here.appending("serin.yaml"))
    var findings: [HealthFinding] = try ownKeys(session)
    if isWorkspace { findings += try examine(here, session) }
    if !isWorkspace || hostFolder != nil {
      findings += try await examineHost(session)
    }
    return DoctorOutput(subject: isWorkspace ? "workspace" : "host", findings: findings, isStrict: strict)
  }

  private func examineHost(_ session: Session) async throws -> [HealthFinding] {
    var options = HostOptions()
    options.hostFolder = hostFolder
    let folder = try hostFolder.map { try FilePath($0).absolute(session) } ?? session.folders.host
    guard try session.machine.files.exists(folder) else {
      // Opening a host makes its folder, and who looks makes nothing.
      return [
        HealthFinding(
          .problem, code: "no-host", "there is no host in \(folder) yet",
          command: "serin trust URL --fingerprint SHA256")
      ]
    }
    return try await PluginHost.open(options, session).examine()
  }

  private func examine(_ root: FilePath, _ session: Session) throws -> [HealthFinding] {
    let own = try KeyStore(session).list().filter(\.hasSecret).map(\.publicKey.bytes)
    var doctor = WorkspaceDoctor(root, machine: session.machine, own: Set(own))
    return try doctor.examine()
  }

  /// Secret keys that other accounts can read are nobody's secret.
  private func ownKeys(_ session: Session) throws -> [HealthFinding] {
    let files = session.machine.files
    let store = KeyStore(session)
    var paths = try store.list().filter(\.hasSecret).map { store.path($0.name, ".key") }
    if let name = session.environment[Passphrase.variable], !name.isEmpty { paths.append(FilePath(name)) }
    let open = try paths.filter { path in try files.status(path).map { $0.mode & 0o077 != 0 } ?? false }
    guard !open.isEmpty else {
      return [HealthFinding(.fine, code: "keys", "no other account can read this account's \(paths.count) secrets")]
    }
    return open.map {
      HealthFinding(
        .problem, code: "secret-readable", "\($0) can be read by other accounts", command: "chmod 600 \($0)")
    }
  }
}

/// What an examination found.
struct DoctorOutput: CommandOutput {
  static let schema = "serin.doctor.1"
  let subject: String
  let findings: [HealthFinding]
  let isStrict: Bool

  private func count(_ level: HealthFinding.Level) -> Int { findings.count { $0.level == level } }

  var exitStatus: ExitStatus {
    count(.problem) > 0 || isStrict && count(.warning) > 0 ? .failure : .ok
  }

  var json: JSON.Object {
    [
      "subject": .string(subject), "healthy": .bool(exitStatus == .ok), "problems": .int(count(.problem)),
      "warnings": .int(count(.warning)), "findings": .array(findings.map(\.json)),
    ]
  }

  var text: [TextLine] {
    var lines: [TextLine] = []
    for level in [HealthFinding.Level.problem, .warning, .fine] {
      for finding in findings where finding.level == level {
        switch level {
        case .problem: lines.append(.bad("problem: \(finding.sentence)"))
        case .warning: lines.append(.bad("warning: \(finding.sentence)"))
        case .fine: lines.append(.good("fine: \(finding.sentence)"))
        }
        if let command = finding.command { lines.append(.hint("  help: `\(command)`")) }
      }
    }
    return lines + [.plain("\(count(.problem)) problems, \(count(.warning)) warnings")]
  }
}
