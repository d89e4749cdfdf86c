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
  public init(signed: JSON.Object, role: RoleName = .timestamp) throws(TUFError) {
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
  private let references: [ExactString: FileReference]

  /// Decodes the `signed` part of a snapshot role file.
  public init(signed: JSON.Object, role: RoleName = .snapshot) throws(TUFError) {
    let signed = Shape(signed, of: role, at: "signed")
    header = try MetadataHeader(signed, type: Self.type)
    let meta = try signed.shape("meta")
    var references: [ExactString: FileReference] = [:]
    references.reserveCapacity(meta.object.count)
    for member in meta.object.members {
      references[ExactString(member.key)] = try FileReference(
        try Shape(member.value, of: role, at: "signed.meta.entry"))
    }
    self.references = references
  }

  /// What it says of a role's file; nil when it does not list it.
  public func reference(to role: RoleName) -> FileReference? {
    references[ExactString(role.listedName)]
  }

  /// Whether a newer snapshot role may follow this one: no role may vanish or go back (TUF 5.5.5).
  func check(successor: SnapshotMetadata) throws(TUFError) {
    // In a fixed order, so that the same attack always gets the same sentence.
    let broken = references.filter { (successor.references[$0.key]?.version ?? 0) < $0.value.version }
    for (name, trusted) in broken.sorted(by: { $0.key < $1.key }) {
      let role = RoleName(listed: name.text)
      guard let offered = successor.references[name] else {
        throw .roleVanished(role: role, trusted: trusted.version)
      }
      guard offered.version >= trusted.version else {
        throw .rollback(role: role, trusted: trusted.version, offered: offered.version)
      }
    }
  }
}
