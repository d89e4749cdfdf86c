/// The bounds of a client; reaching one is an error, never a quiet success.
public struct TUFLimits: Hashable, Sendable {
  /// The largest root file, in bytes.
  public var rootBytes = 512_000
  /// The largest timestamp file, in bytes.
  public var timestampBytes = 16_384
  /// The largest snapshot role file, in bytes.
  public var snapshotBytes = 4_000_000
  /// The largest targets file of any role, in bytes.
  public var targetsBytes = 8_000_000
  /// How many new roots one refresh accepts (TUF 5.3.2 asks for a number).
  public var rootRotations = 256
  /// How many delegated roles one search visits.
  public var visitedRoles = 32

  /// The standard limits.
  public static let standard = TUFLimits()

  /// The standard limits, to be changed one by one.
  public init() {}

  /// The most signatures that one file may carry.
  static let signatures = 256
  /// The most keys that one role may have.
  static let keysPerRole = 256
  /// The largest version number: the largest integer that every JSON reader keeps exactly.
  static let largestVersion: Int64 = 1 << 53

  func bytes(of role: RoleName) -> Int {
    switch role {
    case .root: rootBytes
    case .timestamp: timestampBytes
    case .snapshot: snapshotBytes
    default: targetsBytes
    }
  }
}
