import ArgumentParser
import Releases
import Storage
import StrictJSON
import SystemPackage
import Updating

/// The command `serin prune`.
struct PruneCommand: SerinCommand {
  static let configuration = CommandConfiguration(
    commandName: "prune",
    abstract: "Remove what this host no longer needs.",
    discussion: HelpText.make(
      """
      Removes trees that nothing keeps, the content that only they use, downloads that nothing offered needs, \
      quarantine, and what interrupted runs left behind. What runs, the last known good release, what is pinned, the \
      releases of a canary and the three newest snapshots always stay; --dry-run shows what stays and why, and exactly \
      what would go. Paths that nothing explains are named and never removed.
      """,
      codes: [.locked],
      examples: ["serin prune --dry-run", "serin prune --json"]))

  @OptionGroup var global: GlobalOptions
  @OptionGroup var host: HostOptions

  @Flag(help: "Only show what would go, and what stays.")
  var dryRun = false

  func perform(_ session: Session) async throws -> PruneOutput {
    let host = try PluginHost.open(host, session)
    let inventory = try await host.prune(dryRun: dryRun)
    let kept = inventory.kept.map { tree in
      PruneOutput.Kept(tree: tree, version: try? host.folder.plugin(tree.plugin).summary(of: tree.tree).version)
    }
    return PruneOutput(root: host.folder.root.string, inventory: inventory, kept: kept.sorted(), isDryRun: dryRun)
  }
}

/// What went, or would go, and what stays.
struct PruneOutput: CommandOutput {
  static let schema = "serin.prune.1"

  /// A tree that stays; those of one plugin stand together, the newest version first.
  struct Kept: Sendable, Comparable {
    let tree: HostInventory.KeptTree
    let version: ReleaseVersion?

    static func < (left: Kept, right: Kept) -> Bool {
      if left.tree.plugin != right.tree.plugin { return left.tree.plugin.text < right.tree.plugin.text }
      return switch (left.version, right.version) {
      case (let one?, let other?) where one != other: one > other
      case (.some, nil): true
      case (nil, .some): false
      default: left.tree.tree.text < right.tree.tree.text
      }
    }
  }

  let root: String
  let inventory: HostInventory
  let kept: [Kept]
  let isDryRun: Bool

  var json: JSON.Object {
    [
      "dryRun": .bool(isDryRun), "bytes": .integer(inventory.bytes), "objects": .int(inventory.unusedObjects),
      "objectsKept": .int(inventory.usedObjects),
      "removed": .array(
        inventory.removable.map { item in
          [
            "path": .string(short(item.path.string)), "why": .string(item.waste.rawValue),
            "plugin": item.plugin.map { .string($0.text) } ?? .null,
          ]
        }),
      "kept": .array(
        kept.map { kept in
          [
            "plugin": .string(kept.tree.plugin.text), "version": kept.version.map { .string($0.text) } ?? .null,
            "tree": .string(kept.tree.tree.text), "why": .strings(kept.tree.reasons),
          ]
        }),
      "skipped": .strings(inventory.skipped.map(\.text)),
      "unexplained": .strings(inventory.unexplained.map { short($0.string) }),
      "unexplainedCount": .int(inventory.unexplainedCount),
    ]
  }

  var text: [TextLine] {
    var lines: [TextLine] = []
    if !kept.isEmpty {
      lines.append(
        .table(
          Table(
            columns: [.left("kept"), .left("version"), .left("why")],
            rows: kept.map {
              [$0.tree.plugin.text, $0.version?.text ?? "-", $0.tree.reasons.joined(separator: ", ")]
            })))
    }
    if !inventory.removable.isEmpty {
      let rows = inventory.removable.map { [$0.waste.noun, short($0.path.string)] }
      lines.append(
        .table(Table(columns: [.left(isDryRun ? "would remove" : "removed"), .left("path")], rows: rows)))
    }
    lines += inventory.unexplained.map { .bad("nothing explains \(short($0.string)); it stays") }
    if inventory.unexplainedCount > inventory.unexplained.count {
      lines.append(.bad("nothing explains \(inventory.unexplainedCount) paths in all; they stay"))
    }
    lines += inventory.skipped.map {
      .bad("\($0) was passed over: it is being updated, a switch was interrupted, or its links cannot be read")
    }
    let objects = "\(inventory.unusedObjects) objects of \(inventory.unusedObjects + inventory.usedObjects)"
    let freed = ByteCount.text(inventory.bytes)
    if inventory.removable.isEmpty, inventory.unusedObjects == 0 {
      return lines + [.good("there is nothing to remove")]
    }
    return lines + [.good(isDryRun ? "would free \(freed): \(objects)" : "freed \(freed): \(objects)")]
  }

  /// A path below the host's folder, without that folder.
  private func short(_ path: String) -> String {
    path.hasPrefix(root + "/") ? String(path.dropFirst(root.utf8.count + 1)) : path
  }
}

extension HostInventory.Waste {
  /// The reason in a few words.
  fileprivate var noun: String {
    switch self {
    case .tree: "a release that nothing keeps"
    case .snapshot: "a snapshot beyond those that stay"
    case .companion: "what belongs to such a release"
    case .leftover: "left by an interrupted run"
    case .download: "a download that nothing needs"
    case .quarantine: "a damaged file"
    case .canary: "left by a soak that is over"
    case .sandbox: "a sandbox whose supervisor died"
    case .plugin: "a plugin that was never switched on"
    case .trash: "on its way out"
    }
  }
}
