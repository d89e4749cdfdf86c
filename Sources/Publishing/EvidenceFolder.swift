import Canary
import Platform
import Releases
import Signing
import SystemPackage

/// The verdicts of canaries that were run for this workspace, each a file with its minisign signature beside it.
struct EvidenceFolder {
  /// The most verdicts of one release that are read.
  static let maximumCount = 1000

  /// A verdict whose signature was checked.
  struct Record {
    let attested: PromotionCandidate.Attested
    let link: EvidenceLink
  }

  let workspace: Workspace

  private var files: any FileSystem { workspace.machine.files }

  /// The verdicts on a release; a file without a good signature by a key of this workspace is no evidence.
  func records(of plugin: PluginName, version: ReleaseVersion) throws -> [Record] {
    let folder = path(of: plugin, version)
    guard try files.exists(folder) else { return [] }
    let keys = try workspace.publicKeys()
    var records: [Record] = []
    for entry in try files.list(folder).prefix(Self.maximumCount) where entry.name.hasSuffix(".json") {
      let file = folder.appending(entry.name)
      guard let bytes = try? files.readAll(file, limit: Evidence.maxBytes),
        let text = try? Workspace.text(
          FilePath(file.string + ".minisig"), limit: MinisignSignature.maxTextBytes, files: files),
        let found = keys.first(where: { key in
          (try? EvidenceFile(json: bytes, signature: text).verified(by: [key.key])) != nil
        }), let evidence = try? EvidenceFile(json: bytes, signature: text).verified(by: [found.key])
      else { continue }
      records.append(
        Record(
          attested: PromotionCandidate.Attested(evidence: evidence, signers: [found.name]),
          link: try EvidenceLink(
            path: ReleasePaths.evidence(plugin, version, SHA256Digest.of(bytes)), sha256: SHA256Digest.of(bytes))))
    }
    return records
  }

  /// Keeps a verdict with its signature, and serves both beside the bundle that they are about.
  func add(_ evidence: Evidence, signedBy signer: Signer) throws -> FilePath {
    let signed = try EvidenceFile(evidence, signer: signer)
    let digest = SHA256Digest.of(signed.json)
    let served = workspace.targets.appending(ReleasePaths.evidence(evidence.plugin, evidence.version, digest))
    let kept = path(of: evidence.plugin, evidence.version).appending("\(digest.hex.prefix(16)).json")
    for file in [served, kept] {
      try files.makeDirectories(file.removingLastComponent())
      try files.write(
        Array(signed.signature.utf8), atomicallyTo: FilePath(file.string + ".minisig"), mode: 0o644)
      try files.write(signed.json, atomicallyTo: file, mode: 0o644)
    }
    return kept
  }

  private func path(of plugin: PluginName, _ version: ReleaseVersion) -> FilePath {
    workspace.evidence.appending(plugin.namespace).appending(plugin.name).appending(version.text)
  }
}
