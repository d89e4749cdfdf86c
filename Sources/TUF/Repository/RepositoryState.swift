/// The metadata of a repository as it is published now, read back and verified before anything in it is signed again.
public struct RepositoryState: Sendable {
  /// The current files by path below the folder of metadata: all roots, and the newest file of every other role.
  public let files: [String: [UInt8]]
  /// The roots from version 1 on.
  public let roots: [[UInt8]]
  /// The targets roles in the order of the delegations, the top-level one first.
  public let targetsRoles: [RoleName]
  /// What all of this proves, but for expiry.
  let trusted: TrustedMetadataSet
  private let targetsFiles: [RoleName: Verified<TargetsMetadata>]

  /// Reads a repository through a closure that maps a path below the folder of metadata to bytes, nil when there is no
  /// such file.
  ///
  /// Signatures, versions, digests and delegations are checked as a client checks them from root version 1 on; expiry
  /// is not, so that an expired repository can be renewed. Re-signing what was not verified would launder whatever lies
  /// on the disk.
  ///
  /// - Throws: ``TUFError``, and whatever the closure throws.
  public init(reading read: (String) throws -> [UInt8]?) throws {
    var files: [String: [UInt8]] = [:]
    func file(_ path: String) throws -> [UInt8]? {
      let bytes = try read(path)
      if let bytes { files[path] = bytes }
      return bytes
    }
    guard let first = try file(MetadataFile.root(version: 1).name) else {
      throw TUFError.missing(file: MetadataFile.root(version: 1).name)
    }
    var roots = [first]
    var workflow = try RefreshWorkflow(trustedRoot: first, at: .distantPast, limits: .publisher)
    loop: while true {
      switch try workflow.next() {
      case .load: try workflow.absent()
      case .fetch(let request):
        if let bytes = try file(request.path) { try workflow.supply(bytes) } else { try workflow.absent() }
      case .persist(.root, let bytes): roots.append(bytes)
      case .persist, .discard: continue
      case .finished: break loop
      }
    }
    var walk = DelegationWalk(workflow.trusted)
    try walk.run { request in try file(request.path) }
    trusted = walk.trusted
    targetsRoles = walk.order
    targetsFiles = walk.files
    self.files = files
    self.roots = roots
  }

  /// The current root.
  public var root: RootMetadata { trusted.root.content }

  /// The current timestamp.
  public var timestamp: TimestampMetadata? { trusted.timestamp?.content }

  /// The current snapshot role.
  public var snapshot: SnapshotMetadata? { trusted.snapshot?.content }

  /// The current content of a targets role, top-level or delegated; nil when there is no such role.
  public func targets(of role: RoleName) -> TargetsMetadata? { targetsFiles[role]?.content }

  /// The version and expiry of every current role, the top-level ones first.
  public var headers: [(role: RoleName, header: MetadataHeader)] {
    var headers: [(RoleName, MetadataHeader)] = [(.root, root.header)]
    if let timestamp { headers.append((.timestamp, timestamp.header)) }
    if let snapshot { headers.append((.snapshot, snapshot.header)) }
    for role in targetsRoles { if let file = targetsFiles[role] { headers.append((role, file.content.header)) } }
    return headers
  }

  /// The bytes of a role's current file; nil when there is no such role.
  public func bytes(of role: RoleName) -> [UInt8]? {
    switch role {
    case .root: trusted.root.bytes
    case .timestamp: trusted.timestamp?.bytes
    case .snapshot: trusted.snapshot?.bytes
    default: targetsFiles[role]?.bytes
    }
  }
}

extension TUFLimits {
  /// A publisher reads its whole repository, so only sizes are bounded.
  static var publisher: TUFLimits {
    var limits = TUFLimits.standard
    limits.rootRotations = 100_000
    limits.timestampBytes = 1 << 20
    limits.snapshotBytes = 64 << 20
    limits.targetsBytes = 64 << 20
    return limits
  }
}

/// Visits every targets role of a repository, each under every authority that vouches for it.
struct DelegationWalk {
  private(set) var trusted: TrustedMetadataSet
  private(set) var order: [RoleName] = []
  private(set) var files: [RoleName: Verified<TargetsMetadata>] = [:]

  init(_ trusted: TrustedMetadataSet) {
    self.trusted = trusted
  }

  mutating func run(_ read: (FetchRequest) throws -> [UInt8]?) throws {
    guard let top = trusted.targets else { throw TUFError.missing(file: RoleName.targets.fileName) }
    order = [.targets]
    files[.targets] = top
    var place = 0
    while place < order.count {
      let role = order[place]
      place += 1
      guard case .roles(let children)? = files[role]?.content.delegations else {
        guard files[role]?.content.delegations == nil else {
          throw TUFError.unpublishable(role.text, reason: "hash bins cannot be edited")
        }
        continue
      }
      for child in children { try visit(child, read) }
    }
  }

  private mutating func visit(_ child: DelegatedRole, _ read: (FetchRequest) throws -> [UInt8]?) throws {
    if trusted.targets(of: child.name, by: child.authority) != nil { return }
    var bytes = files[child.name]?.bytes
    if bytes == nil {
      bytes = try read(try trusted.request(for: child.name, try trusted.reference(to: child.name)))
    }
    guard let bytes else { throw TUFError.missing(file: child.name.fileName) }
    try trusted.updateTargets(bytes, of: child.name, by: child.authority)
    if files[child.name] == nil {
      order.append(child.name)
      files[child.name] = trusted.targets(of: child.name, by: child.authority)
    }
  }
}
