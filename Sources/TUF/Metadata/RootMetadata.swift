public import StrictJSON

/// The root role: who may sign each top-level role (TUF 4.3).
public struct RootMetadata: MetadataContent, Hashable {
  /// `root`.
  public static let type = "root"
  /// Type, version and expiry.
  public let header: MetadataHeader
  /// Whether file names carry versions and digests (TUF 6.2); absent means no.
  public let consistentSnapshot: Bool
  /// The authority of each of the four top-level roles.
  private let authorities: [RoleName: Authority]

  /// Decodes the `signed` part of a root file.
  public init(_ signed: JSONObjectView, role: RoleName = .root) throws(TUFError) {
    let signed = Shape(signed, of: role, at: "signed")
    header = try MetadataHeader(signed, type: Self.type)
    consistentSnapshot = try signed.bool("consistent_snapshot", default: false)
    let keys = try Keyring(try signed.shape("keys"))
    let roles = try signed.shape("roles")
    var authorities: [RoleName: Authority] = [:]
    for name in RoleName.topLevel { authorities[name] = try Authority(try roles.shape(name.text), keys: keys) }
    guard roles.object.count == authorities.count else {
      throw signed.fault("roles", "names a role that is none of the four")
    }
    self.authorities = authorities
  }

  /// Decodes the `signed` part of a root file that was made here, not read.
  public init(signed: JSON.Object) throws(TUFError) {
    try self.init(signed: signed, role: .root)
  }

  /// Who may sign a top-level role; nil for any other.
  public func authority(of role: RoleName) -> Authority? { authorities[role] }
}
