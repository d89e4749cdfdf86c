package import Signing
internal import StrictJSON

/// A bundle that a channel offers: where it lies, how long it is, and what it must be.
package struct BundleOffer: Hashable, Sendable {
  /// The longest bundle or delta file in bytes.
  package static let maxLength: Int64 = 8 << 30
  /// The most deltas of a bundle.
  package static let maxDeltas = 16

  /// What the bundle runs on.
  package let platform: TargetPlatform
  /// The path in the repository.
  package let path: String
  /// The length of the file in bytes.
  package let length: Int64
  /// The digest of the file.
  package let sha256: SHA256Digest
  /// The digest of the tree that the bundle unpacks to.
  package let tree: SHA256Digest
  /// The epochs of the state as the bundle's own manifest says them, so that a host knows before it fetches anything.
  package let state: StateEpoch
  /// Files that turn the tree of an older release into this one.
  package let deltas: [DeltaOffer]

  /// An offer; throws a `ReleaseError` for a path or length that breaks a rule.
  package init(
    platform: TargetPlatform, path: String, length: Int64, sha256: SHA256Digest, tree: SHA256Digest,
    state: StateEpoch = .original, deltas: [DeltaOffer] = []
  ) throws(ReleaseError) {
    try TreePath.check(path, field: "path")
    guard (1...BundleOffer.maxLength).contains(length) else {
      throw ReleaseError("length", .outOfRange(offered: length, minimum: 1, maximum: BundleOffer.maxLength))
    }
    guard deltas.count <= BundleOffer.maxDeltas else {
      throw ReleaseError("deltas", .tooMany(offered: deltas.count, limit: BundleOffer.maxDeltas))
    }
    self.platform = platform
    self.path = path
    self.length = length
    self.sha256 = sha256
    self.tree = tree
    self.state = state
    self.deltas = deltas
  }

  init(_ fields: Fields) throws(ReleaseError) {
    var deltas: [DeltaOffer] = []
    for (index, member) in try fields.optionalArray("deltas", limit: BundleOffer.maxDeltas).enumerated() {
      deltas.append(try DeltaOffer(Fields(member, at: fields.path("deltas"), index: index)))
    }
    let platform = try fields.parse("platform", TargetPlatform.init)
    let path = try fields.string("path", limit: TreePath.maxBytes)
    let length = try fields.integer("length", in: 1...BundleOffer.maxLength)
    let (digest, tree) = try (fields.digest("sha256"), fields.digest("tree"))
    let state = try fields.optionalFields("state").map { fields throws(ReleaseError) in try StateEpoch(fields) }
    do throws(ReleaseError) {
      try self.init(
        platform: platform, path: path, length: length, sha256: digest, tree: tree, state: state ?? .original,
        deltas: deltas)
    } catch {
      throw fields.error(error.field, error.problem)
    }
  }

  var json: JSON {
    var object = JSON.Object([
      ("platform", .string(platform.text)), ("path", .string(path)), ("length", .integer(length)),
      ("sha256", .string(sha256.hex)), ("tree", .string(tree.hex)),
    ])
    if !state.isOriginal { object.set("state", state.json) }
    if !deltas.isEmpty { object.set("deltas", .array(deltas.map(\.json))) }
    return .object(object)
  }
}

/// A delta that a channel offers: a file that turns the tree of an older release into the offered one.
package struct DeltaOffer: Hashable, Sendable {
  /// The digest of the tree to start from.
  package let from: SHA256Digest
  /// The version to start from.
  package let version: ReleaseVersion
  /// The path in the repository.
  package let path: String
  /// The length of the file in bytes.
  package let length: Int64
  /// The digest of the file.
  package let sha256: SHA256Digest

  /// An offer; throws a `ReleaseError` for a path or length that breaks a rule.
  package init(
    from: SHA256Digest, version: ReleaseVersion, path: String, length: Int64, sha256: SHA256Digest
  ) throws(ReleaseError) {
    try TreePath.check(path, field: "path")
    guard (1...BundleOffer.maxLength).contains(length) else {
      throw ReleaseError("length", .outOfRange(offered: length, minimum: 1, maximum: BundleOffer.maxLength))
    }
    self.from = from
    self.version = version
    self.path = path
    self.length = length
    self.sha256 = sha256
  }

  init(_ fields: Fields) throws(ReleaseError) {
    let (from, version) = try (fields.digest("from"), fields.parse("version", ReleaseVersion.init))
    let path = try fields.string("path", limit: TreePath.maxBytes)
    let length = try fields.integer("length", in: 1...BundleOffer.maxLength)
    let digest = try fields.digest("sha256")
    do throws(ReleaseError) {
      try self.init(from: from, version: version, path: path, length: length, sha256: digest)
    } catch {
      throw fields.error(error.field, error.problem)
    }
  }

  var json: JSON {
    [
      "from": .string(from.hex), "version": .string(version.text), "path": .string(path), "length": .integer(length),
      "sha256": .string(sha256.hex),
    ]
  }
}

/// A release that the publisher withdrew, and why.
package struct YankedRelease: Hashable, Sendable {
  /// The longest reason in bytes.
  package static let maxReason = 1000

  /// The withdrawn version.
  package let version: ReleaseVersion
  /// Why it was withdrawn, in the publisher's words.
  package let reason: String

  /// A withdrawal; throws a `ReleaseError` for a reason that is too long.
  package init(version: ReleaseVersion, reason: String) throws(ReleaseError) {
    guard reason.utf8.count <= YankedRelease.maxReason else {
      throw ReleaseError("reason", .tooLong(offered: reason.utf8.count, limit: YankedRelease.maxReason))
    }
    self.version = version
    self.reason = reason
  }

  init(_ fields: Fields) throws(ReleaseError) {
    version = try fields.parse("version", ReleaseVersion.init)
    reason = try fields.string("reason", limit: YankedRelease.maxReason)
  }

  var json: JSON { ["version": .string(version.text), "reason": .string(reason)] }
}

/// A pointer to a signed verdict in the repository.
package struct EvidenceLink: Hashable, Sendable {
  /// The path in the repository.
  package let path: String
  /// The digest of the file.
  package let sha256: SHA256Digest

  /// A pointer; throws a `ReleaseError` for a path that breaks a rule.
  package init(path: String, sha256: SHA256Digest) throws(ReleaseError) {
    try TreePath.check(path, field: "path")
    self.path = path
    self.sha256 = sha256
  }

  init(_ fields: Fields) throws(ReleaseError) {
    let path = try fields.string("path", limit: TreePath.maxBytes)
    let digest = try fields.digest("sha256")
    do throws(ReleaseError) {
      try self.init(path: path, sha256: digest)
    } catch {
      throw fields.error(error.field, error.problem)
    }
  }

  var json: JSON { ["path": .string(path), "sha256": .string(sha256.hex)] }
}
