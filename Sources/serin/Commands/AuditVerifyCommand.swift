import ArgumentParser
import Releases
import Signing
import Storage
import StrictJSON
import Updating

/// The command `serin audit verify [NAME]`.
struct AuditVerifyCommand: SerinCommand {
  static let configuration = CommandConfiguration(
    commandName: "verify",
    abstract: "Check that no record of a call was changed, taken out or put in.",
    discussion: HelpText.make(
      """
      Follows the chain of digests from the oldest record that is kept to the newest, and compares it with what was \
      noted elsewhere: beside the log when a session ends, and in the ledger by the agent. The first record that is \
      not what was written is named. Whoever may write all three can still write a log anew; export it to keep it elsewhere.
      """,
      codes: [.digestMismatch], examples: ["serin audit verify", "serin audit verify time --json"]))

  @OptionGroup var global: GlobalOptions
  @OptionGroup var host: HostOptions

  @Argument(help: "The plugin (default: all).")
  var name: String?

  func perform(_ session: Session) async throws -> AuditVerifyOutput {
    let host = try PluginHost.open(host, session)
    return AuditVerifyOutput(checks: try host.auditedPlugins(name).map { try host.checkAudit(of: $0) })
  }
}

/// What the check of the logs found.
struct AuditVerifyOutput: CommandOutput {
  static let schema = "serin.audit.verify.1"
  let checks: [AuditCheck]

  var exitStatus: ExitStatus { checks.allSatisfy { $0.found.fault == nil } ? .ok : .digestMismatch }

  var json: JSON.Object {
    [
      "intact": .bool(exitStatus == .ok),
      "logs": .array(
        checks.map { check in
          let found = check.found
          return [
            "plugin": .string(check.plugin.text), "intact": .bool(found.fault == nil), "records": .int(found.records),
            "calls": .int(found.calls), "lost": .int(found.lost), "first": found.first.map { .integer($0) } ?? .null,
            "last": found.last.map { .integer($0.number) } ?? .null,
            "digest": found.last.map { .string($0.digest.hex) } ?? .null,
            "fault": found.fault.map { fault in
              [
                "file": .string(fault.file), "line": fault.line.map { .int($0) } ?? .null,
                "record": fault.record.map { .integer($0) } ?? .null, "reason": .string(fault.reason),
              ]
            } ?? .null,
          ]
        }),
    ]
  }

  var text: [TextLine] {
    if checks.isEmpty { return [.plain("nothing was recorded yet")] }
    return checks.flatMap { check -> [TextLine] in
      let found = check.found
      guard let fault = found.fault else {
        let lost = found.lost > 0 ? ", \(found.lost) more could not be recorded" : ""
        let older = (found.first ?? 0) > 0 ? "; older ones than number \(found.first ?? 0) are not kept any more" : ""
        return [.good("\(check.plugin): intact, \(found.calls) calls in \(found.records) records\(lost)\(older)")]
      }
      let place = fault.line.map { "\(fault.file) line \($0)" } ?? fault.file
      let record = fault.record.map { ", record \($0)" } ?? ""
      return [
        .bad("\(check.plugin): not intact at \(place)\(record): \(fault.reason)"),
        .hint(
          "the \(found.records) records before it are as they were written; somebody or something changed the file"),
      ]
    }
  }
}
