import Clients
import Glibc
import Platform
import StrictJSON
import SystemPackage
import TestSupport
import Testing

/// What happens to the file itself: links, modes, owners, kills, and others who write at the same time.
@Suite struct FileSafetyTests {
  private let local = LocalFileSystem()

  @Test func `a symbolic link stays, and what it leads to changes`() async throws {
    let desk = try Desk()
    let path = try desk.path(.cursor)
    try desk.scratch.write("{}\n", to: "dotfiles/mcp.json", mode: 0o600)
    try local.makeDirectories(path.removingLastComponent())
    try local.symlink(to: "../../dotfiles/one.json", at: path)
    try local.symlink(to: "mcp.json", at: desk.scratch / "dotfiles/one.json")
    let plan = try desk.desk.planConnecting(desk.request(.cursor), desk.entry)
    #expect(plan.linkTarget?.lexicallyNormalized() == desk.scratch / "dotfiles/mcp.json")
    let result = try await desk.connect(.cursor)
    #expect(try local.status(path)?.kind == .symlink)
    #expect(try local.readLink(path) == "../../dotfiles/one.json")
    #expect(try desk.scratch.text("dotfiles/mcp.json").contains("\"time\""))
    #expect(try desk.scratch.text("dotfiles/mcp.json.serin-backup") == "{}\n")
    try await desk.disconnect(.cursor, result.insertion)
    #expect(try desk.scratch.text("dotfiles/mcp.json") == "{}\n")
  }

  @Test func `a link that leads nowhere gets its file where it points`() async throws {
    let desk = try Desk()
    let path = try desk.path(.cursor)
    try local.makeDirectories(path.removingLastComponent())
    try local.symlink(to: (desk.scratch / "new/mcp.json"), at: path)
    let result = try await desk.connect(.cursor)
    #expect(try desk.scratch.text("new/mcp.json").contains("\"time\""))
    try await desk.disconnect(.cursor, result.insertion)
    #expect(try local.status(desk.scratch / "new") == nil)
    #expect(try local.status(path)?.kind == .symlink)
  }

  @Test(.enabled(if: UserAccount.current.isRoot, "only root can give a file away"))
  func `owner and group stay`() async throws {
    let desk = try Desk()
    try desk.write("{}", for: .cursor, mode: 0o604)
    let path = try desk.path(.cursor)
    #expect(unsafe chown(path.string, 12_345, 54_321) == 0)
    try await desk.connect(.cursor)
    var raw = stat()
    #expect(unsafe lstat(path.string, &raw) == 0)
    #expect(raw.st_uid == 12_345 && raw.st_gid == 54_321)
    #expect(raw.st_mode & 0o777 == 0o604)
  }

  @Test func `a file with two names, a folder and a pipe are refused and stay`() async throws {
    let desk = try Desk()
    try desk.write("{}", for: .cursor)
    try local.link(desk.path(.cursor), at: desk.scratch / "other")
    let two = #expect(throws: ClientError.self) { try desk.desk.planConnecting(desk.request(.cursor), desk.entry) }
    #expect(two == .severalNames(path: try desk.path(.cursor).string, names: 2))
    #expect(try desk.scratch.text("other") == "{}")

    try local.makeDirectories(desk.path(.windsurf))
    let folder = #expect(throws: ClientError.self) { try desk.desk.planConnecting(desk.request(.windsurf), desk.entry) }
    #expect(folder == .notAFile(path: try desk.path(.windsurf).string))

    try local.makeDirectories(desk.path(.gemini).removingLastComponent())
    let place = try desk.path(.gemini).string
    #expect(unsafe mkfifo(place, 0o600) == 0)
    let pipe = #expect(throws: ClientError.self) { try desk.desk.planConnecting(desk.request(.gemini), desk.entry) }
    #expect(pipe == .notAFile(path: try desk.path(.gemini).string))
  }

  @Test func `a file that changed between showing and writing is refused`() async throws {
    let desk = try Desk()
    try desk.write("{}", for: .cursor)
    let plan = try desk.desk.planConnecting(desk.request(.cursor), desk.entry)
    try desk.write("{ }", for: .cursor)
    let changed = await #expect(throws: ClientError.self) { try await desk.desk.connect(plan) }
    #expect(changed == .changedMeanwhile(path: try desk.path(.cursor).string))
    #expect(try desk.text(.cursor) == "{ }")

    // A file that was not there and is now is a change, too; so is one that went.
    let absent = try desk.desk.planConnecting(desk.request(.windsurf), desk.entry)
    try desk.write("", for: .windsurf)
    await #expect(throws: ClientError.self) { try await desk.desk.connect(absent) }
    #expect(try desk.read(.windsurf) == [])
    let result = try await desk.connect(.cursor)
    let away = try desk.desk.planDisconnecting(desk.request(.cursor), insertion: result.insertion, byCommand: false)
    try local.remove(desk.path(.cursor))
    await #expect(throws: ClientError.self) { try await desk.desk.disconnect(away) }
    #expect(try desk.read(.cursor) == nil)
    // Nothing is left beside the files.
    let names = try local.list(desk.path(.cursor).removingLastComponent()).map(\.name)
    #expect(!names.contains { $0.hasSuffix(".new") }, "\(names)")
  }

  @Test func `the digest of a plan is that of these bytes and no others`() throws {
    let desk = try Desk()
    let absent = try desk.desk.planConnecting(desk.request(.cursor), desk.entry).digest
    try desk.write("", for: .cursor)
    let empty = try desk.desk.planConnecting(desk.request(.cursor), desk.entry).digest
    #expect(absent != empty)
    #expect(try desk.desk.planConnecting(desk.request(.cursor), desk.entry).digest == empty)
    try desk.write("\n", for: .cursor)
    #expect(try desk.desk.planConnecting(desk.request(.cursor), desk.entry).digest != empty)
  }

  private static let faults: [FaultyFileSystem.Fault] = [.kills, .cutsPower, .fails(.noSpace), .fails(.denied)]

  @Test(arguments: faults)
  func `a kill, a power cut or a full disk at any step leaves the old file or the new one`(
    fault: FaultyFileSystem.Fault
  ) async throws {
    let before = "{\n  // mine\n  \"mcpServers\": {}\n}\n"
    for connecting in [true, false] {
      var step = 0
      var wasHit = true
      while wasHit {
        var desk = try Desk()
        try desk.write(before, for: .cursor)
        let result = connecting ? nil : try await desk.connect(.cursor)
        let old = try desk.text(.cursor)
        let faulty = FaultyFileSystem(failsAt: step, fault: fault)
        desk.files = faulty
        do {
          if connecting {
            try await desk.connect(.cursor)
          } else {
            try await desk.disconnect(.cursor, result?.insertion)
          }
        } catch is ClientError {}
        wasHit = faulty.steps > step
        let now = try desk.text(.cursor)
        if connecting {
          #expect(now == before || now.contains("\"time\"") && now.contains("// mine"), "step \(step)")
        } else {
          #expect(now == before || now == old, "step \(step)")
        }
        #expect((try? local.status(desk.path(.cursor))?.mode) == 0o644)
        // And whoever calls again gets there.
        desk.files = local
        try await desk.connect(.cursor)
        #expect(try desk.text(.cursor).contains("\"time\""), "step \(step)")
        step += 1
      }
      #expect(step > 6, "an edit has several steps")
    }
  }
}
