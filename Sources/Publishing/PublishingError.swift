package import Releases
package import Signing

/// Why the publisher's side refused or failed; every case carries both sides.
package enum PublishingError: SerinError, Equatable {
  /// The folder is no workspace.
  case noWorkspace(path: String)
  /// A new workspace would overwrite one that exists.
  case workspaceExists(path: String)
  /// A settings file says something that cannot be.
  case badSettings(field: String, reason: String)
  /// The workspace names no such channel.
  case unknownChannel(offered: String, known: [String])
  /// A public key file is missing or unreadable.
  case badKey(name: String, reason: String)
  /// The plugin is not published here.
  case unknownPlugin(offered: String, known: [String])
  /// A short name fits several plugins.
  case ambiguousPlugin(offered: String, candidates: [String])
  /// The channel does not offer that version.
  case notInChannel(plugin: String, version: String, channel: String, offered: String?)
  /// Nobody observed the release yet.
  case noVerdict(plugin: String, version: String)
  /// The version was published before, with other bytes: versions never change.
  case versionExists(plugin: String, version: String, platform: String, published: String, offered: String)
  /// The channel already offers this version.
  case alreadyOffered(plugin: String, version: String, channel: String)
  /// A release enters at the channel that follows none.
  case notAnEntryChannel(channel: String, follows: String)
  /// The policy file and the signed delegation name different signers.
  case policyDiffers(channel: String, policy: String, signed: String)
  /// The channel's policy refused; every reason is listed.
  case policyRefuses(channel: String, version: String, findings: [Finding])
  /// The version was withdrawn earlier.
  case yanked(plugin: String, version: String, reason: String)
  /// Nothing remains to offer after a yank.
  case nothingLeft(plugin: String, channel: String, version: String)
  /// The repository on disk is damaged or was changed by hand.
  case damagedRepository(path: String, reason: String)
  /// A signing request cannot be read, or does not prove what it says.
  case badRequest(reason: String)
  /// Two copies of a request would have different bytes signed.
  case otherRequest(own: String, other: String)
  /// The repository has moved on since a request was made.
  case requestStale(role: String, requested: Int64, current: Int64)
  /// A request belongs to another repository.
  case foreignRequest(own: String, offered: String)
  /// Everything that a request asks for is published already.
  case requestPublished
  /// No role of a request lists the key.
  case keyNotAsked(key: String)
  /// A request lacks signatures.
  case signaturesMissing([MissingSignatures])
  /// What was confirmed is no longer what would be signed.
  case changedMeanwhile
  /// An edit would change nothing.
  case nothingToSign
  /// The repository has no such role.
  case unknownRole(offered: String, known: [String])
  /// A key edit that cannot be.
  case badRoleEdit(role: String, reason: String)
  /// A file that the repository promises is not what it promises.
  case wrongBundle(path: String, expected: String, found: String)

  package var blame: Blame {
    switch self {
    case .damagedRepository, .wrongBundle: .machine
    default: .user
    }
  }

  package var description: String {
    switch self {
    case .noWorkspace(let path): "there is no workspace at \(path): it has no serin.yaml"
    case .workspaceExists(let path): "\(path) already holds a workspace"
    case .badSettings(let field, let reason): "the setting \(field) cannot be used: \(reason)"
    case .unknownChannel(let offered, let known):
      "there is no channel \(offered) in this workspace, only \(known.joined(separator: ", "))"
    case .badKey(let name, let reason): "the key \(name) cannot be used: \(reason)"
    case .unknownPlugin(let offered, let known):
      known.isEmpty
        ? "\(offered) is not published here: nothing is yet"
        : "\(offered) is not published here, only \(known.joined(separator: ", "))"
    case .ambiguousPlugin(let offered, let candidates):
      "\(offered) could be any of \(candidates.joined(separator: ", "))"
    case .notInChannel(let plugin, let version, let channel, let offered):
      "\(plugin) \(version) is not in \(channel), which offers \(offered ?? "nothing")"
    case .noVerdict(let plugin, let version): "there is no verdict about \(plugin) \(version) in this workspace"
    case .versionExists(let plugin, let version, let platform, let published, let offered):
      "\(plugin) \(version) for \(platform) is published with digest …\(published.suffix(6)) "
        + "and cannot change to …\(offered.suffix(6))"
    case .alreadyOffered(let plugin, let version, let channel): "\(channel) already offers \(plugin) \(version)"
    case .notAnEntryChannel(let channel, let follows): "\(channel) takes releases from \(follows), not from a folder"
    case .policyDiffers(let channel, let policy, let signed):
      "channels/\(channel).yaml wants signatures of \(policy), the signed targets role of \(signed)"
    case .policyRefuses(let channel, let version, let findings):
      "the policy of \(channel) refuses \(version): " + findings.map(\.sentence).joined(separator: "; ")
    case .yanked(let plugin, let version, let reason): "\(plugin) \(version) was yanked: \(reason)"
    case .nothingLeft(let plugin, let channel, let version):
      "\(channel) never offered another release of \(plugin) than \(version), so there is none to go back to"
    case .damagedRepository(let path, let reason): "the repository at \(path) cannot be used: \(reason)"
    case .badRequest(let reason): "the signing request cannot be used: \(reason)"
    case .otherRequest(let own, let other):
      "the two files would have different bytes signed: …\(own.suffix(6)) and …\(other.suffix(6))"
    case .requestStale(let role, let requested, let current):
      "the repository has moved on: the request replaces version \(requested) of \(role), and version \(current) is "
        + "published"
    case .foreignRequest(let own, let offered):
      "the request is for the repository …\(offered.suffix(6)), this is …\(own.suffix(6))"
    case .requestPublished: "what the request asks for is published already"
    case .keyNotAsked(let key): "the request asks for no signature of the key \(key)"
    case .signaturesMissing(let missing): missing.map(\.sentence).joined(separator: "; ")
    case .changedMeanwhile: "the repository changed while it was confirmed, so that something else would be signed"
    case .nothingToSign: "there is nothing to sign: everything is as it would be"
    case .unknownRole(let offered, let known):
      "there is no role \(offered) in this repository, only \(known.joined(separator: ", "))"
    case .badRoleEdit(let role, let reason): "the role \(role) cannot be changed so: \(reason)"
    case .wrongBundle(let path, let expected, let found):
      "\(path) has digest …\(found.suffix(6)), the repository promises …\(expected.suffix(6))"
    }
  }

  package var help: String? {
    switch self {
    case .noWorkspace: "start one with `serin init PATH`, or name it with --workspace"
    case .workspaceExists: "choose another folder"
    case .badKey: "make it with `serin key new`, or put its public half into keys/"
    case .unknownPlugin, .ambiguousPlugin: "`serin status` lists what is published"
    case .versionExists: "publish it under a new version"
    case .notAnEntryChannel(_, let follows): "publish to \(follows) and promote from there"
    case .policyRefuses(let channel, _, _): "the policy is channels/\(channel).yaml"
    case .policyDiffers:
      "`serin role sync` writes the settings anew from what was signed; `serin role change` changes what is signed"
    case .badRequest: "ask for the file again; nothing was signed"
    case .otherRequest: "sign one of them; signatures of one do not fit the other"
    case .requestStale: "make the request again with the same command, and have it signed again"
    case .foreignRequest: "name the workspace with --workspace"
    case .keyNotAsked: "name another key with --key; `serin sign show FILE` lists who must sign"
    case .signaturesMissing: "`serin sign add FILE` adds a signature, `--from OTHER` those of another copy"
    case .changedMeanwhile: "run the same command again, and look again"
    case .unknownRole: "`serin role list` shows them"
    case .nothingLeft: "publish a better version, then yank this one"
    case .damagedRepository, .wrongBundle: "restore the repository folder from a copy"
    default: nil
    }
  }
}

/// Whose signatures a role lacks.
package struct MissingSignatures: Hashable, Sendable {
  /// The role.
  package let role: String
  /// How many keys must sign.
  package let needed: Int
  /// How many did.
  package let have: Int
  /// Those who did not.
  package let missing: [String]

  /// One sentence without a full stop.
  package var sentence: String {
    let names = missing.joined(separator: ", ")
    return "\(role) has \(have) of \(needed) signatures; missing are any \(needed - have) of \(names)"
  }
}
