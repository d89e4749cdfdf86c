/// The client workflow of TUF section 5 from the root to the top-level targets role, as a pure state machine.
///
/// Ask ``next()`` what to do, do it, and answer a `load` or `fetch` with ``supply(_:)`` or ``absent()``; `persist` and
/// `discard` need no answer. After an error the workflow is over: what had been persisted until then is good,
/// everything else is as it was.
///
/// With nothing new it makes exactly two requests: the next root, which is absent, and the timestamp.
public struct RefreshWorkflow: Sendable {
  /// What is believed so far.
  public private(set) var trusted: TrustedMetadataSet

  private enum Step {
    case cachedRoot
    case newRoot
    case localTimestamp
    case timestamp
    case localSnapshot
    case snapshot
    case localTargets
    case targets
    case finished
  }

  private var step = Step.cachedRoot
  private var pending: [WorkflowAction] = []
  private var newRoots = 0
  /// Whether an answer is owed for the step's question.
  private var isAsked = false

  /// Begins a refresh.
  ///
  /// - Parameters:
  ///   - trustedRoot: A root that the caller trusts by other means. Newer roots of the client's own store are taken
  ///     from there, each checked by the one before.
  ///   - time: The reference time for the whole refresh.
  ///   - limits: The bounds.
  /// - Throws: ``TUFError`` when the trusted root is malformed or not signed by itself; nothing is asked for then.
  public init(
    trustedRoot: [UInt8], at time: MetadataTime, limits: TUFLimits = .standard
  ) throws(TUFError) {
    trusted = try TrustedMetadataSet(trustedRoot: trustedRoot, at: time, limits: limits)
  }

  /// What to do next; the same question again until it is answered.
  ///
  /// - Throws: ``TUFError`` when the next step cannot even be asked for.
  public mutating func next() throws(TUFError) -> WorkflowAction {
    if !pending.isEmpty { return pending.removeFirst() }
    let question = try question()
    isAsked = question != .finished
    return question
  }

  private func question() throws(TUFError) -> WorkflowAction {
    switch step {
    case .cachedRoot: .load(.root(version: trusted.root.content.version + 1))
    case .newRoot:
      .fetch(
        FetchRequest(
          path: MetadataFile.root(version: trusted.root.content.version + 1).name, limit: trusted.limits.rootBytes,
          absentAllowed: true))
    case .localTimestamp: .load(.timestamp)
    case .timestamp: .fetch(try trusted.request(for: .timestamp, nil))
    case .localSnapshot: .load(.snapshot)
    case .snapshot: .fetch(try trusted.request(for: .snapshot, trusted.timestamp?.content.snapshot))
    case .localTargets: .load(.targets)
    case .targets: .fetch(try trusted.request(for: .targets, try trusted.reference(to: .targets)))
    case .finished: .finished
    }
  }

  /// Answers the last question with bytes.
  ///
  /// - Throws: ``TUFError`` when they are refused. A refused file of the client's own store is no error: it counts as
  ///   absent.
  public mutating func supply(_ bytes: [UInt8]) throws(TUFError) {
    try answer()
    switch step {
    case .cachedRoot:
      if (try? trusted.updateRoot(bytes)) == nil {
        pending.append(.discard(.root(version: trusted.root.content.version + 1)))
        step = .newRoot
      }
    case .newRoot: try acceptRoot(bytes)
    case .localTimestamp:
      if (try? trusted.loadTimestamp(bytes)) == nil { pending.append(.discard(.timestamp)) }
      step = .timestamp
    case .timestamp:
      if try trusted.updateTimestamp(bytes) { pending.append(.persist(.timestamp, bytes)) }
      step = .localSnapshot
    case .localSnapshot: loadSnapshot(bytes)
    case .snapshot:
      try trusted.updateSnapshot(bytes)
      pending.append(.persist(.snapshot, bytes))
      step = .localTargets
    case .localTargets:
      step = (try? trusted.updateTargets(bytes)) != nil ? .finished : .targets
    case .targets:
      try trusted.updateTargets(bytes)
      pending.append(.persist(.targets, bytes))
      step = .finished
    case .finished: throw .unexpectedAnswer
    }
  }

  /// Answers the question for the client's own targets file with one that was read ahead.
  ///
  /// - Throws: ``TUFError/unexpectedAnswer`` when something else was asked for.
  mutating func supply(local targets: SignedEnvelope) throws(TUFError) {
    try answer()
    guard step == .localTargets, targets.role == .targets else { throw .unexpectedAnswer }
    step = (try? trusted.updateTargets(targets)) != nil ? .finished : .targets
  }

  /// Answers the last question: there is no such file.
  ///
  /// - Throws: ``TUFError/missing(file:)`` for every file but the next root, and
  ///   ``TUFError/expired(role:expires:now:)`` when no newer root replaces an expired one.
  public mutating func absent() throws(TUFError) {
    try answer()
    switch step {
    case .cachedRoot: step = .newRoot
    case .newRoot:
      // TUF 5.3.10: only the last root of the chain must be current; it has been persisted by now.
      try trusted.requireCurrentRoot()
      step = .localTimestamp
    case .localTimestamp: step = .timestamp
    case .localSnapshot: step = .snapshot
    case .localTargets: step = .targets
    case .timestamp: throw .missing(file: RoleName.timestamp.fileName)
    case .snapshot: throw .missing(file: RoleName.snapshot.fileName)
    case .targets: throw .missing(file: RoleName.targets.fileName)
    case .finished: throw .unexpectedAnswer
    }
  }

  private mutating func answer() throws(TUFError) {
    guard isAsked else { throw .unexpectedAnswer }
    isAsked = false
  }

  private mutating func acceptRoot(_ bytes: [UInt8]) throws(TUFError) {
    guard newRoots < trusted.limits.rootRotations else { throw .tooManyRoots(limit: trusted.limits.rootRotations) }
    let keysWereTaken = try trusted.updateRoot(bytes)
    newRoots += 1
    // TUF 5.3.11. First the floors go, then the root comes: cut between the two, the next run sees the same root again.
    if keysWereTaken { pending += [.discard(.timestamp), .discard(.snapshot)] }
    pending.append(.persist(.root(version: trusted.root.content.version), bytes))
  }

  private mutating func loadSnapshot(_ bytes: [UInt8]) {
    switch try? trusted.loadSnapshot(bytes) {
    case true?: step = .localTargets
    case false?: step = .snapshot
    case nil:
      pending.append(.discard(.snapshot))
      step = .snapshot
    }
  }
}
