import ArgumentParser
import Publishing
import Releases
import Signing
import StrictJSON

/// The command `serin promote NAME [VERSION] --to CHANNEL`.
struct PromoteCommand: SerinCommand {
  static let configuration = CommandConfiguration(
    commandName: "promote",
    abstract: "Offer a release in the next channel, if its policy agrees.",
    discussion: HelpText.make(
      """
      Takes the very bundles that the channel before offers, and asks the policy of the new channel: soak, evidence, \
      approvals, signers. Every reason to refuse is printed. A channel that others only follow at its end (stable) \
      asks for the last six characters of the digest. Where the channel's keys are elsewhere, --request writes a file \
      for `serin sign`.
      """,
      codes: [.thresholdNotMet, .expired, .needsApproval, .locked],
      examples: [
        "serin promote time --to beta", "serin promote io.github.acme/time 2026.10.19 --to stable --dry-run",
      ]))

  @OptionGroup var global: GlobalOptions
  @OptionGroup var workspace: WorkspaceOptions
  @OptionGroup var passphrase: PassphraseOptions
  @OptionGroup var confirmation: ConfirmationOptions
  @OptionGroup var approval: ApprovalOptions
  @OptionGroup var requests: RequestOptions

  @Argument(help: "The plugin, by its full or short name.", completion: .publishedPlugin)
  var name: String

  @Argument(help: "The version (default: what the channel before offers).")
  var version: String?

  @Option(help: "The channel to offer it in.", completion: .channel)
  var to: String

  @Flag(help: "Only show what would happen.")
  var dryRun = false

  func perform(_ session: Session) async throws -> PromotionOutput {
    let publisher = try Publisher.open(workspace, passphrase, session)
    let plan = try publisher.planPromotion(
      of: publisher.plugin(named: name), version: version.map { try ReleaseVersion($0) }, to: ChannelName(to),
      approving: approval.topics())
    if !dryRun, let request = try requests.write(session, { try publisher.request(plan) }) {
      return PromotionOutput(plan: plan, release: nil, confirm: nil, request: request)
    }
    let asksDigest = publisher.isLast(plan.to) ? plan.bundles.first?.sha256 : nil
    if dryRun { return PromotionOutput(plan: plan, release: nil, confirm: asksDigest) }
    if plan.isAllowed, let asksDigest {
      try Confirmation(what: "promotion of \(plan.plugin) \(plan.version) to \(plan.to)", digest: asksDigest)
        .require(confirmation, session)
    }
    return PromotionOutput(plan: plan, release: try publisher.promote(plan), confirm: asksDigest)
  }
}

/// A promotion that was made, or only looked at.
struct PromotionOutput: CommandOutput {
  static let schema = "serin.promote.1"
  let plan: Promotion
  let release: PublishedRelease?
  /// The digest whose end must be typed, where the channel asks for it.
  let confirm: SHA256Digest?
  /// What was written for others to sign.
  var request: WrittenRequest?

  var exitStatus: ExitStatus { release == nil && !plan.isAllowed ? .needsApproval : .ok }

  var json: JSON.Object {
    var object: JSON.Object = [
      "plugin": .string(plan.plugin.text), "version": .string(plan.version.text), "from": .string(plan.from.text),
      "to": .string(plan.to.text), "allowed": .bool(plan.isAllowed), "promoted": .bool(release != nil),
      "findings": .array(plan.findings.map(\.json)),
      "digests": .array(plan.bundles.map { .string($0.sha256.hex) }),
    ]
    if let confirm { object["confirm"] = .string(confirm.lastSix) }
    if let release {
      object["sequence"] = .integer(release.sequence)
      object["expiring"] = ReleaseOutput.json(of: release.expiring)
    }
    if let request { object["request"] = .object(request.json) }
    return object
  }

  var text: [TextLine] {
    let findings = plan.findings.map { finding -> TextLine in
      finding.severity == .notice
        ? .plain("  \(finding.sentence)") : .bad("  \(finding.severity.rawValue): \(finding.sentence)")
    }
    if let request { return findings + request.writtenText }
    if let release { return findings + ReleaseOutput(verb: "promoted", release: release).text }
    let title: TextLine =
      plan.isAllowed
      ? .good("\(plan.to) would take \(plan.plugin) \(plan.version) from \(plan.from)")
      : .bad("\(plan.to) would refuse \(plan.plugin) \(plan.version)")
    return [title] + findings + (confirm.map { [.fields([("digest", $0.hex)])] } ?? [])
  }
}
