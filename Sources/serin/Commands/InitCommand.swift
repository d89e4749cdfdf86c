import ArgumentParser
import Publishing
import Releases
import Signing
import StrictJSON
import SystemPackage

/// The command `serin init`.
struct InitCommand: SerinCommand {
  static let configuration = CommandConfiguration(
    commandName: "init",
    abstract: "Start a workspace: settings, keys, channel policies and an empty repository.",
    discussion: HelpText.make(
      """
      Makes the keys that are missing under one passphrase: root-1 to root-3 (two of them must sign root and targets), \
      build (bundles), canary, beta, stable (one each), and online (timestamp and snapshot role; not encrypted, \
      because a server uses it by itself). The workspace holds only their public halves. Prints the fingerprint by \
      which hosts trust the repository.
      """,
      codes: [.thresholdNotMet],
      examples: ["serin init releases --name acme-plugins", "serin init releases --root-keys 5 --root-threshold 3"]))

  @OptionGroup var global: GlobalOptions
  @OptionGroup var passphrase: PassphraseOptions

  @Argument(help: "The new folder.", completion: .directory)
  var path: String

  @Option(help: "The repository's name, for people (default: the folder's name).")
  var name: String?

  @Option(help: "How many offline keys there are.")
  var rootKeys = 3

  @Option(help: "How many of the offline keys must sign.")
  var rootThreshold = 2

  @Option(help: "How long a release must be observed before it may be promoted, as in 24h.")
  var soak = "24h"

  mutating func validate() throws {
    guard (1...16).contains(rootKeys) else { throw ValidationError("--root-keys must be 1 to 16.") }
    guard (1...rootKeys).contains(rootThreshold) else {
      throw ValidationError("--root-threshold must be 1 to \(rootKeys), the number of keys.")
    }
  }

  func perform(_ session: Session) async throws -> InitOutput {
    let root = try FilePath(path).absolute(session)
    let soak = try DurationText(soak)
    let plan = NewWorkspace(
      root: root, name: name ?? root.lastComponent?.string ?? "plugins",
      rootKeys: (1...rootKeys).map { "root-\($0)" }, rootThreshold: rootThreshold, buildKey: "build",
      onlineKey: "online", channels: [(.canary, "canary"), (.beta, "beta"), (.stable, "stable")], soak: soak)
    let ring = StoredKeyRing(session, passphrase)
    let made = try ring.makeMissing(plan.keyNames, unencrypted: [plan.onlineKey])
    let fingerprint = try plan.create(keys: ring, machine: session.machine)
    if soak < DurationText(seconds: 86_400) {
      session.console.warning("releases soak only \(soak) here, not the 24 hours that Serin promises by default")
    }
    return InitOutput(path: root.string, made: made, fingerprint: fingerprint, soak: soak)
  }
}

/// A workspace that was started.
struct InitOutput: CommandOutput {
  static let schema = "serin.init.1"
  let path: String
  let made: [String]
  let fingerprint: SHA256Digest
  let soak: DurationText

  var json: JSON.Object {
    [
      "path": .string(path), "keys": .array(made.map { .string($0) }), "fingerprint": .string(fingerprint.hex),
      "soak": .string(soak.text),
    ]
  }

  var text: [TextLine] {
    [
      .good("started the workspace \(path)"),
      .fields([
        ("new keys", made.isEmpty ? "none" : made.joined(separator: ", ")), ("soak", soak.text),
        ("fingerprint", fingerprint.hex),
      ]),
      .hint("hosts trust it with `serin trust URL --fingerprint \(fingerprint.hex)`"),
    ]
  }
}
