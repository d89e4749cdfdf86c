import ArgumentParser
import Platform
import Releases
import Signing
import StrictJSON
import SystemPackage
import Updating

/// The command `serin audit export [NAME]`.
struct AuditExportCommand: SerinCommand {
  static let configuration = CommandConfiguration(
    commandName: "export",
    abstract: "Write the records of calls into one file, signed on request.",
    discussion: HelpText.make(
      """
      One JSON object a line, exactly as they were recorded, the oldest first. With --sign a minisign signature is \
      written beside the file, which anybody can check with `minisign -V`. The logs are checked as well: one that is \
      not intact is exported all the same, and the command ends with 24.
      """,
      codes: [.digestMismatch, .noSpace],
      examples: [
        "serin audit export --output calls.ndjson", "serin audit export time --output calls.ndjson --sign --key audit",
      ]))

  @OptionGroup var global: GlobalOptions
  @OptionGroup var host: HostOptions
  @OptionGroup var signing: SigningKeyOptions

  @Argument(help: "The plugin (default: all).")
  var name: String?

  @Option(name: .shortAndLong, help: ArgumentHelp("The file; it is replaced in one step.", valueName: "file"))
  var output: String

  @Flag(help: "Sign the file; with --key that is understood.")
  var sign = false

  func perform(_ session: Session) async throws -> AuditExportOutput {
    let host = try PluginHost.open(host, session)
    let path = try FilePath(output).absolute(session)
    let signer = sign || signing.key != nil ? try signing.signer(session) : nil
    let plugins = try host.auditedPlugins(name)
    let checks = try plugins.map { try host.checkAudit(of: $0) }
    let files = session.machine.files
    let temporary = FilePath(path.string + "." + SecureRandom.hex(bytes: 6) + ".new")
    var (records, bytes): (Int, Int64) = (0, 0)
    var hasher = Minisign.Hasher()
    do {
      let file = try files.create(temporary, mode: 0o600)
      try host.forEachAuditLine(of: plugins) { line in
        let whole = line + [UInt8(ascii: "\n")]
        try file.write(whole)
        hasher.update(whole)
        records += 1
        bytes += Int64(whole.count)
      }
      try file.sync()
      try file.close()
      try files.rename(temporary, to: path)
    } catch {
      try? files.removeIfPresent(temporary)
      throw error
    }
    let digest = hasher.finalize()
    if let signer {
      let comment = "audit log, \(records) records, exported \(session.machine.clock.now().rfc3339)"
      let signature = try signer.minisign(digest, trustedComment: comment)
      try files.write(Array(signature.text.utf8), atomicallyTo: FilePath(path.string + ".minisig"), mode: 0o644)
    }
    return AuditExportOutput(path: path, records: records, bytes: bytes, isSigned: signer != nil, checks: checks)
  }
}

/// An export that was written.
struct AuditExportOutput: CommandOutput {
  static let schema = "serin.audit.export.1"
  let path: FilePath
  let records: Int
  let bytes: Int64
  let isSigned: Bool
  let checks: [AuditCheck]

  private var check: AuditVerifyOutput { AuditVerifyOutput(checks: checks) }

  var exitStatus: ExitStatus { check.exitStatus }

  var json: JSON.Object {
    [
      "path": .string(path.string), "records": .int(records), "bytes": .integer(bytes),
      "signature": isSigned ? .string(path.string + ".minisig") : .null, "intact": .bool(exitStatus == .ok),
    ]
  }

  var text: [TextLine] {
    [.plain("\(path): \(records) records, \(ByteCount.text(bytes))\(isSigned ? ", signed" : "")")] + check.text
  }
}
