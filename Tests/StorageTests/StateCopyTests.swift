import Glibc
import Platform
import Synchronization
import SystemPackage
import TestSupport
import Testing

@testable import Storage

@Suite struct StateCopyTests {
  let scratch: Scratch
  let files = LocalFileSystem()

  init() throws {
    scratch = try Scratch()
    try files.makeDirectory(scratch / "state", mode: 0o750)
  }

  private func copy() throws -> StateCopyReport {
    try StateCopy.copy(scratch / "state", to: scratch / "copy", disk: Disk(files: files))
  }

  @Test func `files, folders, links and modes are the same in the copy`() throws {
    try scratch.write("one", to: "state/a.txt", mode: 0o600)
    try scratch.write(Array(repeating: 7, count: 600_000), to: "state/deep/er/b.bin", mode: 0o644)
    try scratch.write("#!", to: "state/run", mode: 0o755)
    try files.makeDirectory(scratch / "state/empty", mode: 0o700)
    try files.setMode(scratch / "state/deep", to: 0o500)
    try files.symlink(to: "../outside", at: scratch / "state/link")
    let report = try copy()
    #expect((report.entries, report.bytes) == (7, 600_005))
    #expect(report.skipped == [])
    #expect(try scratch.text("copy/a.txt") == "one")
    #expect(try scratch.read("copy/deep/er/b.bin") == Array(repeating: 7, count: 600_000))
    #expect(try files.readLink(scratch / "copy/link") == "../outside")
    let modes: [String: UInt16] = ["": 0o750, "a.txt": 0o600, "run": 0o755, "empty": 0o700, "deep": 0o500]
    for (path, mode) in modes { #expect(try files.status((scratch / "copy").appending(path))?.mode == mode) }
  }

  @Test func `many files are copied on several threads, and the file system is asked once whether it can share`()
    throws
  {
    var random = SplitMix64(seed: 7)
    var expected: [String: [UInt8]] = [:]
    for number in 0..<1500 {
      let size = Int.random(in: 0...4000, using: &random)
      let path = "d\(number % 7)/e\(number % 3)/f\(number)"
      expected[path] = (0..<size).map { _ in UInt8.random(in: 0...255, using: &random) }
    }
    expected["large"] = Array(repeating: 9, count: 3 << 20)
    for (path, bytes) in expected { try scratch.write(bytes, to: "state/" + path) }
    let clones = Mutex(0)
    let counting = FaultyFileSystem { _, operation in if operation == "clone" { clones.withLock { $0 += 1 } } }
    let report = try StateCopy.copy(scratch / "state", to: scratch / "copy", disk: Disk(files: counting))
    #expect(report.bytes == expected.values.reduce(0) { $0 + Int64($1.count) })
    #expect(report.entries == Int64(expected.count) + 7 + 21)
    for (path, bytes) in expected { #expect(try scratch.read("copy/" + path) == bytes, "\(path)") }
    let filled = expected.values.count { !$0.isEmpty }
    #expect(clones.withLock { $0 } == (report.shared == 0 ? 1 : filled))
    #expect(report.shared == 0 || report.shared == Int64(filled))
  }

  @Test(arguments: ["state/d/file", "state/d", "state"])
  func `what is swapped for a link while it is copied is refused`(path: String) throws {
    for number in 0..<40 { try scratch.write("x", to: "state/d/\(number)") }
    try scratch.write("x", to: "state/d/file")
    try scratch.write("secret", to: "outside/file")
    // The twentieth file that is made in the copy: by then the folder was listed, and is not done.
    let target = scratch / path
    let swapping = FaultyFileSystem { [files, scratch] step, _ in
      guard step == 20 else { return }
      try? files.rename(target, to: scratch / "away")
      try? files.symlink(to: scratch / "outside", at: target)
    }
    let error = #expect(throws: StorageError.self) {
      try StateCopy.copy(scratch / "state", to: scratch / "copy", disk: Disk(files: swapping))
    }
    if case .stateChanged? = error { return }
    // A file that is a link by now is refused when it is opened.
    if case .file(let error)? = error { #expect([.symbolicLink, .notFound].contains(error.reason)) }
  }

  @Test func `a link is never followed`() throws {
    try scratch.write("secret", to: "outside/secret")
    try files.symlink(to: scratch / "outside", at: scratch / "state/escape")
    _ = try copy()
    #expect(try files.status(scratch / "copy/escape")?.kind == .symlink)
  }

  @Test func `special files are left out and named`() throws {
    try files.makeDirectory(scratch / "state/run", mode: 0o700)
    #expect(unsafe mkfifo((scratch / "state/run/pipe").string, 0o600) == 0)
    let report = try copy()
    #expect(report.skipped == ["run/pipe"])
    #expect(try files.list(scratch / "copy/run") == [])
  }

  @Test func `set-user-id and sticky bits do not come along`() throws {
    try scratch.write("x", to: "state/tool", mode: 0o755)
    try files.setMode(scratch / "state/tool", to: 0o6755)
    _ = try copy()
    #expect(try files.status(scratch / "copy/tool")?.mode == 0o755)
  }

  @Test func `folders that nest too deep are refused`() throws {
    var path = scratch / "state"
    for _ in 0...StorageLimits.stateDepth {
      path = path.appending("d")
      try files.makeDirectory(path, mode: 0o700)
    }
    #expect(throws: StorageError.stateTooLarge(what: "levels of folders", limit: StorageLimits.stateDepth)) {
      try copy()
    }
  }

  @Test func `state that is a link is refused`() throws {
    try scratch.write("secret", to: "outside/secret")
    try files.remove(scratch / "state")
    try files.symlink(to: scratch / "outside", at: scratch / "state")
    #expect(throws: StorageError.stateChanged(path: scratch / "state")) { try copy() }
  }
}
