import Releases
import Signing
import StrictJSON
import TUF

/// Finds the words for what a request changes, by comparing what would be signed with what is signed now.
struct RequestWords {
  let base: RepositoryState
  let payloads: [SigningPayload]
  let labels: KeyLabels
  let catalogue: RequestCatalogue
  /// Every delegation of the state that would be published.
  private let delegations: [DelegatedRole]
  private(set) var changes: [RequestChange] = []
  private(set) var manifests: [ChannelManifest] = []

  init(request: SigningRequest, base: RepositoryState, payloads: [SigningPayload], labels: KeyLabels) throws {
    self.base = base
    self.payloads = payloads
    self.labels = labels
    let written = try payloads.filter { $0.role != .root }
      .map { try TargetsMetadata(signed: $0.signed, role: $0.role) }
    let kept = base.targetsRoles.filter { name in !written.contains { $0.role == name } }
      .compactMap { base.targets(of: $0) }
    delegations = (written + kept).flatMap(Self.list)
    let targets = written.first { $0.role == .targets }
    catalogue = try RequestCatalogue(
      request, authorities: [SignedAuthorities(base), SignedAuthorities(root: base.root, targets: targets)])
  }

  /// Describes every role; a role that is only signed again says so.
  mutating func describe() throws {
    for payload in payloads {
      let before = changes.count
      if payload.role == .root {
        try describeRoot(RootMetadata(signed: payload.signed))
      } else {
        let new = try TargetsMetadata(signed: payload.signed, role: payload.role)
        try describeTargets(new, before: base.targets(of: payload.role))
      }
      try describeRest(payload)
      if changes.count == before {
        add(.other, "\(payload.role) says what it said before, and lives until \(payload.expires)")
      }
    }
  }

  mutating func add(_ kind: RequestChange.Kind, _ sentence: String) {
    changes.append(RequestChange(kind, sentence))
  }

  mutating func noteManifest(_ manifest: ChannelManifest) { manifests.append(manifest) }

  // MARK: - Keys

  private mutating func describeRoot(_ root: RootMetadata) throws {
    for role in RoleName.topLevel {
      guard let old = base.root.authority(of: role), let new = root.authority(of: role) else { continue }
      compare(role, old, new)
    }
    if root.consistentSnapshot != base.root.consistentSnapshot {
      add(.other, "file names \(root.consistentSnapshot ? "begin to carry" : "carry no longer") versions and digests")
    }
  }

  private mutating func compare(_ role: RoleName, _ old: Authority, _ new: Authority) {
    for entry in new.entries where !old.entries.contains(where: { $0.key == entry.key }) {
      add(.key, "the key \(labels.label(of: entry.key).text) would count for \(role)")
    }
    for entry in old.entries where !new.entries.contains(where: { $0.key == entry.key }) {
      add(.key, "the key \(labels.label(of: entry.key).text) would count for \(role) no longer")
    }
    guard old.threshold != new.threshold || old.entries.count != new.entries.count else { return }
    let verb = new.threshold < old.threshold ? "fewer keys have to sign" : "keys that have to sign"
    add(
      .threshold,
      "\(role), \(verb): \(new.threshold) of \(new.entries.count) instead of \(old.threshold) of \(old.entries.count)")
  }

  // MARK: - Delegations

  private mutating func describeTargets(_ new: TargetsMetadata, before: TargetsMetadata?) throws {
    if case .succinct? = new.delegations {
      throw PublishingError.badRequest(reason: "\(new.role) would delegate to hash bins, which have no plain words")
    }
    describeDelegations(Self.list(new), before: Self.list(before))
    let paths = new.paths + (before?.paths.filter { new.target($0) == nil } ?? [])
    for path in paths {
      let (old, now) = (before?.target(path), new.target(path))
      guard old != now else { continue }
      guard
        now == nil || new.role == .targets || delegations.contains(where: { $0.name == new.role && $0.covers(path) })
      else {
        throw PublishingError.badRequest(reason: "nobody would look for \(path) in the role \(new.role)")
      }
      try describeTarget(path, of: new.role, old, now)
    }
  }

  private static func list(_ metadata: TargetsMetadata?) -> [DelegatedRole] {
    if case .roles(let roles)? = metadata?.delegations { roles } else { [] }
  }

  private mutating func describeDelegations(_ new: [DelegatedRole], before old: [DelegatedRole]) {
    for role in new {
      guard let was = old.first(where: { $0.name == role.name }) else {
        let keys = role.authority.entries.map { labels.label(of: $0.key).text }.joined(separator: ", ")
        let end = role.terminating ? "; nobody else is asked for these paths" : ""
        add(
          .delegation,
          "a new role \(role.name) would be believed for \(role.scope.words), signed by "
            + "\(role.authority.threshold) of \(keys)\(end)")
        continue
      }
      compare(role.name, was.authority, role.authority)
      if role.scope != was.scope {
        add(.delegation, "\(role.name) would be believed for \(role.scope.words) instead of \(was.scope.words)")
      }
      if role.terminating != was.terminating {
        let others = role.terminating ? "nobody else is" : "others are"
        add(.delegation, "after \(role.name), \(others) asked for its paths")
      }
    }
    for role in old where !new.contains(where: { $0.name == role.name }) {
      add(.delegation, "the role \(role.name) would be believed no longer for \(role.scope.words)")
    }
    let kept = new.map(\.name).filter { name in old.contains { $0.name == name } }
    if kept != old.map(\.name).filter({ name in new.contains { $0.name == name } }) {
      add(.delegation, "roles would be asked in another order: \(new.map(\.name.text).joined(separator: ", "))")
    }
  }
}

extension DelegatedRole.Scope {
  /// The paths in words.
  var words: String {
    switch self {
    case .paths(let patterns): patterns.map(\.text).joined(separator: ", ")
    case .hashPrefixes(let prefixes): "paths whose digests begin with \(prefixes.joined(separator: ", "))"
    }
  }
}
