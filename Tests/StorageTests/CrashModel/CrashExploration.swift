import Platform
import Releases
import Signing
import StrictJSON
import SystemPackage
import TestSupport

@testable import Storage

/// Cuts the power at every moment of a transaction, and again at every moment of the recovery, on a model disk.
///
/// Each different disk is looked at once: what a recovery makes of a disk depends on the disk alone.
final class CrashExploration {
  /// What is tried, and how much of it.
  struct Scope {
    /// At a moment with at most so many possible disks all are tried; else the ones that `CrashStates` names.
    var limit: Int
    /// Whether, at the other moments, each change alone and each change missing are tried.
    var includesSingles: Bool
    /// From how many of the disks the recovery is cut short itself; nil from all.
    var secondCrashes: Int?
    /// How many of the disks before recovery, and of those after it, the independent checker sees; nil all.
    var looks: Int?
    var seed: UInt64 = 1

    /// Whether one failure is enough.
    var isProof = false

    /// What `script/test` runs.
    static let brief = Scope(limit: 8, includesSingles: false, secondCrashes: 8, looks: 8)
    /// What a mutation is proved with.
    static let proof = Scope(limit: 8, includesSingles: false, secondCrashes: 12, looks: 40, isProof: true)
    /// What `script/crash` runs.
    static let full = Scope(limit: 128, includesSingles: true, secondCrashes: nil, looks: nil)
  }

  /// How much was done.
  struct Counts {
    var moments = 0
    var exhaustive = 0
    var disks = 0
    var secondDisks = 0
    var ends = 0
  }

  let scope: Scope
  let allowed: [TreeName: [String]]
  let recorded: [String]
  let mayBeAbsent: Bool
  private let checker: HostChecker
  private let mutation: MutatedFileSystem.Mutation?
  private var random: SplitMix64
  private var seen: Set<[DiskImage.Entry]> = []
  private var ended: Set<[DiskImage.Entry]> = []
  private var ends: [(DiskImage, String)] = []
  private(set) var counts = Counts()
  /// What went wrong, with the place; empty is good.
  private(set) var failures: [String] = []

  /// - Parameters:
  ///   - allowed: the trees that may be current, each with the states that belong to it; "" is one without files.
  ///   - recorded: further states that snapshots may hold.
  init(
    _ scope: Scope, allowed: [TreeName: [String]], recorded: [String] = [], mayBeAbsent: Bool = false,
    checker: HostChecker, mutation: MutatedFileSystem.Mutation? = nil
  ) throws {
    self.scope = scope
    self.allowed = allowed
    self.recorded = recorded
    self.mayBeAbsent = mayBeAbsent
    self.checker = checker
    self.mutation = mutation
    random = SplitMix64(seed: scope.seed)
  }

  private func host(_ disk: ModelDisk) -> ModelHost {
    ModelHost(mutation.map { MutatedFileSystem(disk, $0) as any FileSystem } ?? disk)
  }

  /// Runs a transaction once, then looks at every disk that a power cut in it may leave.
  func explore(_ name: String, from start: DiskImage, _ transaction: (ModelHost) throws -> Void) throws {
    let disk = ModelDisk(start)
    try transaction(host(disk))
    var states = CrashStates(limit: scope.limit, includesSingles: scope.includesSingles, seed: scope.seed)
    var found: [(DiskImage, String)] = []
    states.forEach(from: start, disk.events) { image, moment in
      if seen.insert(image.listing).inserted { found.append((image, "\(name), cut at \(moment)")) }
    }
    counts.moments += states.moments.all
    counts.exhaustive += states.moments.exhaustive
    counts.disks += found.count
    for (image, place) in sample(found, scope.looks) where !isEnough { try look(image, "cut", place) }
    for (image, place) in found where !isEnough { recover(image, place) }
    for (image, place) in sample(found, scope.secondCrashes) where !isEnough { recoverCutShort(image, place) }
    counts.ends = ends.count
    for (image, place) in sample(ends, scope.looks) where !isEnough {
      do { try end(image, place) } catch { failures.append("\(place): \(error)") }
    }
  }

  /// Whether a proof has found what it looked for.
  private var isEnough: Bool { scope.isProof && failures.count >= 1 }

  private func sample<Value>(_ all: [Value], _ count: Int?) -> [Value] {
    guard let count, all.count > count else { return all }
    return Array(all.shuffled(using: &random).prefix(count))
  }

  /// Lets recovery run on a disk, and looks at what it makes of it.
  private func recover(_ image: DiskImage, _ place: String) {
    let disk = ModelDisk(image)
    do {
      _ = try host(disk).switching().recover()
      if ended.insert(disk.image.listing).inserted { ends.append((disk.image, place)) }
    } catch { failures.append("\(place): \(error)") }
  }

  /// Cuts the recovery itself at every moment, and recovers from each of the disks that leaves.
  private func recoverCutShort(_ image: DiskImage, _ place: String) {
    let disk = ModelDisk(image)
    guard (try? host(disk).switching().recover()) != nil, !disk.events.isEmpty else { return }
    var states = CrashStates(limit: scope.limit, includesSingles: scope.includesSingles, seed: scope.seed)
    states.forEach(from: image, disk.events) { second, moment in
      guard seen.insert(second.listing).inserted else { return }
      counts.secondDisks += 1
      recover(second, "\(place), recovery cut at \(moment)")
    }
  }

  /// What holds when recovery is through, and the normal way on: collection, an update, a rollback.
  private func end(_ image: DiskImage, _ place: String) throws {
    try look(image, "settled", place)
    let disk = ModelDisk(image)
    let host = ModelHost(disk)
    let next = try host.stage("4.0")
    try host.activate(next)
    try host.collect()
    guard try host.folder().current() == next else {
      return failures.append("\(place): the following update did not switch")
    }
    try look(disk.image, "clean", place + ", gone on", next: next)
    if !mayBeAbsent { try host.rollBack() }
  }

  private func look(_ image: DiskImage, _ stage: String, _ place: String, next: TreeName? = nil) throws {
    let states = Set(allowed.values.joined()).sorted()
    var trees = allowed.map { ($0.key.text, $0.value) }
    if let next { trees.append((next.text, states)) }
    let object = trees.map { tree, states in
      (tree, JSON.array(states.map(Self.texts)))
    }
    let question: JSON = [
      "host": image.json(below: ModelHost.root.string), "plugin": .string(try ModelHost.plugin.get().text),
      "keys": [.string(try ModelHost.signer.get().publicKey.base64)], "stage": .string(stage),
      "absent": .bool(mayBeAbsent && next == nil),
      "trees": .object(JSON.Object(object)), "recorded": .array(recorded.map(Self.texts)),
    ]
    for problem in try checker.problems(question) { failures.append("\(place), \(stage): \(problem)") }
  }

  /// A state as the checker reads it.
  private static func texts(_ state: String) -> JSON {
    state.isEmpty ? .object([:]) : ["notes.txt": .string(state)]
  }
}
