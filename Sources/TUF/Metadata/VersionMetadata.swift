public import StrictJSON

/// What one metadata file says of another: its version, and perhaps its length and digests (TUF 4.4).
public struct FileReference: Hashable, Sendable {
  /// The version that the file must have.
  public let version: Int64
  /// The length in bytes, if it is signed.
  public let length: Int64?
  /// The digests, if they are signed.
  public let digests: FileDigests?

  init(_ shape: Shape) throws(TUFError) {
    version = try shape.version("version")
    length = try shape.optionalLength("length")
    digests = shape.has("hashes") ? try FileDigests(try shape.shape("hashes")) : nil
  }

  /// Compares length and digests with a file as it arrived (TUF 5.5.2).
  func check(_ bytes: [UInt8], file: String) throws(TUFError) {
    if let length, length != Int64(bytes.count) {
      throw .length(file: file, expected: length, offered: Int64(bytes.count))
    }
    try digests?.check(bytes, file: file)
  }
}

/// The timestamp role: the newest version of the snapshot role (TUF 4.6).
public struct TimestampMetadata: MetadataContent, Hashable {
  /// `timestamp`.
  public static let type = "timestamp"
  /// Type, version and expiry.
  public let header: MetadataHeader
  /// What it says of the snapshot role's file.
  public let snapshot: FileReference

  /// Decodes the `signed` part of a timestamp file.
  public init(_ signed: JSONObjectView, role: RoleName = .timestamp) throws(TUFError) {
    let signed = Shape(signed, of: role, at: "signed")
    header = try MetadataHeader(signed, type: Self.type)
    snapshot = try FileReference(try signed.shape("meta").shape(RoleName.snapshot.listedName))
  }
}

/// The snapshot role: the version of every targets file (TUF 4.5).
public struct SnapshotMetadata: MetadataContent, Hashable {
  /// `snapshot`.
  public static let type = "snapshot"
  /// Type, version and expiry.
  public let header: MetadataHeader
  /// What is said of each role; entries are checked when the file is read and decoded when they are asked for.
  private let references: JSONIndex

  /// Decodes the `signed` part of a snapshot role file.
  public init(_ signed: JSONObjectView, role: RoleName = .snapshot) throws(TUFError) {
    let signed = Shape(signed, of: role, at: "signed")
    header = try MetadataHeader(signed, type: Self.type)
    let meta = try signed.shape("meta")
    let check = EntryCheck()
    try meta.object.forEachMember(failing: { check.isReference($0, $1, $2) }) { (member) throws(TUFError) in
      _ = try Self.reference(member.value)
    }
    references = JSONIndex(meta.object)
  }

  /// What it says of a role's file; nil when it does not list it.
  public func reference(to role: RoleName) -> FileReference? {
    references[role.listedName].flatMap { try? Self.reference($0) }
  }

  private static func reference(_ entry: JSONView) throws(TUFError) -> FileReference {
    try FileReference(try Shape(entry, of: .snapshot, at: "signed.meta.entry"))
  }

  /// Whether a newer snapshot role may follow this one: no role may vanish or go back (TUF 5.5.5).
  ///
  /// The roles are looked at in the order of their names, so that the same attack always gets the same sentence.
  func check(successor: SnapshotMetadata) throws(TUFError) {
    try references.forEachMember(besides: successor.references) { (member, entry) throws(TUFError) in
      let trusted = Self.version(member.value)
      guard let entry else { throw .roleVanished(role: RoleName(listed: member.key), trusted: trusted) }
      let offered = Self.version(entry)
      guard offered >= trusted else {
        throw .rollback(role: RoleName(listed: member.key), trusted: trusted, offered: offered)
      }
    }
  }

  /// The version in an entry; the file has been checked, so there is one.
  private static func version(_ entry: JSONView) -> Int64 { entry.objectValue?["version"]?.int64Value ?? 0 }
}
