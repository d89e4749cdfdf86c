internal import StrictJSON

/// What a new repository begins with.
public struct RepositoryPlan: Sendable {
  /// Who signs the root role.
  public var root: Authority
  /// Who signs the top-level targets role.
  public var targets: Authority
  /// Who signs the snapshot role.
  public var snapshot: Authority
  /// Who signs the timestamp role.
  public var timestamp: Authority
  /// The roles to which the top-level targets role delegates, in the order in which they are asked.
  public var delegations: [DelegationPlan]
  /// Whether file names carry versions and digests, so that no client sees half of a publication.
  public var consistentSnapshot: Bool

  /// Makes a plan.
  public init(
    root: Authority, targets: Authority, snapshot: Authority, timestamp: Authority,
    delegations: [DelegationPlan] = [], consistentSnapshot: Bool = true
  ) {
    self.root = root
    self.targets = targets
    self.snapshot = snapshot
    self.timestamp = timestamp
    self.delegations = delegations
    self.consistentSnapshot = consistentSnapshot
  }

  func authority(of role: RoleName) -> Authority {
    switch role {
    case .root: root
    case .snapshot: snapshot
    case .timestamp: timestamp
    default: targets
    }
  }
}

/// A delegation as a publisher asks for it.
public struct DelegationPlan: Hashable, Sendable {
  /// The name of the role.
  public let role: RoleName
  /// Who signs it.
  public let authority: Authority
  /// The patterns of the paths that it covers.
  public let paths: [PathPattern]
  /// Whether nobody else is asked for a path that it covers.
  public let terminating: Bool

  /// Makes a plan.
  ///
  /// - Throws: ``TUFError/unpublishable(_:reason:)`` for a name outside `[A-Za-z0-9._-]`, a reserved name, or a pattern
  ///   outside `[A-Za-z0-9._~+/*?-]`, all of which implementations might understand differently.
  public init(
    role name: String, authority: Authority, paths: [String], terminating: Bool = true
  ) throws(TUFError) {
    guard let role = RoleName(delegated: name), role.fileName == name + ".json", name.first != "." else {
      throw .unpublishable(name, reason: "a role's name consists of letters, digits, \".\", \"_\" and \"-\"")
    }
    var patterns: [PathPattern] = []
    for text in paths {
      guard PublishedName.isSafe(text, allowing: "*?"), let pattern = PathPattern(text) else {
        throw .unpublishable(text, reason: "it is no plain relative path pattern")
      }
      patterns.append(pattern)
    }
    guard !patterns.isEmpty else { throw .unpublishable(name, reason: "it covers no paths") }
    self.role = role
    self.authority = authority
    self.paths = patterns
    self.terminating = terminating
  }

  /// The entry in the list of delegations.
  var json: JSON {
    [
      "keyids": .strings(authority.entries.map(\.keyID)), "name": .string(role.text),
      "paths": .strings(paths.map(\.text)), "terminating": .bool(terminating), "threshold": .int(authority.threshold),
    ]
  }
}

/// The names that we publish: plain ASCII that every implementation and file system understands alike.
enum PublishedName {
  /// Whether a path is relative, without empty, `.` or `..` parts, and consists of unreserved characters, `+`, and
  /// those allowed.
  static func isSafe(_ path: String, allowing extra: String = "") -> Bool {
    let bytes = Array(path.utf8)
    let allowed = Array("-._~+/".utf8) + Array(extra.utf8)
    guard !bytes.isEmpty, bytes.count <= PathPattern.longest,
      bytes.allSatisfy({ isLetterOrDigit($0) || allowed.contains($0) })
    else { return false }
    let parts = bytes.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false)
    return parts.allSatisfy { !$0.isEmpty && Array($0) != Array(".".utf8) && Array($0) != Array("..".utf8) }
  }

  private static func isLetterOrDigit(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
      UInt8(ascii: "0")...UInt8(ascii: "9"):
      true
    default: false
    }
  }
}
