/// One difference between two releases' permissions, in a sentence that a person can judge.
package struct PermissionChange: Hashable, Sendable, CustomStringConvertible {
  /// Which way a change goes.
  package enum Direction: String, Hashable, Sendable, CaseIterable {
    /// The plugin may do more; somebody has to approve.
    case widening
    /// The plugin may do less.
    case narrowing
    /// The plugin may do neither more nor less that matters.
    case notice
  }

  /// Which way it goes.
  package let direction: Direction
  /// The part of the permissions: `read`, `write`, `net`, `env`, `run`, `limits` or `runtime`.
  package let field: String
  /// One sentence in plain words, without a trailing period.
  package let sentence: String

  init(_ direction: Direction, _ field: String, _ sentence: String) {
    self.direction = direction
    self.field = field
    self.sentence = sentence
  }

  /// The sentence.
  package var description: String { sentence }
}

extension Permissions {
  /// How much a limit may grow before it counts as widening.
  package static let limitFactor = 2.0

  /// Everything in which these permissions differ from older ones.
  package func changes(from old: Permissions) -> [PermissionChange] {
    pathChanges(from: old) + networkChanges(from: old) + environmentChanges(from: old)
      + listChanges("run", old.run, run, gained: { "may now run the program \($0)" }, lost: { "no longer runs \($0)" })
      + limitChanges(from: old) + runtimeChanges(from: old)
  }

  /// The differences by which a plugin may do more than before; each of them needs approval.
  package func widening(from old: Permissions) -> [PermissionChange] {
    changes(from: old).filter { $0.direction == .widening }
  }

  /// What is covered by something that was granted already widens nothing, and what still is granted narrows nothing.
  private func listChanges<Value: Hashable>(
    _ field: String, _ old: [Value], _ new: [Value], covers: (Value, Value) -> Bool = { $0 == $1 },
    gained: (Value) -> String, lost: (Value) -> String
  ) -> [PermissionChange] {
    new.filter { value in !old.contains { covers($0, value) } }.map { PermissionChange(.widening, field, gained($0)) }
      + old.filter { value in !new.contains { covers($0, value) } }.map {
        PermissionChange(.narrowing, field, lost($0))
      }
  }

  private func pathChanges(from old: Permissions) -> [PermissionChange] {
    let (oldWrite, newWrite) = (old.write.map(\.target), write.map(\.target))
    // Whoever may write a place may read it too.
    let (oldRead, newRead) = (old.read.map(\.target) + oldWrite, read.map(\.target) + newWrite)
    let words = Dictionary(
      (old.read + old.write + read + write).map { ($0.target, $0.words) }, uniquingKeysWith: { first, _ in first })
    func name(_ target: PathGrant.Target) -> String { words[target, default: "another place"] }
    var changes = listChanges(
      "write", oldWrite, newWrite, covers: { $0.covers($1) }, gained: { "may now write to \(name($0))" },
      lost: { "no longer writes to \(name($0))" })
    changes += listChanges(
      "read", oldRead, newRead, covers: { $0.covers($1) }, gained: { "may now read \(name($0))" },
      lost: { "no longer reads \(name($0))" }
    ).filter { change in !newWrite.contains { change.sentence == "may now read \(name($0))" } }
    return changes
  }

  private func networkChanges(from old: Permissions) -> [PermissionChange] {
    listChanges(
      "net", old.net.allow, net.allow, covers: { $0.covers($1) }, gained: { "may now connect to \($0.words)" },
      lost: { "no longer connects to \($0.words)" })
  }

  private func environmentChanges(from old: Permissions) -> [PermissionChange] {
    var changes = listChanges(
      "env", old.env.pass, env.pass, gained: { "may now see this machine's variable \($0)" },
      lost: { "no longer sees the variable \($0)" })
    changes += listChanges(
      "env", old.env.secret, env.secret, gained: { "may now see the secret \($0)" },
      lost: { "no longer sees the secret \($0)" })
    for name in Set(old.env.set.keys).union(env.set.keys).sortedByBytes() where old.env.set[name] != env.set[name] {
      let sentence = env.set[name].map { "gets \(name)=\($0)" } ?? "no longer gets \(name)"
      changes.append(PermissionChange(.notice, "env", sentence))
    }
    return changes
  }

  private func limitChanges(from old: Permissions) -> [PermissionChange] {
    zip(old.limits.amounts, limits.amounts).compactMap { before, after in
      guard before.amount != after.amount else { return nil }
      let grows = after.amount > before.amount
      let isWide = after.amount >= before.amount * Permissions.limitFactor
      let direction: PermissionChange.Direction = !grows ? .narrowing : isWide ? .widening : .notice
      let verb = grows ? "may use more" : "uses less"
      return PermissionChange(direction, "limits", "\(verb) \(after.name): \(after.text) instead of \(before.text)")
    }
  }

  private func runtimeChanges(from old: Permissions) -> [PermissionChange] {
    minimumChanges(from: old) + preferenceChanges(from: old)
  }

  /// The first runtime of a list that works is taken, so that a weaker one at its head contains less strongly even
  /// where the minimum stays.
  private func preferenceChanges(from old: Permissions) -> [PermissionChange] {
    guard runtime.prefer != old.runtime.prefer else { return [] }
    func level(_ prefer: [String]) -> RuntimeLevel {
      switch prefer.first {
      case "kata": .vm
      case "runsc": .gvisor
      default: .container
      }
    }
    func words(_ prefer: [String]) -> String {
      prefer.isEmpty ? "whatever the host has" : prefer.joined(separator: ", ")
    }
    let (before, after) = (level(old.runtime.prefer), level(runtime.prefer))
    let direction: PermissionChange.Direction = after < before ? .widening : before < after ? .narrowing : .notice
    return [
      PermissionChange(
        direction, "runtime", "would rather run in \(words(runtime.prefer)) than in \(words(old.runtime.prefer))")
    ]
  }

  private func minimumChanges(from old: Permissions) -> [PermissionChange] {
    guard runtime.min != old.runtime.min else { return [] }
    let isWeaker = runtime.min < old.runtime.min
    let sentence =
      "is content with a \(isWeaker ? "weaker" : "stronger") sandbox: "
      + "\(runtime.min.rawValue) instead of \(old.runtime.min.rawValue)"
    return [
      PermissionChange(
        isWeaker ? .widening : .narrowing, "runtime",
        isWeaker
          ? sentence : "asks for a stronger sandbox: \(runtime.min.rawValue) instead of \(old.runtime.min.rawValue)")
    ]
  }
}
