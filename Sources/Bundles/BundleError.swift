package import Platform
package import Releases
package import Signing
package import SystemPackage

/// Why a bundle cannot be written, read or believed.
package enum BundleError: SerinError, Equatable {
  /// The machine refused a file operation.
  case file(FileError)
  /// The source cannot become a tree.
  case archive(ArchiveError)
  /// A value inside the plugin's manifest or the bundle manifest is wrong.
  case release(ReleaseError)
  /// A signature is wrong; `what` says whose.
  case signature(what: String, SignatureError)
  /// The secret key cannot sign.
  case key(KeyError)
  /// No `.minisig` lies beside the file, so nothing in it can be believed.
  case unsigned(FilePath)
  /// No public key was given to check with.
  case noKey(FilePath)
  /// A trusted comment speaks of another plugin, version or platform.
  case wrongTrustedComment(what: String, offered: String, expected: String)
  /// The file is longer or shorter than it should be, in bytes.
  case wrongLength(FilePath, offered: Int64, expected: Int64)
  /// The file has another SHA-256 digest than it should.
  case wrongDigest(FilePath, offered: SHA256Digest, expected: SHA256Digest)
  /// A file of the tree has other content than the bundle manifest says.
  case wrongContent(path: String, offered: SHA256Digest, expected: SHA256Digest)
  /// The bundle is larger than the limit, in bytes.
  case tooLarge(FilePath, bytes: Int64, limit: Int64)
  /// The compressed data is damaged.
  case compression(reason: String)
  /// The compressed data asks for a larger window than the limit, in bytes.
  case windowTooLarge(limit: Int)
  /// The bundle ends before it is complete; `missing` says what should have come.
  case truncated(missing: String)
  /// The bundle goes on behind its end.
  case trailingData
  /// The next entry is not the one that the bundle manifest names, or not in the form that bundles have.
  case unexpectedEntry(expected: String)
  /// A part of the bundle is larger than its limit, in bytes.
  case partTooLarge(part: String, limit: Int)
  /// A part of the bundle is not text.
  case notText(part: String)
  /// The source has no `manifest.json` at its top.
  case noPluginManifest(FilePath)
  /// The source does not say which plugin it is.
  case noPluginName(manifestName: String)
  /// The tree holds machine code for several or for unknown processors, so that its platform must be said.
  case unclearPlatform(found: [String])
  /// What a delta says of itself breaks a rule; `field` is the place in `delta.json`.
  case badDelta(field: String, reason: String)
  /// A delta starts from another release than the one that is here; digests of the two `bundle.json`.
  case wrongBase(offered: SHA256Digest, expected: SHA256Digest)
  /// A file of the tree that a delta starts from is not what its manifest says: size or digest.
  case damagedTree(path: String, offered: String, expected: String)
  /// A file changed while it was packed.
  case changedWhilePacking(String)
  /// The output would lie inside the folder that is packed.
  case outputInsideSource(FilePath)

  /// Who has to act.
  package var blame: Blame {
    switch self {
    case .file(let error): error.blame
    case .archive(let error): error.blame
    case .release(let error): error.blame
    case .key(let error): error.blame
    case .noKey, .noPluginManifest, .noPluginName, .unclearPlatform, .changedWhilePacking, .outputInsideSource: .user
    case .wrongBase, .damagedTree: .machine
    default: .repository
    }
  }

  /// What to do next.
  package var help: String? {
    switch self {
    case .file(let error): error.help
    case .archive(let error): error.help
    case .release(let error): error.help
    case .key(let error): error.help
    case .signature(_, let error): error.help
    case .unsigned: "fetch the .minisig file from the publisher and put it beside the bundle"
    case .noKey: "give the publisher's public key; nothing unverified is ever unpacked, not even to look at it"
    case .wrongTrustedComment: "do not use the file; a signature was moved from one release to another"
    case .noPluginManifest: "add a manifest.json as MCPB describes it"
    case .noPluginName: "give the name, or add “plugin” under _meta[\"io.github.serin\"] in manifest.json"
    case .unclearPlatform: "say for which platform the bundle is"
    case .wrongBase, .damagedTree: "take the full bundle, which needs nothing that is here"
    case .changedWhilePacking: "pack again when nothing else writes to the source"
    case .outputInsideSource: "choose an output folder outside the source"
    default: "do not use the file; fetch it again from its publisher"
    }
  }

  /// One sentence that says what is wrong.
  package var description: String {
    switch self {
    case .file(let error): error.description
    case .archive(let error): error.description
    case .release(let error): error.description
    case .key(let error): error.description
    case .signature(let what, let error): "the signature of \(what) is refused: \(error)"
    case .unsigned(let path): "\(path) has no signature beside it"
    case .noKey(let path): "\(path) cannot be opened without a public key"
    case .wrongTrustedComment(let what, let offered, let expected):
      "the signature of \(what) is for \(Quoted(offered)) instead of \(Quoted(expected))"
    case .wrongLength(let path, let offered, let expected): "\(path) has \(offered) bytes instead of \(expected)"
    case .wrongDigest(let path, let offered, let expected):
      "\(path) has the SHA-256 digest \(offered) instead of \(expected)"
    case .wrongContent(let path, let offered, let expected):
      "the file \(Quoted(path)) of the bundle has the SHA-256 digest \(offered) instead of \(expected)"
    case .tooLarge(let path, let bytes, let limit): "\(path) has \(bytes) bytes, and at most \(limit) are allowed"
    case .compression(let reason): "the bundle cannot be decompressed: \(reason)"
    case .windowTooLarge(let limit): "the bundle needs a decompression window of more than \(limit) bytes"
    case .truncated(let missing): "the bundle ends before \(missing)"
    case .trailingData: "the bundle goes on behind its end"
    case .unexpectedEntry(let expected): "the bundle does not hold \(expected) in its place"
    case .partTooLarge(let part, let limit): "the \(part) of the bundle is larger than \(limit) bytes"
    case .notText(let part): "the \(part) of the bundle is not text"
    case .noPluginManifest(let path): "\(path) has no manifest.json at its top"
    case .noPluginName(let name):
      "the manifest names the plugin \(Quoted(name)), which is not a reverse-DNS name such as io.github.acme/time"
    case .unclearPlatform(let found): "the tree holds machine code for \(found.joined(separator: ", "))"
    case .badDelta(let field, let reason): "the delta is malformed: \(field) \(reason)"
    case .wrongBase(let offered, let expected):
      "the delta starts from the release with the manifest \(expected), and here is \(offered)"
    case .damagedTree(let path, let offered, let expected):
      "the file \(Quoted(path)) that the delta builds on has \(offered) instead of \(expected)"
    case .changedWhilePacking(let path): "the file \(Quoted(path)) changed while it was packed"
    case .outputInsideSource(let path): "the output \(path) lies inside the source"
    }
  }
}
