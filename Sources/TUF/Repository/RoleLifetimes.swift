/// How long newly signed metadata stays valid, in seconds.
public struct RoleLifetimes: Hashable, Sendable {
  /// The root role.
  public var root: Int64
  /// The top-level targets role.
  public var targets: Int64
  /// The snapshot role.
  public var snapshot: Int64
  /// The timestamp role.
  public var timestamp: Int64
  /// Delegated roles that have no entry of their own.
  public var delegated: Int64
  /// Delegated roles by name.
  public var byRole: [RoleName: Int64]

  /// One day in seconds.
  public static let day: Int64 = 86_400

  /// Makes lifetimes; the defaults are 1 year for root and targets, 30 and 7 days for snapshot role and timestamp, 90
  /// days for the rest.
  public init(
    root: Int64 = 365 * day, targets: Int64 = 365 * day, snapshot: Int64 = 30 * day, timestamp: Int64 = 7 * day,
    delegated: Int64 = 90 * day, byRole: [RoleName: Int64] = [:]
  ) {
    self.root = root
    self.targets = targets
    self.snapshot = snapshot
    self.timestamp = timestamp
    self.delegated = delegated
    self.byRole = byRole
  }

  /// The lifetime of a role.
  public func seconds(of role: RoleName) -> Int64 {
    switch role {
    case .root: root
    case .targets: targets
    case .snapshot: snapshot
    case .timestamp: timestamp
    default: byRole[role] ?? delegated
    }
  }
}
