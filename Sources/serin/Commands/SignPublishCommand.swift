import ArgumentParser
import Publishing
import Releases
import Signing
import StrictJSON
import TUF

/// The command `serin sign publish FILE`.
struct SignPublishCommand: SerinCommand {
  static let configuration = CommandConfiguration(
    commandName: "publish",
    abstract: "Publish a request whose signatures are complete.",
    discussion: HelpText.make(
      """
      Checks that the repository is still as it was when the request was made, asks the channel's policy again, signs \
      the online roles, and publishes. Settings, public keys and policies of the workspace follow. Says who is missing \
      otherwise.
      """,
      codes: [.thresholdNotMet, .expired, .needsApproval, .locked],
      examples: [
        "serin sign publish time.request", "serin sign publish time.request --approve permission-widening --json",
      ]))

  @OptionGroup var global: GlobalOptions
  @OptionGroup var workspace: WorkspaceOptions
  @OptionGroup var passphrase: PassphraseOptions
  @OptionGroup var approval: ApprovalOptions

  @Argument(help: "The request.", completion: .file())
  var file: String

  func perform(_ session: Session) async throws -> SignPublishOutput {
    let request = try WrittenRequest(reading: file, session)
    let published = try Publisher.open(workspace, passphrase, session)
      .publish(request.review.request, approving: approval.topics())
    return SignPublishOutput(published: published)
  }
}

/// The option with which a person agrees to what a policy wants a person for.
struct ApprovalOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "Agree to what the policy wants a person for: permission-widening, tool-text, inconclusive, …. May be repeated.",
      valueName: "topic"))
  var approve: [String] = []

  /// The topics.
  /// - Throws: `CommandError.badValue` for a word that is none.
  func topics() throws -> Set<ChannelPolicy.Topic> {
    Set(
      try approve.map { text in
        guard let topic = ChannelPolicy.Topic(rawValue: text) else {
          throw CommandError.badValue(
            option: "--approve", value: text,
            reason: "it is none of " + ChannelPolicy.Topic.allCases.map(\.rawValue).joined(separator: ", "))
        }
        return topic
      })
  }
}

/// A request that was published.
struct SignPublishOutput: CommandOutput {
  static let schema = "serin.sign.publish.1"
  let published: PublishedRequest

  var json: JSON.Object {
    [
      "digest": .string(published.review.digest.hex), "roles": .strings(published.roles.map(\.text)),
      "changes": .array(published.review.changes.map(\.json)),
    ]
  }

  var text: [TextLine] {
    [.good("published; signed anew: \(published.roles.map(\.text).joined(separator: ", "))")]
      + published.review.changes.map { .plain("  \($0.sentence)") }
  }
}
