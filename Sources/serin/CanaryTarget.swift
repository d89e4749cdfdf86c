import ArgumentParser
import Bundles
import Canary
import Platform
import Publishing
import Releases
import Signing
import Storage
import SystemPackage
import Updating

/// Which canary is meant: one of this host, the newest verdict of a workspace, or a file from anywhere.
struct CanaryTarget: ParsableArguments {
  @OptionGroup var host: HostOptions
  @OptionGroup var keys: PublicKeyOptions

  @Option(
    help: ArgumentHelp("Look in this publisher's workspace instead of the host.", valueName: "folder"),
    completion: .directory)
  var workspace: String?

  @Option(help: "With --workspace: the channel whose release was observed.", completion: .channel)
  var channel = "canary"

  @Option(help: ArgumentHelp("An older canary of this host, by its number in `canary status`.", valueName: "number"))
  var run: Int64?

  @Argument(help: "The plugin, by its full or short name, or a file with a signed verdict.", completion: .plugin)
  var target: String

  mutating func validate() throws {
    if run != nil && workspace != nil { throw ValidationError("--run is for canaries of a host.") }
  }

  /// Everything that is known of the canary.
  func account(_ session: Session) throws -> CanaryAccount {
    if let workspace {
      let root = try FilePath(workspace).absolute(session)
      let publisher = Publisher(workspace: try Workspace.open(root, machine: session.machine), keys: NoKeys())
      return try publisher.account(of: publisher.plugin(named: target), in: ChannelName(channel))
    }
    if try isFile(session) { return try VerdictFile.account(FilePath(target), keys: keys, session) }
    let host = try PluginHost.open(host, session)
    return try host.account(of: host.plugin(named: target).plugin, run: run)
  }

  /// Whether a file is meant and not a name.
  func isFile(_ session: Session) throws -> Bool {
    guard workspace == nil else { return false }
    return try target.hasSuffix(".json") || session.machine.files.status(FilePath(target))?.kind == .file
  }
}

/// A signed verdict in a file, with its signature beside it.
enum VerdictFile {
  /// Reads the two files.
  static func read(_ path: FilePath, signature: FilePath? = nil, _ session: Session) throws -> EvidenceFile? {
    let json = try session.machine.files.readAll(path, limit: Evidence.maxBytes)
    let beside = signature ?? FilePath(path.string + ".minisig")
    guard try session.machine.files.exists(beside) else { return nil }
    let bytes = try session.machine.files.readAll(beside, limit: MinisignSignature.maxTextBytes)
    guard let text = String(validating: bytes, as: UTF8.self) else { throw CommandError.notText(path: beside.string) }
    return EvidenceFile(json: json, signature: text)
  }

  /// The account of a file; without a named key it is shown as well, and said to be nobody's word.
  static func account(_ path: FilePath, keys: PublicKeyOptions, _ session: Session) throws -> CanaryAccount {
    let known = try keys.load(session)
    let file = try read(path, session)
    let json = try file?.json ?? session.machine.files.readAll(path, limit: Evidence.maxBytes)
    let evidence: Evidence
    var signer: String?
    if let file, let key = known.first(where: { (try? file.verified(by: [$0])) != nil }) {
      evidence = try file.verified(by: [key])
      signer = "key \(key.keyNumberHex)"
    } else if keys.keys.isEmpty {
      evidence = try EvidenceFile(json: json, signature: "").unchecked()
    } else {
      guard let file else { throw BundleError.unsigned(path) }
      evidence = try file.verified(by: known)
    }
    var account = CanaryAccount(evidence, state: .init(evidence.verdict), origin: .file(path.string))
    account.digest = SHA256Digest.of(json)
    account.signer = signer
    return account
  }
}
