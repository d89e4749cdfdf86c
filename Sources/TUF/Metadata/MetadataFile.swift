/// A metadata file in a client's own store.
public enum MetadataFile: Hashable, Sendable {
  /// One version of the root role; all versions are kept.
  case root(version: Int64)
  /// The newest trusted file of another role.
  case role(RoleName)

  /// The newest trusted timestamp.
  public static let timestamp = MetadataFile.role(.timestamp)
  /// The newest trusted snapshot role file.
  public static let snapshot = MetadataFile.role(.snapshot)
  /// The newest trusted top-level targets file.
  public static let targets = MetadataFile.role(.targets)

  /// The role the file belongs to.
  public var role: RoleName {
    switch self {
    case .root: .root
    case .role(let role): role
    }
  }

  /// The file's name, safe as one part of a path.
  ///
  /// Keep root files in a folder of their own: a delegated role may be called `1.root`.
  public var name: String {
    switch self {
    case .root(let version): "\(version).root.json"
    case .role(let role): role.fileName
    }
  }

  /// The name behind a folder for roots: `roots/N.root.json`, and the bare name for every other role.
  public var storagePath: String {
    switch self {
    case .root: "roots/" + name
    case .role: name
    }
  }
}
