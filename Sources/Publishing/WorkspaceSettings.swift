package import Releases
import Yams

/// What `serin.yaml` says: the workspace's name, and for each role of its repository who signs and how long it lasts.
package struct WorkspaceSettings: Codable, Hashable, Sendable {
  /// The newest version of the file that this program reads.
  package static let currentFormat = 1
  /// The largest `serin.yaml` that is read, in bytes.
  package static let maximumBytes = 65_536

  /// Who signs a role: names of keys in `keys/`, how many of them must, and how long a signature lasts.
  package struct Role: Codable, Hashable, Sendable {
    /// Key names; each has its public half at `keys/<name>.pub`.
    package var keys: [String]
    /// How many of the keys must sign, at least 1.
    package var threshold: Int
    /// How long a signed version of the role is valid, as in `90d`.
    package var lifetime: String

    /// A role's signers.
    package init(keys: [String], threshold: Int, lifetime: String) {
      self.keys = keys
      self.threshold = threshold
      self.lifetime = lifetime
    }

    /// How long a signed version of the role is valid, in seconds.
    package func lifetimeSeconds() throws(ReleaseError) -> Int64 { try DurationText(lifetime).seconds }
  }

  /// Version of the file's layout.
  package var format: Int
  /// The repository's name, for people.
  package var name: String
  /// The offline key holders.
  package var root: Role
  /// Who signs the delegations.
  package var targets: Role
  /// The build key: who may say that a release exists.
  package var bundles: Role
  /// The online key for the snapshot role.
  package var snapshot: Role
  /// The online key for the timestamp.
  package var timestamp: Role

  /// Settings for a new workspace with the lifetimes of the design (section 4.4).
  package init(name: String, rootKeys: [String], rootThreshold: Int, buildKey: String, onlineKey: String) {
    format = Self.currentFormat
    self.name = name
    root = Role(keys: rootKeys, threshold: rootThreshold, lifetime: "365d")
    targets = Role(keys: rootKeys, threshold: rootThreshold, lifetime: "365d")
    bundles = Role(keys: [buildKey], threshold: 1, lifetime: "365d")
    snapshot = Role(keys: [onlineKey], threshold: 1, lifetime: "30d")
    timestamp = Role(keys: [onlineKey], threshold: 1, lifetime: "7d")
  }

  /// Reads `serin.yaml`.
  ///
  /// Throws ``PublishingError/badSettings(field:reason:)`` where a field is missing or out of bounds.
  package init(yaml: String) throws(PublishingError) {
    guard yaml.utf8.count <= Self.maximumBytes else {
      throw .badSettings(field: "serin.yaml", reason: "it has \(yaml.utf8.count) bytes, at most \(Self.maximumBytes)")
    }
    do {
      self = try YAMLDecoder().decode(WorkspaceSettings.self, from: yaml)
    } catch {
      throw .badSettings(field: "serin.yaml", reason: "\(error)")
    }
    guard format == Self.currentFormat else {
      throw .badSettings(field: "format", reason: "it is \(format), this program reads \(Self.currentFormat)")
    }
    for (field, role) in roles { try Self.check(role, field: field) }
  }

  /// The text of `serin.yaml`.
  package func yaml() throws(PublishingError) -> String {
    do {
      return try YAMLEncoder().encode(self)
    } catch {
      throw .badSettings(field: "serin.yaml", reason: "\(error)")
    }
  }

  /// Every role of the file by its field name.
  package var roles: [(field: String, role: Role)] {
    [("root", root), ("targets", targets), ("bundles", bundles), ("snapshot", snapshot), ("timestamp", timestamp)]
  }

  private static func check(_ role: Role, field: String) throws(PublishingError) {
    guard !role.keys.isEmpty, Set(role.keys).count == role.keys.count, role.keys.count <= 32 else {
      throw .badSettings(field: field + ".keys", reason: "a role needs 1 to 32 different keys")
    }
    for (index, name) in role.keys.enumerated() {
      // A key's name becomes part of a path.
      do { try KeyName.check(name, field: "\(field).keys[\(index)]") } catch {
        throw .badSettings(field: "\(field).keys[\(index)]", reason: "\(error)")
      }
    }
    guard (1...role.keys.count).contains(role.threshold) else {
      throw .badSettings(
        field: field + ".threshold", reason: "it is \(role.threshold), with \(role.keys.count) keys listed")
    }
    do {
      guard try role.lifetimeSeconds() > 0 else { throw ReleaseError("lifetime", .missing) }
    } catch {
      throw .badSettings(field: field + ".lifetime", reason: "\(role.lifetime) is no length of time such as 90d")
    }
  }
}
