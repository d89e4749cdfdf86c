public import Signing
public import StrictJSON

/// A targets role, top-level or delegated: files with length and digests, and delegations (TUF 4.5).
public struct TargetsMetadata: MetadataContent, Hashable {
  /// `targets`.
  public static let type = "targets"
  /// Type, version and expiry.
  public let header: MetadataHeader
  /// The role this file belongs to.
  public let role: RoleName
  /// To whom it delegates, if to anybody, as it stands in the file.
  private let delegationList: DelegationList?
  /// The targets by path; entries are checked when the file is read and decoded when they are asked for.
  private let targets: JSONIndex

  /// Decodes the `signed` part of a targets file.
  public init(_ signed: JSONObjectView, role: RoleName) throws(TUFError) {
    let signed = Shape(signed, of: role, at: "signed")
    header = try MetadataHeader(signed, type: Self.type)
    self.role = role
    let targets = try signed.shape("targets")
    let check = EntryCheck()
    try targets.object.forEachMember(failing: { check.isTarget($0, $1, $2) }) { (member) throws(TUFError) in
      _ = try TargetInfo(path: member.key, value: member.value, role: role)
    }
    self.targets = JSONIndex(targets.object)
    delegationList = signed.has("delegations") ? try DelegationList(try signed.shape("delegations")) : nil
  }

  /// To whom it delegates, if to anybody; decoded at each call.
  public var delegations: Delegations? { delegationList?.all }

  /// The roles to ask for a target path, in order.
  func steps(covering path: String) -> [Delegations.Step] { delegationList?.steps(covering: path) ?? [] }

  /// The paths of all targets that this role lists itself.
  public var paths: [String] { targets.object.keys }

  /// What this role says of a target; nil when it does not list it.
  public func target(_ path: String) -> TargetInfo? {
    guard let value = targets[path] else { return nil }
    return try? TargetInfo(path: path, value: value, role: role)
  }
}

/// What a trusted role says of one target.
public struct TargetInfo: Hashable, Sendable {
  /// The path as it is signed.
  public let path: String
  /// The role that vouches for it.
  public let role: RoleName
  /// The length in bytes.
  public let length: Int64
  /// The digests; at least one.
  public let digests: FileDigests
  /// What the publisher added, if anything.
  ///
  /// Trust never depends on it.
  public let custom: JSON?

  init(path: String, value: JSONView, role: RoleName) throws(TUFError) {
    let entry = try Shape(value, of: role, at: "signed.targets.entry")
    self.path = path
    self.role = role
    length = try entry.integer("length", in: 0...TUFLimits.largestVersion)
    digests = try FileDigests(try entry.shape("hashes"))
    custom = entry.object["custom"]?.value
  }

  /// The SHA-256 digest, if it is signed.
  public var sha256: SHA256Digest? { digests.sha256 }

  /// Where the target lies below the repository's folder of targets, not percent-encoded.
  ///
  /// With consistent snapshots the digest stands before the last part (TUF 6.2).
  public func filePath(consistent: Bool) -> String {
    guard consistent, let prefix = digests.namePrefix else { return path }
    let bytes = Array(path.utf8)
    // By bytes: a character may reach beyond its slash.
    let start = (bytes.lastIndex(of: UInt8(ascii: "/")) ?? -1) + 1
    return String(decoding: bytes[..<start] + Array("\(prefix).".utf8) + bytes[start...], as: UTF8.self)
  }

  /// The same for a URL: percent-encoded but for `/`.
  public func urlPath(consistent: Bool) -> String {
    percentEncoded(filePath(consistent: consistent), keeping: [UInt8(ascii: "/")])
  }

  /// Compares length and every known digest with a target's bytes.
  ///
  /// - Throws: ``TUFError`` of the kind `digest`.
  public func check(_ bytes: [UInt8]) throws(TUFError) {
    guard Int64(bytes.count) == length else {
      throw .length(file: path, expected: length, offered: Int64(bytes.count))
    }
    try digests.check(bytes, file: path)
  }
}
