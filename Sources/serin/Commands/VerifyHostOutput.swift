import Releases
import Storage
import StrictJSON
import Updating

/// What reading a whole host again found.
struct VerifyHostOutput: CommandOutput {
  static let schema = "serin.verify.1"
  /// How many differences of one tree people are shown.
  private static let shown = 20

  let found: HostVerification

  var exitStatus: ExitStatus { found.isSound ? .ok : .digestMismatch }

  private var broken: [HostVerification.Tree] { found.trees.filter { !$0.differences.isEmpty } }

  var json: JSON.Object {
    [
      "verified": .bool(found.isSound), "repair": .bool(found.isRepair),
      "trees": .array(found.trees.map(Self.json)),
      "store": ["objects": .int(found.store.objects), "bytes": .integer(found.store.bytes)],
      "damagedObjects": .array(found.objects.map(Self.json)), "others": .strings(found.others),
      "quarantine": .array(found.quarantine.map { ["name": .string($0.name), "size": .integer($0.size)] }),
    ]
  }

  private static func json(_ tree: HostVerification.Tree) -> JSON {
    [
      "plugin": .string(tree.plugin.text), "version": tree.version.map { .string($0.text) } ?? .null,
      "tree": .string(tree.name.text), "kept": .strings(tree.reasons), "entries": .int(tree.entries),
      "verified": .bool(tree.isSound), "differences": .strings(tree.differences),
      "repair": tree.repair.map { .string(word($0)) } ?? .null,
    ]
  }

  private static func json(_ damaged: HostVerification.DamagedObject) -> JSON {
    [
      "object": .string(damaged.object.name), "reason": .string(damaged.object.description),
      "files": .int(damaged.useCount), "usedBy": .strings(damaged.uses), "mended": .bool(damaged.isMended),
    ]
  }

  private static func word(_ repair: HostVerification.Tree.Repair) -> String {
    switch repair {
    case .rebuilt: "rebuilt"
    case .fetched: "fetched"
    case .failed: "failed"
    }
  }

  var text: [TextLine] {
    var lines: [TextLine] = []
    for damaged in found.objects {
      lines.append(.bad("\(damaged.object.description)\(damaged.isMended ? "; it was put aside" : "")"))
      lines += damaged.uses.map { .plain("  in \($0)") }
      if damaged.useCount > damaged.uses.count { lines.append(.plain("  and \(damaged.useCount) files in all")) }
    }
    for tree in broken { lines += Self.lines(tree) }
    lines += found.others.map { .bad($0) }
    lines.append(
      found.isSound
        ? .good(broken.isEmpty ? "everything is what its publisher signed" : "everything is again what was signed")
        : .bad("not everything is what its publisher signed"))
    lines.append(
      .fields([
        ("trees", "\(found.trees.count), \(found.trees.reduce(0) { $0 + $1.entries }) entries"),
        ("objects", "\(found.store.objects), \(ByteCount.text(found.store.bytes))"),
        (
          "quarantine",
          found.quarantine.isEmpty
            ? "empty"
            : "\(found.quarantine.count) file\(found.quarantine.count == 1 ? "" : "s"), "
              + ByteCount.text(found.quarantine.reduce(0) { $0 + $1.size })
        ),
      ]))
    if !found.isSound, !found.isRepair { lines.append(.hint("make it anew: serin verify --all --repair")) }
    if !found.quarantine.isEmpty { lines.append(.hint("`serin prune` removes what lies in quarantine")) }
    return lines
  }

  private static func lines(_ tree: HostVerification.Tree) -> [TextLine] {
    let name = "\(tree.plugin) \(tree.version?.text ?? "of tree \(tree.name)")"
    let kept = tree.reasons.isEmpty ? "" : " (\(tree.reasons.joined(separator: ", ")))"
    var lines: [TextLine] = [.bad("\(name)\(kept) is not what its publisher signed:")]
    lines += tree.differences.prefix(shown).map { .plain("  " + $0) }
    if tree.differences.count > shown { lines.append(.plain("  and \(tree.differences.count - shown) more")) }
    switch tree.repair {
    case .rebuilt: lines.append(.good("  made anew from what is sound on this host"))
    case .fetched(let bytes): lines.append(.good("  made anew from its bundle, \(ByteCount.text(bytes)) fetched"))
    case .failed(let why):
      lines.append(.bad("  it cannot be repaired now: \(why)"))
      if tree.isCurrent {
        lines.append(
          .hint(
            "  it is what runs: go back with `serin rollback \(tree.plugin.name)`, or repair it when its repository "
              + "answers"))
      }
    case nil: break
    }
    return lines
  }
}
