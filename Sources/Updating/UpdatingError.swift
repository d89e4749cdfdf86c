import Releases
package import Signing

/// Why the host's side refused or stopped; every case carries both sides.
package enum UpdatingError: SerinError, Equatable {
  /// No repository is trusted under this name or address.
  case unknownRepository(offered: String, known: [String])
  /// The repository is trusted already.
  case repositoryExists(id: String, url: String)
  /// A first root was offered whose digest is not the one pinned.
  case rootNotPinned(url: String, pinned: String, offered: String)
  /// The address is none that can be fetched from.
  case badURL(String, reason: String)
  /// A file of the host's folder cannot be read as what it should be.
  case damagedFile(path: String, reason: String)
  /// No trusted repository carries the plugin in this channel.
  case notOffered(plugin: String, channel: String, repositories: [String])
  /// A short name fits several plugins.
  case ambiguousPlugin(offered: String, candidates: [String])
  /// The plugin is not installed.
  case notInstalled(plugin: String)
  /// The plugin is installed already.
  case alreadyInstalled(plugin: String, version: String)
  /// The channel manifest is not about what was asked for.
  case wrongManifest(field: String, asked: String, offered: String)
  /// The channel manifest is older than one this host has seen.
  case sequenceRollback(plugin: String, channel: String, offered: Int64, trusted: Int64)
  /// The channel and the bundles role name different bytes for one file.
  case partiesDisagree(path: String, channel: String, bundles: String)
  /// The release has no bundle that runs here.
  case noBundle(plugin: String, version: String, platform: String, offered: [String])
  /// What was downloaded is not what was promised.
  case wrongDownload(path: String, expected: String, found: String)
  /// The bundle is not signed by a key that the repository names for bundles.
  case bundleNotTrusted(path: String, reason: String)
  /// The release is withdrawn.
  case yanked(plugin: String, version: String, reason: String)
  /// The release was wanted when its observation began, and is not any more.
  case heldBack(plugin: String, version: String, reason: String)
  /// The canary judged the release and it did not pass.
  case canaryFailed(plugin: String, version: String, reasons: [String])
  /// No verdict by the keys that this host demands speaks for the release.
  case evidenceMissing(plugin: String, version: String, keys: String, reasons: [String])
  /// A person ended the canary before there was a verdict.
  case canaryAborted(plugin: String, version: String, remark: String)
  /// There is no canary of the plugin in the state that is asked for.
  case noCanary(plugin: String, wanted: String, found: [String])
  /// The canary could not come to a judgement.
  case canaryInconclusive(plugin: String, version: String, reasons: [String])
  /// A release that was switched on did not start with the user's own data, and the one before is back.
  case rolledBack(plugin: String, from: String, to: String, reasons: [String])
  /// Somebody must look at what changes before the release may run.
  case needsApproval(plugin: String, version: String, reasons: [String])
  /// A setting that the plugin requires has no value.
  case missingConfiguration(plugin: String, keys: [String])
  /// A setting was given that the plugin does not know.
  case unknownConfiguration(plugin: String, key: String, known: [String])
  /// There is no snapshot to go back to.
  case nothingToRollBackTo(plugin: String, version: String?, kept: [String])
  /// No rollback can be undone: there was none, or a release was switched on since.
  case nothingToUndo(plugin: String, since: String?)
  /// The offered release cannot read the state that the installed one wrote.
  case cannotReadState(plugin: String, version: String, reads: [Int64], present: Int64)
  /// The release to go back to could not read the present state, which was to stay.
  case cannotKeepState(plugin: String, version: String, reads: [Int64], present: Int64)
  /// The kept manifest of a release says something else than it did when its snapshot was taken.
  case snapshotDiffers(plugin: String, version: String, snapshot: Int, what: String)
  /// The bundle of a release that is here is not in its repository any more.
  case noLongerOffered(plugin: String, version: String)
  /// The installed tree is not what was signed.
  case treeChanged(plugin: String, version: String, differences: [String])
  /// The installed release did not say which tools it has.
  case noTools(plugin: String, reasons: [String])
  /// The canary's candidate is not there to approve.
  case nothingToApprove(plugin: String)
  /// Another process looks after this host already.
  case otherAgent(holder: String)

  package var blame: Blame {
    switch self {
    case .wrongManifest, .sequenceRollback, .partiesDisagree, .noBundle, .wrongDownload, .bundleNotTrusted, .yanked,
      .evidenceMissing, .rootNotPinned, .cannotReadState:
      .repository
    case .damagedFile, .treeChanged, .snapshotDiffers: .machine
    case .canaryFailed, .canaryInconclusive, .rolledBack, .noTools: .plugin
    default: .user
    }
  }

  package var description: String {
    switch self {
    case .unknownRepository(let offered, let known):
      "no repository \(offered) is trusted here, only \(list(known))"
    case .repositoryExists(let id, let url): "\(url) is trusted already, as \(id)"
    case .rootNotPinned(let url, let pinned, let offered):
      "\(url) offers a root with fingerprint …\(offered.suffix(6)), pinned is …\(pinned.suffix(6))"
    case .badURL(let url, let reason): "\(url) cannot be used as an address: \(reason)"
    case .damagedFile(let path, let reason): "\(path) cannot be read: \(reason)"
    case .notOffered(let plugin, let channel, let repositories):
      "\(plugin) is not offered in \(channel) by \(list(repositories))"
    case .ambiguousPlugin(let offered, let candidates): "\(offered) could be any of \(list(candidates))"
    case .notInstalled(let plugin): "\(plugin) is not installed"
    case .alreadyInstalled(let plugin, let version): "\(plugin) is installed already, in version \(version)"
    case .wrongManifest(let field, let asked, let offered):
      "the channel manifest is about another \(field): asked for \(asked), offered \(offered)"
    case .sequenceRollback(let plugin, let channel, let offered, let trusted):
      "the \(channel) manifest of \(plugin) went back: offered sequence \(offered), trusted \(trusted)"
    case .partiesDisagree(let path, let channel, let bundles):
      "the channel promises …\(channel.suffix(6)) for \(path), the bundles role …\(bundles.suffix(6))"
    case .noBundle(let plugin, let version, let platform, let offered):
      "\(plugin) \(version) has no bundle for \(platform), only for \(list(offered))"
    case .wrongDownload(let path, let expected, let found):
      "\(path) is not what was promised: expected \(expected), found \(found)"
    case .bundleNotTrusted(let path, let reason): "the bundle \(path) is not trusted: \(reason)"
    case .yanked(let plugin, let version, let reason): "\(plugin) \(version) was withdrawn by its publisher: \(reason)"
    case .heldBack(let plugin, let version, let reason): "\(plugin) \(version) is not switched to: \(reason)"
    case .canaryFailed(let plugin, let version, let reasons):
      "\(plugin) \(version) failed its canary: \(reasons.joined(separator: "; "))"
    case .evidenceMissing(let plugin, let version, let keys, let reasons):
      "no signed pass by \(keys) speaks for \(plugin) \(version): \(reasons.joined(separator: "; "))"
    case .canaryAborted(let plugin, let version, let remark):
      "the canary of \(plugin) \(version) was ended: \(remark.isEmpty ? "another one took its place" : remark)"
    case .noCanary(let plugin, let wanted, let found):
      "\(plugin) has no canary that is \(wanted), only \(list(found))"
    case .canaryInconclusive(let plugin, let version, let reasons):
      "the canary of \(plugin) \(version) is inconclusive: \(reasons.joined(separator: "; "))"
    case .rolledBack(let plugin, let from, let to, let reasons):
      "\(plugin) \(from) passed its canary but does not start with your data, and went back to \(to) by itself: "
        + reasons.joined(separator: "; ")
    case .needsApproval(let plugin, let version, let reasons):
      "\(plugin) \(version) needs your approval: \(reasons.joined(separator: "; "))"
    case .missingConfiguration(let plugin, let keys): "\(plugin) needs a value for \(list(keys))"
    case .unknownConfiguration(let plugin, let key, let known):
      "\(plugin) has no setting \(key), only \(list(known))"
    case .nothingToRollBackTo(let plugin, let version, let kept):
      "there is no snapshot of \(plugin)\(version.map { " " + $0 } ?? "") to go back to, kept are \(list(kept))"
    case .nothingToUndo(let plugin, let since):
      since.map { "there is no rollback of \(plugin) to undo any more, since the \($0)" }
        ?? "there is no rollback of \(plugin) to undo"
    case .cannotReadState(let plugin, let version, let reads, let present):
      "\(plugin) \(version) cannot read the plugin's data, which are of epoch \(present): it reads only epoch "
        + StateEpoch.list(reads)
    case .cannotKeepState(let plugin, let version, let reads, let present):
      "\(plugin) \(version) could not read the present data, which are of epoch \(present): it reads only epoch "
        + StateEpoch.list(reads)
    case .snapshotDiffers(let plugin, let version, let snapshot, let what):
      "the kept manifest of \(plugin) \(version) has other \(what) than when snapshot \(snapshot) was taken"
    case .noLongerOffered(let plugin, let version):
      "\(plugin) \(version) cannot be fetched again: its repository does not have the bundle any more"
    case .treeChanged(let plugin, let version, let differences):
      "\(plugin) \(version) is not what was signed: \(differences.joined(separator: "; "))"
    case .noTools(let plugin, let reasons):
      "\(plugin) did not say which tools it has: \(reasons.isEmpty ? "it has none" : reasons.joined(separator: "; "))"
    case .nothingToApprove(let plugin): "nothing of \(plugin) waits for an approval"
    case .otherAgent(let holder): "another agent looks after this host already: \(holder)"
    }
  }

  package var help: String? {
    switch self {
    case .unknownRepository: "trust one with `serin trust URL --root FILE`"
    case .rootNotPinned: "ask the publisher for the fingerprint over another way"
    case .notOffered: "`serin trust` adds a repository, --channel names another channel"
    case .notInstalled: "`serin list` shows what is installed"
    case .alreadyInstalled(let plugin, _): "take a newer release with `serin update \(plugin)`"
    case .sequenceRollback, .partiesDisagree, .wrongManifest, .wrongDownload, .bundleNotTrusted:
      "nothing was changed; tell the publisher, and try again later"
    case .canaryFailed(let plugin, _, _):
      "the installed release stays; `serin canary status \(plugin)` shows why, and --anew observes it once more"
    case .evidenceMissing:
      "nothing was changed; ask its publisher or its testers, or demand other keys with --require-evidence"
    case .canaryAborted(let plugin, _, _):
      "the installed release stays; `serin canary start \(plugin)` begins anew, `serin hold \(plugin)` keeps it away"
    case .noCanary(let plugin, _, _):
      "`serin canary status \(plugin)` shows what was observed, `serin canary start \(plugin)` begins"
    case .canaryInconclusive(let plugin, _, _):
      "the installed release stays; `serin update \(plugin)` goes on observing, `serin approve` takes it as it is"
    case .rolledBack(let plugin, _, _, _):
      "your data are those of before, and a hold keeps it away; tell its publisher, then `serin unhold \(plugin)`"
    case .needsApproval(let plugin, let version, _): "if that is wanted: `serin approve \(plugin) \(version)`"
    case .missingConfiguration(let plugin, let keys):
      "give it with --set \(keys.first ?? "KEY")=VALUE, a secret one with "
        + "`serin secret set \(plugin) \(keys.first ?? "KEY")`"
    case .treeChanged(let plugin, _, _):
      "an agent makes it anew by itself, and `serin verify --all --repair` does now; "
        + "`serin rollback \(plugin)` goes back"
    case .otherAgent: "`serin agent status` shows what it does"
    case .nothingToUndo(let plugin, let since):
      since == nil
        ? "`serin history \(plugin)` shows what happened" : "`serin rollback \(plugin)` goes back to the release before"
    case .cannotReadState: "the installed release stays; take a release in between first, if its publisher offers one"
    case .cannotKeepState: "without --keep-state the data of that moment come back, where a snapshot keeps them"
    case .snapshotDiffers(let plugin, _, _, _):
      "nothing was changed; `serin verify --all` shows what is damaged, `serin history \(plugin)` what else is kept"
    case .nothingToRollBackTo(let plugin, _, _): "`serin history \(plugin)` shows what happened"
    default: nil
    }
  }

  private func list(_ names: [String]) -> String { names.isEmpty ? "none" : names.joined(separator: ", ") }
}
