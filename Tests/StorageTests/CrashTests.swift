import Platform
import Releases
import Signing
import SystemPackage
import TestSupport
import Testing

@testable import Storage

/// Cuts every step of every change short, in three ways, and looks at what is left.
@Suite struct CrashTests {
  /// How a step is cut short.
  static let faults: [FaultyFileSystem.Fault] = [.kills, .cutsPower, .fails(.noSpace)]

  /// The steps to cut short: all of them, but only every third one for refusals, whose clean-up is the same code at
  /// once.
  private static func steps(of count: Int, _ fault: FaultyFileSystem.Fault) -> some Sequence<Int> {
    if case .fails = fault { return stride(from: 0, to: count, by: 3) }
    return stride(from: 0, to: count, by: 1)
  }

  /// A host on 2.0 (state "two") with a snapshot of 1.0 (state "one"); 3.0 and 4.0 are staged.
  private struct Stage {
    let test: TestHost
    let one: TreeName
    let two: TreeName
    let three: TreeName
    let four: TreeName

    init() throws {
      self = try Self.template.get().copied()
    }

    private static let template = Result { try Stage(test: TestHost()) }

    private init(test: TestHost) throws {
      self.test = test
      one = try test.install(.small("1.0", of: test.plugin), state: "one")
      two = try test.install(.small("2.0", of: test.plugin), state: "two")
      three = try test.stage(.small("3.0", of: test.plugin)).name
      four = try test.stage(.small("4.0", of: test.plugin)).name
      try test.folder().setMark(.candidate, to: four)
      for shard in try LocalFileSystem().list(test.root.appending("objects")) {
        try LocalFileSystem().removeTree(test.root.appending("objects").appending(shard.component))
      }
    }

    private init(_ other: Stage, in test: TestHost) {
      (self.test, one, two, three, four) = (test, other.one, other.two, other.three, other.four)
    }

    /// The same host in a folder of its own; only the hard links are lost.
    private func copied() throws -> Stage {
      let copy = try TestHost()
      _ = try StateCopy.copy(test.root, to: copy.root, disk: Disk(files: LocalFileSystem()))
      return Stage(self, in: copy)
    }

    /// The plugin is on one of these, with the state that belongs to it, and everything works on.
    func expect(_ allowed: [TreeName: String], _ place: String) throws {
      let current = try #require(try test.current(), "\(place)")
      let state = try test.state()
      #expect(allowed[current] == state, "\(place): \(current) with state \(state)")
      let folder = try test.folder()
      #expect(try folder.verify(current) == [], "\(place)")
      #expect(try !test.switching().needsRecovery(), "\(place)")
      for snapshot in try folder.snapshots() {
        #expect(try LocalFileSystem().exists(folder.statePath(of: snapshot).appending("notes.txt")), "\(place)")
        #expect(try folder.hasTree(snapshot.tree), "\(place)")
      }
    }

    /// What was interrupted can be done now, and nothing is left behind.
    func goesOn(_ place: String) throws {
      let host = try test.open()
      _ = try host.collectGarbage(holding: try host.lock(), dryRun: false)
      let names = try test.names("").filter { ["state.next", "state.old", "current.new"].contains($0) }
      #expect(names == [], "\(place)")
      for folder in ["trees", "snapshots", "manifests"] {
        #expect(try test.names(folder).allSatisfy { !$0.hasSuffix(".partial") }, "\(place)")
      }
      _ = try test.switching().activate(four, reason: "next")
      #expect(try test.current() == four, "\(place)")
      let before = try test.state()
      try test.writeState("four")
      _ = try test.switching().rollback(to: .previous, keepState: false, reason: "back")
      #expect(try test.state() == before, "\(place)")
    }
  }

  /// Runs a change once to count its steps, then once for each of them with a fault there.
  private func forEachStep(
    _ fault: FaultyFileSystem.Fault, _ change: (Stage, any FileSystem) throws -> Void,
    _ check: (Stage, Int, String) throws -> Void
  ) throws {
    let counting = FaultyFileSystem()
    let probe = try Stage()
    try change(probe, counting)
    #expect(counting.steps > 10)
    for step in Self.steps(of: counting.steps, fault) {
      let stage = try Stage()
      let faulty = FaultyFileSystem(failsAt: step, fault: fault)
      let failed: Bool
      do {
        try change(stage, faulty)
        failed = false
      } catch { failed = true }
      try stage.test.switching().recover()
      try check(stage, step, "step \(step) of \(counting.steps), \(fault)\(failed ? "" : ", unnoticed")")
    }
  }

  @Test(arguments: faults)
  func `an activation leaves the old release or the new one`(fault: FaultyFileSystem.Fault) throws {
    try forEachStep(fault) { stage, files in
      _ = try stage.test.switching(files).activate(stage.three, reason: "update")
    } _: { stage, step, place in
      try stage.expect([stage.two: "two", stage.three: "two"], place)
      if step % 4 == 0 { try stage.goesOn(place) }
    }
  }

  @Test(arguments: faults)
  func `a rollback leaves code and state of one moment`(fault: FaultyFileSystem.Fault) throws {
    try forEachStep(fault) { stage, files in
      _ = try stage.test.switching(files).rollback(to: .previous, keepState: false, reason: "back")
    } _: { stage, step, place in
      try stage.expect([stage.two: "two", stage.one: "one"], place)
      if step % 4 == 0 { try stage.goesOn(place) }
    }
  }

  @Test(arguments: faults)
  func `a rollback that keeps the state leaves the old release or the new one`(fault: FaultyFileSystem.Fault) throws {
    try forEachStep(fault) { stage, files in
      _ = try stage.test.switching(files).rollback(to: .previous, keepState: true, reason: "back")
    } _: { stage, step, place in
      try stage.expect([stage.two: "two", stage.one: "two"], place)
      if step % 4 == 0 { try stage.goesOn(place) }
    }
  }

  @Test func `a recovery that is killed at any step can be repeated`() throws {
    let counting = FaultyFileSystem()
    let probe = try Stage()
    _ = try probe.test.switching(counting).rollback(to: .previous, keepState: false, reason: "back")
    // Before this step nothing is prepared, and recovery only clears away.
    for step in stride(from: counting.steps - 22, to: counting.steps, by: 2) {
      var again = 0
      var isDone = false
      while !isDone {
        let stage = try Stage()
        let first = FaultyFileSystem(failsAt: step, fault: .kills)
        _ = try? stage.test.switching(first).rollback(to: .previous, keepState: false, reason: "back")
        let second = FaultyFileSystem(failsAt: again, fault: again.isMultiple(of: 2) ? .kills : .cutsPower)
        isDone = (try? stage.test.switching(second).recover()) != nil
        try stage.test.switching().recover()
        try stage.expect([stage.two: "two", stage.one: "one"], "step \(step), then \(again)")
        again += 1
      }
    }
  }

  @Test func `a recovery that keeps failing is given up, and tried again when somebody asks`() throws {
    let counting = FaultyFileSystem()
    let (probe, stage) = (try Stage(), try Stage())
    _ = try probe.test.switching(counting).rollback(to: .previous, keepState: false, reason: "back")
    let late = FaultyFileSystem(failsAt: counting.steps - 12, fault: .kills)
    _ = try? stage.test.switching(late).rollback(to: .previous, keepState: false, reason: "back")
    #expect(try stage.test.switching().needsRecovery())
    for _ in 0..<(2 * SwitchTransaction.attemptLimit) {
      // Steps 0 and 1 write the attempt into the journal.
      let failing = FaultyFileSystem(failsAt: 2, fault: .kills)
      #expect(throws: StorageError.self) { try stage.test.switching(failing).recover() }
    }
    let attempts = 2 * SwitchTransaction.attemptLimit
    #expect(throws: StorageError.recoveryExhausted(plugin: stage.test.plugin.text, attempts: attempts)) {
      try stage.test.switching().recover()
    }
    try stage.test.switching().recover(afresh: true)
    try stage.expect([stage.two: "two", stage.one: "one"], "afresh")
    try stage.goesOn("afresh")
  }

  @Test(arguments: faults)
  func `staging leaves a complete tree or none`(fault: FaultyFileSystem.Fault) throws {
    let counting = FaultyFileSystem()
    let release = { (test: TestHost) in try TestRelease.small("3.0", of: test.plugin) }
    let probe = try TestHost()
    try probe.install(.small("1.0", of: probe.plugin))
    try probe.stage(release(probe), files: counting)
    for step in Self.steps(of: counting.steps, fault) {
      let test = try TestHost()
      let one = try test.install(.small("1.0", of: test.plugin))
      let faulty = FaultyFileSystem(failsAt: step, fault: fault)
      _ = try? test.stage(release(test), files: faulty)
      let place = Comment(rawValue: "step \(step), \(fault)")
      for tree in try test.folder().trees() { #expect(try test.folder().verify(tree) == [], place) }
      #expect(try test.current() == one, place)
      try objectsAreSound(test, place)
      let staged = try test.stage(release(test))
      #expect(try test.folder().verify(staged.name) == [], place)
      #expect(try test.names("trees").sorted() == [one.text, staged.name.text].sorted(), place)
    }
  }

  @Test(arguments: [FaultyFileSystem.Fault.kills, .cutsPower])
  func `repairing the current tree leaves it complete or as it was`(fault: FaultyFileSystem.Fault) throws {
    let counting = FaultyFileSystem()
    let probe = try TestHost()
    try probe.install(.small("1.0", of: probe.plugin))
    try probe.stage(.small("1.0", of: probe.plugin), files: counting)
    for step in Self.steps(of: counting.steps, fault) {
      let test = try TestHost()
      let one = try test.install(.small("1.0", of: test.plugin))
      let faulty = FaultyFileSystem(failsAt: step, fault: fault)
      _ = try? test.stage(.small("1.0", of: test.plugin), files: faulty)
      #expect(try test.current() == one)
      #expect(try test.folder().verify(one) == [], "step \(step), \(fault)")
    }
  }

  @Test(arguments: faults)
  func `an interrupted collection removes whole things only`(fault: FaultyFileSystem.Fault) throws {
    func prepare() throws -> TestHost {
      let test = try TestHost()
      try test.install(.small("1.0", of: test.plugin))
      for version in ["2.0", "3.0"] { try test.stage(.small(version, of: test.plugin)) }
      return test
    }
    let counting = FaultyFileSystem()
    let probe = try prepare()
    try collect(probe, counting)
    for step in Self.steps(of: counting.steps, fault) {
      let test = try prepare()
      try? collect(test, FaultyFileSystem(failsAt: step, fault: fault))
      let place = Comment(rawValue: "step \(step), \(fault)")
      for tree in try test.folder().trees() { #expect(try test.folder().verify(tree) == [], place) }
      try objectsAreSound(test, place)
      try collect(test, LocalFileSystem())
      #expect(try test.folder().trees() == [test.current()].compactMap { $0 }, place)
      #expect(try test.names("manifests").count == 3, place)
    }
  }

  private func collect(_ test: TestHost, _ files: any FileSystem) throws {
    let host = try test.open(files)
    _ = try host.collectGarbage(holding: try host.lock(), dryRun: false)
  }

  private func objectsAreSound(_ test: TestHost, _ place: Comment) throws {
    let files = LocalFileSystem()
    let root = test.root.appending("objects")
    let objects = try test.open().objects
    for shard in try files.list(root) {
      for entry in try files.list(root.appending(shard.name)) {
        let digest = try #require(entry.name.split(separator: ".").first.map { String($0) })
        let key = ObjectStore.Key(try #require(.init(hex: digest)), isExecutable: entry.name.hasSuffix(".x"))
        #expect(try objects.isSound(key), place)
      }
    }
  }
}
