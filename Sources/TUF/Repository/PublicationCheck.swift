internal import StrictJSON

/// Plays the client against a publication before anybody sees it.
struct PublicationCheck {
  let base: RepositoryState?
  let files: [Publication.File]
  let time: MetadataTime

  /// Checks the new state and returns it.
  ///
  /// - Throws: ``TUFError/refusedByClient(_:)`` and ``TUFError/unreachableTarget(path:role:)``.
  func run(changed: [RoleName], added: [ExactString: RoleName]) throws -> RepositoryState {
    var published = base?.files ?? [:]
    for file in files { published[file.path] = file.bytes }
    let state = try refused { try RepositoryState { published[$0] } }
    guard let first = state.roots.first else { throw TUFError.missing(file: MetadataFile.root(version: 1).name) }
    // Somebody who knows only the first root, and somebody who is up to date with the old state.
    let newcomer = try refused { try refresh(from: first, local: [:], published) }
    if let base { _ = try refused { try refresh(from: first, local: copies(of: base), published) } }
    try refused { try checkChangedRoles(changed, state, newcomer) }
    try checkReachability(added, published, newcomer)
    return state
  }

  private func refused<Result>(_ body: () throws -> Result) throws -> Result {
    do {
      return try body()
    } catch let error as TUFError {
      throw TUFError.refusedByClient(error)
    }
  }

  /// What a client holds that is up to date with a state.
  private func copies(of state: RepositoryState) -> [MetadataFile: [UInt8]] {
    var local: [MetadataFile: [UInt8]] = [:]
    for (place, root) in state.roots.enumerated() { local[.root(version: Int64(place) + 1)] = root }
    for role in [RoleName.timestamp, .snapshot, .targets] { local[.role(role)] = state.bytes(of: role) }
    return local
  }

  private func refresh(
    from root: [UInt8], local: [MetadataFile: [UInt8]], _ published: [String: [UInt8]]
  ) throws -> TrustedMetadataSet {
    // A newcomer may need several refreshes for a very long chain of roots; the rest is bounded as in any client.
    var limits = TUFLimits.standard
    limits.rootRotations = TUFLimits.publisher.rootRotations
    var workflow = try RefreshWorkflow(trustedRoot: root, at: time, limits: limits)
    while true {
      let answer: [UInt8]?
      switch try workflow.next() {
      case .load(let file): answer = local[file]
      case .fetch(let request): answer = published[request.path]
      case .persist, .discard: continue
      case .finished: return workflow.trusted
      }
      if let answer { try workflow.supply(answer) } else { try workflow.absent() }
    }
  }

  /// A newly signed role must pass by the word of everybody who delegates to it.
  private func checkChangedRoles(
    _ changed: [RoleName], _ state: RepositoryState, _ client: TrustedMetadataSet
  ) throws(TUFError) {
    var client = client
    for delegator in state.targetsRoles {
      guard case .roles(let children)? = state.targets(of: delegator)?.delegations else { continue }
      for child in children where changed.contains(child.name) {
        guard let bytes = state.bytes(of: child.name) else { throw .missing(file: child.name.fileName) }
        try client.updateTargets(bytes, of: child.name, by: child.authority)
      }
    }
  }

  /// A target that was added must be what a client finds, and in the role to which it was added.
  private func checkReachability(
    _ added: [ExactString: RoleName], _ published: [String: [UInt8]], _ client: TrustedMetadataSet
  ) throws {
    var client = client
    for (path, role) in added {
      let found: TargetInfo? = try refused {
        var search = TargetSearch(for: path.text, in: client)
        while true {
          switch try search.next() {
          case .load: try search.absent()
          case .persist, .discard: continue
          case .fetch(let request):
            if let bytes = published[request.path] { try search.supply(bytes) } else { try search.absent() }
          case .finished:
            client = search.trusted
            return search.result
          }
        }
      }
      guard found?.role == role else { throw TUFError.unreachableTarget(path: path.text, role: role) }
    }
  }
}
