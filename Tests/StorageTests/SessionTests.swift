import Platform
import Releases
import SystemPackage
import TestSupport
import Testing

@testable import Storage

@Suite struct `Sessions` {
  let host: TestHost

  init() throws {
    host = try TestHost()
    try host.install("1.0.0")
  }

  @Test func `are kept with how they went`() throws {
    let plugin = try host.folder()
    let log = SessionLog(plugin)
    let version = try ReleaseVersion("1.0.0")
    let mark = try plugin.markRunning()
    let record = try log.begin(mark, version: version, pid: 42)
    #expect(try log.records() == [record])
    #expect(record.tree == mark.tree && record.end == nil && record.answered == nil)
    host.clock.advance(by: .seconds(3))
    try log.noteAnswer(mark.id)
    let end = SessionEnd(
      time: host.clock.now(), cause: .limit("memory"), status: .signalled(9), wasAsked: true, calls: 7, failures: 2)
    try log.noteEnd(mark.id, end)
    var expected = record
    expected.answered = host.clock.now()
    expected.end = end
    #expect(try log.records() == [expected])
    for cause in [SessionEnd.Cause.client, .plugin, .limit("disk"), .notStarted("no runtime"), .lost] {
      try log.noteEnd(mark.id, SessionEnd(time: host.clock.now(), cause: cause, status: .exited(3)))
      #expect(try log.records().first?.end?.cause == cause)
    }
  }

  @Test func `whose launcher is gone without a word are lost`() throws {
    let plugin = try host.folder()
    let log = SessionLog(plugin)
    var mark: RunningMark? = try plugin.markRunning()
    let record = try log.begin(try #require(mark), version: ReleaseVersion("1.0.0"), pid: 42)
    #expect(try plugin.runningSessions().map(\.id) == [record.id])
    #expect(try log.records().first?.end == nil)
    mark = nil
    #expect(try plugin.runningSessions().isEmpty)
    #expect(try log.records().first?.end?.cause == .lost)
  }

  @Test func `keep their tree when another one is switched on`() throws {
    let plugin = try host.folder()
    let folder = try host.open()
    let old = try #require(try plugin.current())
    let mark = try plugin.markRunning()
    #expect(mark.tree == old)
    for version in 2..<8 { try host.install("\(version).0.0") }
    var inventory = try folder.collectGarbage(holding: folder.lock(), dryRun: false)
    #expect(inventory.kept.contains { $0.tree == old && $0.reasons == ["running"] })
    #expect(inventory.unexplained.isEmpty)
    #expect(try plugin.hasTree(old))
    withExtendedLifetime(mark) {}
    // A later one is on the new tree.
    #expect(try plugin.markRunning().tree == plugin.current())
    #expect(try plugin.markRunning().tree != old)
    inventory = try folder.collectGarbage(holding: folder.lock(), dryRun: false)
    #expect(try plugin.hasTree(old) == false || !inventory.removableTrees.contains { $0.tree == old })
  }

  @Test func `that have ended protect nothing, and what they left behind goes`() throws {
    let plugin = try host.folder()
    let folder = try host.open()
    let old = try #require(try plugin.current())
    // What a killed launcher leaves: the file without the lock.
    let left = plugin.runningFolder.appending("\(old.text).0123456789abcdef")
    try LocalFileSystem().makeDirectory(plugin.runningFolder, mode: 0o700)
    try LocalFileSystem().write(Array("1\n".utf8), creating: left, mode: 0o600)
    for version in 2..<8 { try host.install("\(version).0.0") }
    let inventory = try folder.collectGarbage(holding: folder.lock(), dryRun: false)
    #expect(inventory.removable.contains { $0.path == left && $0.waste == .leftover })
    #expect(try !plugin.hasTree(old))
    #expect(try !LocalFileSystem().exists(left))
  }

  @Test func `are bounded, and damaged lines passed over`() throws {
    let plugin = try host.folder()
    let log = SessionLog(plugin)
    let mark = try plugin.markRunning()
    let version = try ReleaseVersion("1.0.0")
    for index in 0..<3000 { _ = try log.begin(mark, version: version, pid: Int32(index)) }
    try log.noteAnswer(mark.id)
    for name in [SessionLog.name, SessionLog.formerName] {
      let size = try LocalFileSystem().status(plugin.root.appending(name))?.size ?? 0
      #expect(size > 0 && size <= SessionLog.fileLimit + 1000)
    }
    let file = try LocalFileSystem().openForAppending(plugin.root.appending(SessionLog.name))
    try file.write(Array("{\"event\":\"end\"}\nnonsense\n{\"torn".utf8))
    let records = try log.records()
    #expect(records.count == 1 && records.first?.answered != nil)
  }

  @Test func `need something that is switched on`() throws {
    let empty = try TestHost()
    _ = try empty.open()
    let plugin = try empty.folder()
    #expect(throws: StorageError.nothingCurrent(plugin: "io.github.acme/time")) { try plugin.markRunning() }
    #expect(try SessionLog(plugin).records().isEmpty)
  }
}
