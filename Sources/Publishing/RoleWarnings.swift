import Bundles
import Releases
import Signing
import StrictJSON
import TUF

// What the owner of a workspace should know before an edit is signed.
extension Publisher {
  func warn(of edit: RoleEdit, in draft: inout PublicationDraft, _ state: RepositoryState) throws {
    guard case .change(let roles, _, let removing, _) = edit else { return }
    for payload in try draft.writer.payloads() where payload.role == .root {
      guard let root = try RootMetadata(signed: payload.signed).authority(of: .root), roles.contains("root"),
        root.entries.count == root.threshold
      else { continue }
      draft.warnings.append(
        "all \(root.threshold) root keys would have to sign: if one is lost, nobody can change keys any more")
    }
    for (channel, policy) in workspace.policies {
      for name in removing where policy.evidence.signers.contains(name) && !roles.contains(channel.text) {
        draft.warnings.append(
          "channels/\(channel.text).yaml goes on counting verdicts by the key \(name); edit evidence.signers there")
      }
    }
    if roles.contains("bundles"), !removing.isEmpty {
      draft.warnings += try refusedBundles(draft, state)
    }
  }

  /// Bundles that channels offer and that only keys signed which would count no longer: hosts would refuse them.
  private func refusedBundles(_ draft: PublicationDraft, _ state: RepositoryState) throws -> [String] {
    guard let payload = try draft.writer.payloads().first(where: { $0.role == .targets }) else { return [] }
    let targets = try TargetsMetadata(signed: payload.signed, role: .targets)
    let authority = SignedAuthorities(root: state.root, targets: targets).authority(of: try bundlesRole())
    let keys = authority?.entries.compactMap(\.key.ed25519?.bytes) ?? []
    var warnings: [String] = []
    for plugin in Self.plugins(in: state) {
      for (channel, _) in workspace.policies {
        guard let manifest = try manifest(of: plugin, in: channel, state: state) else { continue }
        for bundle in manifest.bundles where try !keys.contains(open(bundle).signed.signer.bytes) {
          warnings.append(
            "hosts will refuse \(plugin) \(manifest.version) for \(bundle.platform) in \(channel), which a key signed "
              + "that counts no longer; publish it anew under another version")
        }
      }
    }
    return warnings
  }
}
