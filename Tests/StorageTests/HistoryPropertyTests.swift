import Platform
import Releases
import SystemPackage
import TestSupport
import Testing

@testable import Storage

/// Random histories of one host: whatever happened, what is protected is complete, and everything else is explained.
@Suite struct HistoryPropertyTests {
  private struct History {
    let test: TestHost
    var random: SplitMix64
    var versions = 0
    var log: [String] = []

    init(seed: UInt64) throws {
      test = try TestHost()
      random = SplitMix64(seed: seed)
      try install()
    }

    mutating func install() throws {
      versions += 1
      // Every few releases come back: the same tree under the same name, or the files of an earlier one.
      let version = versions.isMultiple(of: 5) ? "\(versions / 5).0" : "\(versions).0"
      let before = try test.current()
      let tree = try test.stage(.sample(version, of: test.plugin)).name
      _ = try test.switching().activate(tree, reason: "update to \(version)")
      if let before, before != tree { try test.folder().setMark(.lastKnownGood, to: before) }
      try test.writeState("state \(versions)")
      log.append("install \(version)")
    }

    mutating func step() throws {
      let folder = try test.folder()
      switch Int.random(in: 0..<11, using: &random) {
      case 0..<3: try install()
      case 3:
        let keep = Bool.random(using: &random)
        if (try? test.switching().source(for: .previous)) != nil {
          _ = try test.switching().rollback(to: .previous, keepState: keep, reason: "back")
          log.append("rollback")
        }
      case 4:
        if let kept = try folder.undoable() {
          let kind: Snapshot.Kind = kept.kind == .rollback ? .undo : .rollback
          _ = try test.switching().rollback(to: .snapshot(kept.number), keepState: false, reason: "undo", as: kind)
          log.append("undo")
        }
      case 5: try mark(.pinned)
      case 6: try mark(.candidate)
      case 7: try mark(.baseline)
      case 8:
        versions += 1
        try test.stage(.sample("\(versions).0", of: test.plugin))
        log.append("stage \(versions).0")
      case 9: try crash()
      default: try prune()
      }
    }

    private mutating func mark(_ mark: TreeMark) throws {
      let tree = Bool.random(using: &random) ? try test.folder().trees().randomElement(using: &random) : nil
      try test.folder().setMark(mark, to: tree)
      log.append("\(mark.rawValue) \(tree?.text.prefix(6) ?? "none")")
    }

    /// Stages and switches with a power cut at some step.
    private mutating func crash() throws {
      versions += 1
      let step = Int.random(in: 0..<90, using: &random)
      let files = FaultyFileSystem(failsAt: step, fault: Bool.random(using: &random) ? .kills : .cutsPower)
      let release = try TestRelease.sample("\(versions).0", of: test.plugin)
      if let tree = try? test.stage(release, files: files).name {
        _ = try? test.switching(files).activate(tree, reason: "update")
      }
      try test.switching().recover()
      log.append("crash at \(step)")
    }

    /// Reads every tree that stays again.
    func expectSound() {
      #expect(throws: Never.self) {
        let folder = try test.folder()
        for (tree, reasons) in try folder.reasonsToKeep() {
          #expect(try folder.verify(tree) == [], "\(reasons) after \(log)")
        }
      }
    }

    private mutating func prune() throws {
      let host = try test.open()
      let lock = try host.lock()
      let dry = try host.collectGarbage(holding: lock, dryRun: true)
      let done = try host.collectGarbage(holding: lock, dryRun: false)
      #expect(dry == done, "\(log)")
      let after = try host.inventory(holding: lock)
      #expect(after.removable == [] && after.unusedObjects == 0 && after.unexplained == [], "\(log)")
      #expect(after.usedObjects == done.usedObjects && after.kept == done.kept, "\(log)")
      log.append("prune")
      expectSound()
    }
  }

  @Test(arguments: 0..<6 as Range<UInt64>)
  func `whatever happens, what is protected is complete and everything else is explained`(seed: UInt64) throws {
    var history = try History(seed: seed)
    defer { history.expectSound() }
    for _ in 0..<16 {
      try history.step()
      let folder = try history.test.folder()
      let (log, current) = (history.log, try #require(try folder.current()))
      for (tree, reasons) in try folder.reasonsToKeep() {
        #expect(try folder.hasTree(tree), "\(reasons) after \(log)")
      }
      // The three newest snapshots, and the newest one of every protected tree, with their state.
      let snapshots = try folder.snapshots()
      #expect(try folder.unreadableSnapshots() == [], "\(log)")
      for snapshot in snapshots {
        #expect(try LocalFileSystem().exists(folder.statePath(of: snapshot)), "\(snapshot.number) after \(log)")
      }
      #expect(try folder.protectedTrees().contains(current))
      let host = try history.test.open()
      let inventory = try host.inventory(holding: try host.lock())
      #expect(inventory.unexplained == [] && inventory.skipped == [], "\(inventory.unexplained) after \(log)")
    }
  }

  @Test(arguments: [FaultyFileSystem.Fault.kills, .cutsPower, .fails(.noSpace)])
  func `whatever step is cut, every path is explained, and after a collection nothing is left over`(
    fault: FaultyFileSystem.Fault
  ) throws {
    func change(_ test: TestHost, _ files: any FileSystem) throws {
      let tree = try test.stage(.small("3.0", of: test.plugin), files: files).name
      _ = try test.switching(files).activate(tree, reason: "update to 3.0")
      _ = try test.switching(files).rollback(to: .previous, keepState: false, reason: "back")
      let host = try test.open(files)
      try host.collectGarbage(holding: try host.lock(), dryRun: false)
    }
    func prepare() throws -> TestHost {
      let test = try TestHost()
      try test.install(.small("1.0", of: test.plugin), state: "one")
      try test.stage(.small("2.0", of: test.plugin))
      return test
    }
    let counting = FaultyFileSystem()
    try change(prepare(), counting)
    for step in stride(from: 0, to: counting.steps, by: 9) {
      let test = try prepare()
      try? change(test, FaultyFileSystem(failsAt: step, fault: fault))
      try test.switching().recover()
      let host = try test.open()
      let lock = try host.lock()
      let place = Comment(rawValue: "step \(step) of \(counting.steps), \(fault)")
      let inventory = try host.collectGarbage(holding: lock, dryRun: false)
      #expect(inventory.unexplained == [] && inventory.skipped == [], place)
      let after = try host.inventory(holding: lock)
      #expect(after.removable == [] && after.unexplained == [] && after.unusedObjects == 0, place)
      for tree in try test.folder().trees() { #expect(try test.folder().verify(tree) == [], place) }
    }
  }
}
