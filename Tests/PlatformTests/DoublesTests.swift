import Platform
import SystemPackage
import TestSupport
import Testing

@Suite struct `The manual clock` {
  @Test func `moves only when it is moved`() async throws {
    let clock = ManualClock()
    #expect(clock.now().rfc3339 == "2026-11-23T05:00:00Z")
    clock.jump(by: .seconds(3600))
    #expect(clock.now().rfc3339 == "2026-11-23T06:00:00Z")
    #expect(clock.uptime() == .zero, "a changed clock is no time observed")
    try await clock.sleep(for: .seconds(86_400))
    #expect(clock.now().rfc3339 == "2026-11-24T06:00:00Z")
    #expect(clock.uptime() == .seconds(86_400))
    #expect(clock.slept == [.seconds(86_400)])
  }

  @Test func `wakes sleepers when their time has come`() async throws {
    let clock = ManualClock(sleeping: .waits)
    let sleeper = Task { try await clock.sleep(for: .seconds(10)) }
    while clock.sleepers == 0 { await Task.yield() }
    clock.advance(by: .seconds(9))
    #expect(clock.sleepers == 1)
    clock.advance(by: .seconds(1))
    try await sleeper.value
    let cancelled = Task { try await clock.sleep(for: .seconds(10)) }
    cancelled.cancel()
    await #expect(throws: CancellationError.self) { try await cancelled.value }
  }
}

@Suite struct `The scripted network` {
  @Test func `fails loudly for what is not in its script`() async throws {
    let transport = ScriptedTransport()
    transport.serve("body", at: "http://x/a")
    let response = try await transport.fetch(TransferRequest(url: "http://x/a", limit: 4))
    #expect(response.body == Array("body".utf8))
    let error = await #expect(throws: TransferError.self) {
      try await transport.fetch(TransferRequest(url: "http://x/b", limit: 4))
    }
    #expect(error == .unscripted(url: "http://x/b"))
    #expect(transport.requests.map(\.url) == ["http://x/a", "http://x/b"])
  }
}

@Suite struct `Pulling the plug` {
  private static let steps = 6

  @Test func `counts the steps of an atomic write`() throws {
    let scratch = try Scratch()
    let files = FaultyFileSystem()
    try files.write([1], atomicallyTo: scratch / "file", mode: 0o644)
    #expect(files.steps == Self.steps - 1)
  }

  @Test(arguments: 0..<steps, [FaultyFileSystem.Fault.kills, .cutsPower, .fails(.noSpace)])
  func `leaves the old or the new content`(step: Int, fault: FaultyFileSystem.Fault) throws {
    let scratch = try Scratch()
    let (old, new) = ([UInt8](repeating: 1, count: 1000), [UInt8](repeating: 2, count: 2000))
    try scratch.write(old, to: "file")
    let files = FaultyFileSystem(failsAt: step, fault: fault)
    var error: FileError?
    do throws(FileError) {
      try files.write(new, atomicallyTo: scratch / "file", mode: 0o644)
    } catch let failure {
      error = failure
    }
    let content = try scratch.read("file")
    #expect(content == old || content == new)
    #expect((error != nil) == (step < Self.steps - 1))
    // Without an error the new content is there for good.
    if error == nil { #expect(content == new) }
    if fault == .fails(.noSpace), error != nil {
      #expect(error?.reason == .noSpace)
      #expect(try LocalFileSystem().list(scratch.path).map(\.name) == ["file"], "no temporary file stays behind")
    }
  }

  @Test func `everything after a kill fails`() throws {
    let scratch = try Scratch()
    let files = FaultyFileSystem(failsAt: 1)
    let file = try files.create(scratch / "a", mode: 0o644)
    let error = #expect(throws: FileError.self) { try file.write([1, 2, 3, 4]) }
    #expect(error?.isKilled == true)
    #expect(try scratch.read("a") == [1, 2], "a long write is done half")
    for body: () throws -> Void in [
      { _ = try files.status(scratch.path) }, { _ = try files.list(scratch.path) }, { try file.close() },
      { try files.remove(scratch / "a") }, { _ = try files.open(scratch / "a") },
    ] {
      let error = #expect(throws: FileError.self) { try body() }
      #expect(error?.isKilled == true)
    }
    #expect(files.isDead)
  }

  @Test func `a power cut takes what was not forced onto the disk`() throws {
    let scratch = try Scratch()
    try scratch.write("old", to: "kept")
    try scratch.write("old", to: "replaced")
    try scratch.write("old", to: "removed")
    // Steps: 0 create, 1 write, 2 rename, 3 sync of the folder, 4 create, 5 remove, 6 mkdir, 7 the cut.
    let files = FaultyFileSystem(failsAt: 7, fault: .cutsPower)
    let lazy = try files.create(scratch / "lazy", mode: 0o644)
    try lazy.write(Array("new".utf8))
    try lazy.close()
    try files.rename(scratch / "lazy", to: scratch / "replaced")
    try files.sync(directory: scratch.path)
    _ = try files.create(scratch / "unsynced", mode: 0o644)
    try files.remove(scratch / "removed")
    try files.makeDirectory(scratch / "folder", mode: 0o755)
    #expect(throws: FileError.self) { try files.syncFileSystem(scratch.path) }
    let names = try LocalFileSystem().list(scratch.path).map(\.name)
    #expect(names == ["kept", "removed", "replaced"])
    #expect(try scratch.read("replaced").isEmpty, "the name was on the disk, the content was not")
    #expect(try scratch.text("removed").hasPrefix("old"))
  }

  @Test func `a power cut takes nothing that was synced`() throws {
    let scratch = try Scratch()
    try scratch.write("old", to: "one")
    let files = FaultyFileSystem(failsAt: 4, fault: .cutsPower)
    try files.write([1], creating: scratch / "two", mode: 0o444)
    try files.exchange(scratch / "one", with: scratch / "two")
    try files.syncFileSystem(scratch.path)
    #expect(throws: FileError.self) { try files.remove(scratch / "one") }
    #expect(try scratch.read("one") == [1])
    #expect(try scratch.text("two").hasPrefix("old"))
  }
}
