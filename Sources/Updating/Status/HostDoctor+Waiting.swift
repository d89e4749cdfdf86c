import Clients
import Platform
import Releases
import Storage
import SystemPackage

extension PluginHost {
  /// What of the plugins waits for somebody, as `serin status` tells it.
  func examineWaiting(_ findings: inout [HealthFinding]) async throws {
    var count = 0
    for note in try await status().plugins.flatMap(\.notes) {
      let level: HealthFinding.Level
      switch note.kind {
      case .blocked, .withdrawn, .settings: level = .problem
      case .interrupted, .approval, .idle: level = .warning
      case .refused where note.command != nil: level = .warning
      // What is damaged is found by whoever reads it; the rest needs nobody.
      case .damaged, .refused, .offered, .held, .notNow: continue
      }
      count += 1
      let subject = note.version.map { "\(note.plugin) \($0)" } ?? note.plugin.text
      findings.append(
        HealthFinding(
          level, code: "plugin-\(note.kind.rawValue)", "\(subject): \(note.sentence)", command: note.command))
    }
    if count == 0 { findings.append(HealthFinding(.fine, code: "waiting", "nothing waits for anybody")) }
  }

  /// Whether somebody looks after this host, and what stands in the way of that.
  func examineAgent(_ findings: inout [HealthFinding]) throws {
    let report = agentReport()
    if let agent = runningAgent() {
      let now = machine.clock.now()
      if let report, report.wakes.advanced(by: .seconds(3600)) < now {
        findings.append(
          HealthFinding(
            .problem, code: "agent-stuck", "the agent, process \(agent), was to look at \(report.wakes) and did not",
            command: "kill \(agent)"))
      } else {
        findings.append(HealthFinding(.fine, code: "agent", "process \(agent) looks after this host"))
      }
    } else if try !ledger.installs().isEmpty {
      findings.append(
        HealthFinding(
          .warning, code: "no-agent",
          report.map { "no agent looks after this host any more, since \($0.looked)" }
            ?? "no agent looks after this host: updates come when you ask for them",
          command: "serin agent install"))
    }
    for problem in report?.problems ?? [] {
      findings.append(HealthFinding(.warning, code: "agent-problem", problem, command: "serin agent status"))
    }
    do { _ = try settings() } catch {
      findings.append(
        HealthFinding(
          .problem, code: "settings-unreadable",
          "no update happens while the settings cannot be used: "
            + words(of: error), command: "serin config show"))
    }
  }

  /// Who holds a lock: somebody who works, or a process that stands still and keeps everybody else from working.
  func examineLocks(_ findings: inout [HealthFinding]) throws {
    var locks = [folder.root.appending("lock")]
    for home in try folder.plugins() { locks += ["lock", "update.lock"].map { home.root.appending($0) } }
    for lock in locks {
      guard let holder = machine.files.lockHolder(lock) else { continue }
      if isStopped(holder) {
        findings.append(
          HealthFinding(
            .problem, code: "lock-stuck", "process \(holder) holds \(lock) and was stopped, so that others wait for it",
            command: "kill -CONT \(holder)"))
      } else {
        findings.append(
          HealthFinding(.fine, code: "busy", "process \(holder) works with \(lock.removingLastComponent())"))
      }
    }
  }

  /// Whether a process was stopped, as by Control-Z: proc_pid_stat(5).
  private func isStopped(_ process: Int32) -> Bool {
    let text = (try? machine.files.readAll(FilePath("/proc/\(process)/stat"), limit: 4096)) ?? []
    // The name stands in parentheses and may hold any character; the state comes behind the last one.
    guard let end = text.lastIndex(of: UInt8(ascii: ")")), text.indices.contains(end + 2) else { return false }
    return [UInt8(ascii: "T"), UInt8(ascii: "t")].contains(text[end + 2])
  }

  /// Whether the ledger's file is whole.
  func examineLedger(_ findings: inout [HealthFinding]) throws {
    let damage = try ledger.findings()
    if let first = damage.first {
      findings.append(
        HealthFinding(
          .problem, code: "ledger-damaged", "the ledger is damaged: \(first)", command: "serin verify --all"))
    } else {
      findings.append(HealthFinding(.fine, code: "ledger", "the ledger is whole"))
    }
  }

  /// The program itself, where it is in its own care.
  func examineProgram(_ findings: inout [HealthFinding]) throws {
    let own = try HostFolder(root: folder.root.appending("self"), machine: machine).plugin(.ownProgram)
    guard let tree = try own.current() else { return }
    let version = try own.summary(of: tree).version
    if try own.marked(.unconfirmed) == tree || machine.files.exists(own.root.appending(RescueScript.note)) {
      findings.append(
        HealthFinding(
          .warning, code: "program-unsettled", "a switch of this program to \(version) was not written down yet",
          command: "serin self-update"))
    }
    let program = own.root.appending("current").appending("bin").appending("serin")
    let found = ProgramSearch.find("serin", path: environment["PATH"] ?? "", machine.files)
    if let found, (try? machine.files.open(found).status().inode) != (try? machine.files.open(program).status().inode) {
      findings.append(
        HealthFinding(
          .warning, code: "program-shadowed",
          "“serin” means \(found), though this program takes care of \(program); put the link to it first in PATH"))
    } else {
      findings.append(HealthFinding(.fine, code: "program", "this program is in its own care as release \(version)"))
    }
  }
}
