import Canary
import Platform
package import Releases
package import Signing
import Storage
import StrictJSON

/// Whose verdicts a host wants to see before it takes a release: one pass by any of these keys, and no failure.
package struct EvidenceDemand: Hashable, Sendable {
  /// The most keys.
  package static let maxKeys = 16
  /// How far a clock may be ahead, in seconds.
  private static let clockTolerance: Int64 = 300

  /// The keys, as minisign writes public keys.
  package let keys: [PublicKey]

  /// A demand; nil for no key at all, which demands nothing.
  package init?(keys: [PublicKey]) {
    guard !keys.isEmpty, keys.count <= Self.maxKeys else { return nil }
    self.keys = keys
  }

  /// Reads what a host's record of a plugin says; nil where nothing is demanded.
  ///
  /// A record that cannot be understood can be satisfied by nobody: a damaged record must not open a door.
  init?(policy: JSON) {
    guard let demand = policy["evidence"] else { return nil }
    let texts = demand["keys"]?.arrayValue ?? []
    let read = texts.compactMap { $0.stringValue.flatMap { try? PublicKey(minisign: $0) } }
    keys = read.count == texts.count && read.count <= Self.maxKeys ? read : []
  }

  /// The demand in a host's record of a plugin.
  var json: JSON { ["keys": .strings(keys.map(\.base64))] }

  /// A host's record of a plugin with this demand in it; nil takes an earlier one out.
  static func policy(_ policy: JSON, demanding demand: EvidenceDemand?) -> JSON {
    var policy = policy.objectValue ?? JSON.Object()
    policy["evidence"] = demand?.json
    return .object(policy)
  }

  /// The keys' numbers, for people.
  package var words: String {
    keys.isEmpty ? "a key that this host has lost" : keys.map { "key \($0.keyNumberHex)" }.joined(separator: ", ")
  }

  /// The verdict that satisfies the demand for a bundle, among signed files.
  ///
  /// One failure outweighs any pass. Throws ``UpdatingError/canaryFailed(plugin:version:reasons:)`` and
  /// ``UpdatingError/evidenceMissing(plugin:version:keys:reasons:)`` with what was wrong with each.
  func satisfied(
    by files: [EvidenceFile], for bundle: BundleOffer, of manifest: ChannelManifest, now: Int64
  ) throws(UpdatingError) -> Evidence {
    var (reasons, passes): ([String], [Evidence]) = ([], [])
    for file in files {
      let evidence: Evidence
      do throws(EvidenceError) {
        evidence = try file.verified(by: keys, tree: bundle.tree)
      } catch {
        reasons.append(error.description)
        continue
      }
      guard evidence.plugin == manifest.plugin, evidence.version == manifest.version,
        evidence.platform.runs(on: bundle.platform)
      else {
        reasons.append(
          "it is about \(evidence.plugin) \(evidence.version) for \(evidence.platform), not for \(bundle.platform)")
        continue
      }
      if evidence.verdict == .fail {
        let sentences = evidence.reasons.filter { $0.severity == .refusal }.map(\.sentence)
        throw .canaryFailed(plugin: manifest.plugin.text, version: manifest.version.text, reasons: sentences)
      }
      if let reason = doubt(evidence, now) { reasons.append(reason) } else { passes.append(evidence) }
    }
    guard let newest = passes.max(by: { $0.ended < $1.ended }) else {
      throw .evidenceMissing(
        plugin: manifest.plugin.text, version: manifest.version.text, keys: words,
        reasons: reasons.isEmpty ? ["the repository carries none"] : reasons)
    }
    return newest
  }

  private func doubt(_ evidence: Evidence, _ now: Int64) -> String? {
    let observed = DurationText(seconds: evidence.observedSeconds)
    if evidence.verdict == .inconclusive { return "it is inconclusive after \(observed)" }
    if evidence.shortened { return "its soak was shortened to \(observed) by hand" }
    if evidence.observedSeconds < evidence.requiredSeconds { return "only \(observed) were observed" }
    if evidence.ended.seconds > now + Self.clockTolerance { return "it is from the future: \(evidence.ended)" }
    return nil
  }
}

extension PluginHost {
  /// Fetches the verdicts that a channel points to, and finds the one that the demand is satisfied by.
  ///
  /// The channel's role vouches for the digest of each; whose word it is, its own signature says.
  package func requireEvidence(_ demand: EvidenceDemand, for offer: ReleaseOffer) async throws -> Evidence {
    var files: [EvidenceFile] = []
    for link in offer.manifest.evidence {
      // A channel manifest may name any path; a verdict about this release lies at one only.
      let path = ReleasePaths.evidence(offer.manifest.plugin, offer.manifest.version, link.sha256)
      guard link.path == path, let file = try await evidence(link, from: offer.repository) else { continue }
      files.append(file)
    }
    return try demand.satisfied(
      by: files, for: offer.bundle, of: offer.manifest, now: machine.clock.now().seconds)
  }

  /// A verdict and its signature; nil where the repository does not have them, or has other bytes.
  private func evidence(_ link: EvidenceLink, from repository: TrustedRepository) async throws -> EvidenceFile? {
    let address = repository.url + "/targets/" + link.path.replacing("+", with: "%2B")
    do {
      let json = try await machine.transport.fetch(
        TransferRequest(url: address, limit: Int64(Evidence.maxBytes), pinnedKeys: repository.pinnedKeys)
      ).body
      guard SHA256Digest.of(json) == link.sha256 else { return nil }
      let signature = try await machine.transport.fetch(
        TransferRequest(
          url: address + ".minisig", limit: Int64(MinisignSignature.maxTextBytes), pinnedKeys: repository.pinnedKeys)
      ).body
      return EvidenceFile(json: json, signature: String(decoding: signature, as: UTF8.self))
    } catch  where error.isNotFound {
      return nil
    }
  }

  /// What this host demands of a plugin's releases; nil for nothing.
  package func evidenceDemand(of plugin: PluginName) throws -> EvidenceDemand? {
    try ledger.install(of: plugin).flatMap { EvidenceDemand(policy: $0.policy) }
  }

  /// Remembers what is demanded of a plugin's releases from now on; nil demands nothing any more.
  package func demandEvidence(_ demand: EvidenceDemand?, of plugin: PluginName, by who: String) throws {
    guard var record = try ledger.install(of: plugin) else { throw UpdatingError.notInstalled(plugin: plugin.text) }
    guard EvidenceDemand(policy: record.policy) != demand else { return }
    record.policy = EvidenceDemand.policy(record.policy, demanding: demand)
    try ledger.save(record)
    try noteDemand(demand, of: plugin, version: record.version, by: who)
  }

  /// Writes into the history whose verdicts are demanded from now on.
  func noteDemand(
    _ demand: EvidenceDemand?, of plugin: PluginName, version: ReleaseVersion?, by who: String
  ) throws {
    _ = try ledger.record(
      HistoryEntry(
        time: machine.clock.now(), plugin: plugin, event: "evidence-demand", toVersion: version,
        reason: demand.map { "\(who) demands a signed pass by \($0.words)" } ?? "\(who) demands no verdict any more"))
  }
}
