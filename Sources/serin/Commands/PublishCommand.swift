import ArgumentParser
import Bundles
import Publishing
import Releases
import Signing
import StrictJSON
import SystemPackage
import TUF

/// The command `serin publish PATH`.
struct PublishCommand: SerinCommand {
  static let configuration = CommandConfiguration(
    commandName: "publish",
    abstract: "Pack, sign and offer a release in a first channel.",
    discussion: HelpText.make(
      """
      Packs PATH (a folder, an .mcpb or an archive), signs it with the build key, and signs it into the channel. \
      Clients see the new state only when everything it names is in place. A published version never changes. A \
      role with less than 48 hours to live is renewed in the same step, or named. Deltas from the last three releases \
      of each channel are made and signed with it, so that hosts fetch what changed. Where the channel's keys \
      are elsewhere, --request writes a file for `serin sign`.
      """,
      codes: [.thresholdNotMet, .expired, .locked, .noSpace],
      examples: [
        "serin publish ./my-plugin --to canary",
        "serin publish time.mcpb --to canary --notes 'Fixes the leap second.' --workspace releases",
      ]))

  @OptionGroup var global: GlobalOptions
  @OptionGroup var workspace: WorkspaceOptions
  @OptionGroup var passphrase: PassphraseOptions
  @OptionGroup var requests: RequestOptions

  @Argument(help: "A folder, an .mcpb or an archive.", completion: .file())
  var path: String

  @Option(
    help: ArgumentHelp("The channel, one that takes releases from a folder.", valueName: "channel"),
    completion: .channel)
  var to = "canary"

  @Option(help: "The plugin's name, where manifest.json does not say it.")
  var plugin: String?

  @Option(help: "The release's version, where it is another than manifest.json says.")
  var release: String?

  @Option(help: "The platform: any, linux-x86_64 or linux-aarch64.", completion: .platform)
  var platform: String?

  @Option(help: "What is new, for people.")
  var notes: String?

  @Flag(help: "The release mends a security fault: the policy's shorter soak applies.")
  var security = false

  @Flag(help: "Make no deltas from the last releases of the channels.")
  var noDeltas = false

  func perform(_ session: Session) async throws -> ReleaseOutput {
    var request = PublishRequest(
      source: FilePath(path), channel: try ChannelName(to), plugin: try plugin.map { try PluginName($0) },
      version: try release.map { try ReleaseVersion($0) }, platform: try platform.map { try TargetPlatform($0) },
      notes: notes, security: security)
    request.makesDeltas = !noDeltas
    let publisher = try Publisher.open(workspace, passphrase, session)
    if let written = try requests.write(session, { try publisher.request(request) }) {
      return ReleaseOutput(verb: "packed", release: nil, request: written)
    }
    return ReleaseOutput(verb: "published", release: try publisher.publish(request))
  }
}

/// A release that a channel offers now, or that waits for signatures.
struct ReleaseOutput: CommandOutput {
  static let schema = "serin.release.1"
  let verb: String
  let release: PublishedRelease?
  /// What was written for others to sign.
  var request: WrittenRequest?

  var json: JSON.Object {
    var object: JSON.Object = ["done": .string(verb)]
    if let request { object["request"] = .object(request.json) }
    guard let release else { return object }
    object["plugin"] = .string(release.plugin.text)
    object["version"] = .string(release.version.text)
    object["channel"] = .string(release.channel.text)
    object["sequence"] = .integer(release.sequence)
    object["bundles"] = .array(
      release.bundles.map { bundle in
        [
          "platform": .string(bundle.platform.text), "path": .string(bundle.path),
          "length": .integer(bundle.length), "sha256": .string(bundle.sha256.hex), "tree": .string(bundle.tree.hex),
          "deltas": .array(
            bundle.deltas.map { ["from": .string($0.version.text), "length": .integer($0.length)] }),
        ]
      })
    object["warnings"] = .array(release.warnings.map { .string($0) })
    object["expiring"] = Self.json(of: release.expiring)
    return object
  }

  /// The roles that will soon expire.
  static func json(of roles: [ExpiringRole]) -> JSON {
    .array(
      roles.map {
        ["role": .string($0.role.text), "expires": .string($0.expires.text), "command": .string($0.command)]
      })
  }

  var text: [TextLine] {
    if let request { return request.writtenText }
    guard let release else { return [] }
    return [
      .good("\(verb) \(release.plugin) \(release.version) in \(release.channel), sequence \(release.sequence)"),
      .table(
        Table(
          columns: [.left("platform"), .right("size"), .left("sha256")],
          rows: release.bundles.map { [$0.platform.text, ByteCount.text($0.length), $0.sha256.hex] })),
    ]
      + release.bundles.flatMap { bundle in
        bundle.deltas.map { delta in
          .plain("delta from \(delta.version): \(ByteCount.text(delta.length)) of \(ByteCount.text(bundle.length))")
        }
      } + release.warnings.map { .bad("warning: \($0)") }
      + release.expiring.map {
        .bad("warning: \($0.role) expires at \($0.expires), and its keys are not all here: `\($0.command)`")
      }
  }
}
