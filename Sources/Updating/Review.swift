package import Releases
import Storage

/// What an update would change for the user, beside its files: seen before it happens.
package struct ReleaseReview: Hashable, Sendable {
  /// What the release may do that the installed one may not, or no longer.
  package let permissions: [PermissionChange]
  /// Settings that the release needs and that have no value yet.
  package let newSettings: [String]
  /// The exact command that will run, as the manifest says it.
  package let command: String
  /// What the release means for the plugin's state; nil where there is nothing to say.
  package let stateChange: StateChange?
}

/// A thing that a person must agree to, under the word by which the ledger remembers the agreement.
package struct ApprovalNeed: Hashable, Sendable {
  /// permission-widening, tool-text, inconclusive or switch.
  package let kind: String
  /// What it is about.
  package let sentences: [String]
  /// The same with the old and new texts, which whoever agrees should read.
  package let details: [String]

  init(kind: String, sentences: [String], details: [String]? = nil) {
    self.kind = kind
    self.sentences = sentences
    self.details = details ?? sentences
  }
}

extension PluginHost {
  /// What a prepared release would change against the installed one.
  package func review(_ release: PreparedRelease) throws -> ReleaseReview {
    let kept = try configuredKeys(of: release.manifest.plugin)
    let launch = release.manifest.launch
    return ReleaseReview(
      permissions: try permissionChanges(to: release.manifest),
      newSettings: UserConfigOption.missing([:], options: release.manifest.userConfig).map(\.key)
        .filter { !kept.contains($0) },
      command: ([launch.command] + launch.arguments).joined(separator: " "),
      stateChange: try stateChange(of: release.manifest.plugin, to: release.manifest.state))
  }

  /// What of a judged release waits for a person, without what was approved for this very tree already.
  func needs(_ release: PreparedRelease, soak: SoakResult, by actor: UpdateActor) throws -> [ApprovalNeed] {
    try needs(release.manifest, tree: release.tree, soak: soak, by: actor)
  }

  func needs(
    _ manifest: BundleManifest, tree: TreeName, soak: SoakResult, by actor: UpdateActor
  ) throws -> [ApprovalNeed] {
    var needs: [ApprovalNeed] = []
    let widening = try permissionChanges(to: manifest).filter { $0.direction == .widening }
    if !widening.isEmpty {
      needs.append(ApprovalNeed(kind: "permission-widening", sentences: widening.map(\.sentence)))
    }
    let tools = soak.toolChanges.filter(\.needsApproval)
    if !tools.isEmpty {
      needs.append(ApprovalNeed(kind: "tool-text", sentences: tools.map(\.sentence), details: tools.flatMap(\.lines)))
    }
    if soak.verdict == .inconclusive {
      needs.append(ApprovalNeed(kind: "inconclusive", sentences: soak.reasons))
    }
    if actor == .agent, try settings().plugin(manifest.plugin).mode == .ask {
      needs.append(ApprovalNeed(kind: "switch", sentences: ["this host asks before it switches (mode: ask)"]))
    }
    let given = try ledger.approvals(of: manifest.plugin, tree: tree).map(\.kind)
    return needs.filter { !given.contains($0.kind) }
  }

  private func permissionChanges(to manifest: BundleManifest) throws -> [PermissionChange] {
    let home = try folder.plugin(manifest.plugin)
    return manifest.permissionChanges(from: try home.current().map { try home.outline(of: $0) })
  }
}
