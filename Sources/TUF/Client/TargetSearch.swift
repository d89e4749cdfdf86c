/// The search for one target through the delegations, as a pure state machine (TUF 5.6.7).
///
/// It walks pre-order and depth-first in the order in which delegations are written, visits a role once, and stops at a
/// terminating delegation that covers the target. Every delegated role passes all checks, by the word of the role that
/// delegated on this path. Drive it like ``RefreshWorkflow``; afterwards ``result`` holds the answer.
public struct TargetSearch: Sendable {
  /// The path that is searched for.
  public let path: String
  /// What is believed, the roles visited included; hand it to the next search to spare it the same work.
  public private(set) var trusted: TrustedMetadataSet
  /// What was found; nil while the search goes on, and when no role that is asked lists the target.
  public private(set) var result: TargetInfo?

  private struct Visit {
    let role: RoleName
    /// Who may sign it, by the word of the role that delegated on this path.
    let authority: Authority
  }

  private enum Question {
    case load
    case fetch
  }

  private var stack: [Visit] = []
  private var visited: Set<RoleName> = []
  private var pending: [WorkflowAction] = []
  private var asking: (visit: Visit, question: Question, isAsked: Bool)?

  /// Begins a search; the set must come from a finished ``RefreshWorkflow``.
  public init(for path: String, in trusted: TrustedMetadataSet) {
    self.path = path
    self.trusted = trusted
    if let authority = trusted.root.content.authority(of: .targets) {
      stack = [Visit(role: .targets, authority: authority)]
    }
  }

  /// What to do next.
  ///
  /// - Throws: ``TUFError/tooManyDelegations(path:limit:)`` when the bound on visited roles is reached with roles left
  ///   to ask, and ``TUFError/notListed(role:)`` when the snapshot role does not know a role that must be asked.
  public mutating func next() throws(TUFError) -> WorkflowAction {
    if !pending.isEmpty { return pending.removeFirst() }
    while asking == nil, result == nil, let visit = stack.popLast() {
      if visited.contains(visit.role) { continue }
      // The top-level role is not counted: the limit is one on delegated roles.
      guard visited.count <= trusted.limits.visitedRoles else {
        throw .tooManyDelegations(path: path, limit: trusted.limits.visitedRoles)
      }
      visited.insert(visit.role)
      if let known = trusted.targets(of: visit.role, by: visit.authority) {
        ask(known.content)
      } else {
        _ = try trusted.reference(to: visit.role)
        asking = (visit, .load, false)
      }
    }
    guard let current = asking else { return .finished }
    asking?.isAsked = true
    switch current.question {
    case .load: return .load(.role(current.visit.role))
    case .fetch:
      let reference = try trusted.reference(to: current.visit.role)
      return .fetch(try trusted.request(for: current.visit.role, reference))
    }
  }

  /// Answers the last question with bytes.
  ///
  /// - Throws: ``TUFError`` when a fetched file is refused; a refused file of the client's own store counts as absent.
  public mutating func supply(_ bytes: [UInt8]) throws(TUFError) {
    guard let current = asking, current.isAsked else { throw .unexpectedAnswer }
    let visit = current.visit
    switch current.question {
    case .load:
      guard (try? trusted.updateTargets(bytes, of: visit.role, by: visit.authority)) != nil else {
        asking = (visit, .fetch, false)
        return
      }
    case .fetch:
      try trusted.updateTargets(bytes, of: visit.role, by: visit.authority)
      pending.append(.persist(.role(visit.role), bytes))
    }
    asking = nil
    if let known = trusted.targets(of: visit.role, by: visit.authority) { ask(known.content) }
  }

  /// Answers the last question: there is no such file.
  ///
  /// - Throws: ``TUFError/missing(file:)`` when the repository lacks a role that its snapshot role lists.
  public mutating func absent() throws(TUFError) {
    guard let current = asking, current.isAsked else { throw .unexpectedAnswer }
    guard case .load = current.question else { throw .missing(file: current.visit.role.fileName) }
    asking = (current.visit, .fetch, false)
  }

  /// Looks into a trusted role: the target itself, or the roles to ask for it.
  private mutating func ask(_ targets: TargetsMetadata) {
    if let found = targets.target(path) {
      result = found
      stack = []
      return
    }
    var children: [Visit] = []
    for step in targets.steps(covering: path) {
      children.append(Visit(role: step.role, authority: step.authority))
      if step.terminating {
        // Whatever comes of this role, nobody after it is asked, here or above.
        stack = []
        break
      }
    }
    stack.append(contentsOf: children.reversed())
  }
}
