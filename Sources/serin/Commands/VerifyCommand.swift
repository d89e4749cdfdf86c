import ArgumentParser
import Bundles
import Canary
import Platform
import Releases
import Signing
import Storage
import StrictJSON
import SystemPackage
import Updating

/// The command `serin verify FILE|EVIDENCE|NAME`.
struct VerifyCommand: SerinCommand {
  static let configuration = CommandConfiguration(
    commandName: "verify",
    abstract: "Check a bundle file, a verdict, an installed plugin, or a whole host against what was signed.",
    discussion: HelpText.make(
      """
      Of a bundle FILE it checks FILE.minisig over the whole file, the signature of the manifest inside, and every \
      file against its digest, without writing anything. Nothing unverified is unpacked. Of an installed plugin it \
      checks the kept manifest's signature and reads every file of the tree again; that needs no network. Of a signed \
      verdict (a .json file) it checks FILE.minisig and its trusted comment, and shows what the verdict says: 0 means \
      that it is the signer's word, not that the release passed.

      With --all it reads everything that this host has again, every object of the store and every tree of every \
      plugin, and names what changed and where it matters. --repair puts damaged objects into quarantine and makes \
      broken trees anew, from what is sound here, else from their bundles, fetched again and verified as for an update.
      """,
      codes: [.badSignature, .digestMismatch, .locked, .network, .noSpace],
      examples: [
        "serin verify time", "serin verify time-2026.10.19-linux-x86_64.tar.zst --key keys/build.pub --json",
        "serin verify evidence-1f0c2d3e4a5b6978.json --key keys/canary.pub", "serin verify --all --repair",
      ]))

  @OptionGroup var global: GlobalOptions
  @OptionGroup var host: HostOptions
  @OptionGroup var keys: PublicKeyOptions

  @Option(
    help: ArgumentHelp("The signature over the whole file (default: FILE.minisig).", valueName: "file"),
    completion: .file())
  var signature: String?

  @Flag(help: "Read everything again that this host has.")
  var all = false

  @Flag(help: "With --all: make anew what is damaged.")
  var repair = false

  @Argument(help: "The bundle file, the verdict, or the name of an installed plugin.", completion: .plugin)
  var target: String?

  mutating func validate() throws {
    if all == (target != nil) { throw ValidationError("Name a file or a plugin, or give --all, not both.") }
    if repair && !all { throw ValidationError("--repair is for a whole host and needs --all.") }
  }

  func perform(_ session: Session) async throws -> VerifyOutput {
    guard let target else {
      let host = try PluginHost.open(host, session)
      return .host(
        VerifyHostOutput(
          found: try await host.verifyAll(
            repairing: repair, progress: session.downloadProgress("fetching again"))))
    }
    let isFile = try session.machine.files.status(FilePath(target))?.kind == .file
    if target.hasSuffix(".json") { return .evidence(try evidence(FilePath(target), session)) }
    guard isFile || target.hasSuffix(".tar.zst") else {
      let host = try PluginHost.open(host, session)
      return .plugin(try await host.verify(host.plugin(named: target).plugin))
    }
    let report = try BundleVerifier.verify(
      FilePath(target), keys: try keys.load(session), signature: signature.map { FilePath($0) },
      files: session.machine.files)
    return .file(VerifyBundleOutput(file: target, report: report))
  }
}

extension VerifyCommand {
  private func evidence(_ path: FilePath, _ session: Session) throws -> VerifyEvidenceOutput {
    let beside = signature.map { FilePath($0) }
    guard let file = try VerdictFile.read(path, signature: beside, session) else { throw BundleError.unsigned(path) }
    let known = try keys.load(session)
    let evidence = try file.verified(by: known)
    let signer = known.first { (try? file.verified(by: [$0])) != nil }
    return VerifyEvidenceOutput(
      file: path.string, evidence: evidence, signer: signer?.keyNumberHex ?? "", digest: SHA256Digest.of(file.json))
  }
}

/// What was verified.
enum VerifyOutput: CommandOutput {
  case evidence(VerifyEvidenceOutput)
  case file(VerifyBundleOutput)
  case plugin(InstalledReport)
  case host(VerifyHostOutput)

  static let schema = "serin.verify.1"

  var exitStatus: ExitStatus {
    switch self {
    case .file, .evidence: .ok
    case .plugin(let report): report.differences.isEmpty ? .ok : .digestMismatch
    case .host(let output): output.exitStatus
    }
  }

  var json: JSON.Object {
    switch self {
    case .file(let output): output.json
    case .evidence(let output): output.json
    case .host(let output): output.json
    case .plugin(let report):
      [
        "verified": .bool(report.differences.isEmpty), "plugin": .string(report.plugin.text),
        "version": .string(report.version.text), "tree": .string(report.tree.text), "entries": .int(report.entries),
        "differences": .array(report.differences.map { .string($0.description) }),
      ]
    }
  }

  var text: [TextLine] {
    switch self {
    case .file(let output): output.text
    case .evidence(let output): output.text
    case .host(let output): output.text
    case .plugin(let report) where report.differences.isEmpty:
      [
        .good("\(report.plugin) \(report.version) is what its publisher signed"),
        .fields([("checked", "\(report.entries) entries"), ("tree", report.tree.text)]),
      ]
    case .plugin(let report):
      [.bad("\(report.plugin) \(report.version) is not what its publisher signed:")]
        + report.differences.prefix(50).map { .plain("  \($0)") }
        + [
          .hint(
            "make it anew with `serin verify --all --repair`, or go back with `serin rollback \(report.plugin.name)`")
        ]
    }
  }
}

/// A bundle file that was found to be good.
struct VerifyBundleOutput: CommandOutput {
  static let schema = "serin.verify.1"
  let file: String
  let report: BundleReport

  var json: JSON.Object {
    var object = report.json
    object["verified"] = true
    object["file"] = .string(file)
    return object
  }

  var text: [TextLine] {
    let manifest = report.manifest
    return [
      .good("\(file) is what its publisher signed"),
      .fields([
        ("release", "\(manifest.plugin) \(manifest.version) (\(manifest.platform))"),
        ("signed by", "key \(report.signer.keyNumberHex)"),
        ("checked", "\(manifest.entries.count) entries, \(ByteCount.text(report.contentSize))"),
        ("tree", manifest.tree.hex),
      ]),
    ]
  }
}

extension BundleReport {
  /// What `verify` and `inspect` both tell programs.
  var json: JSON.Object {
    [
      "plugin": .string(manifest.plugin.text), "version": .string(manifest.version.text),
      "platform": .string(manifest.platform.description), "tree": .string(manifest.tree.hex),
      "signer": .string(signer.keyNumberHex), "fileSigner": fileSigner.map { .string($0.keyNumberHex) } ?? .null,
      "length": .integer(bundleLength), "contentSize": .integer(contentSize), "entries": .int(manifest.entries.count),
      "contentChecked": .bool(isContentChecked),
    ]
  }
}
