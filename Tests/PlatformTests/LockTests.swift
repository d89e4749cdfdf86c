import Glibc
import Platform
import SystemPackage
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(1))) struct `Locks` {
  let scratch: Scratch
  let files = LocalFileSystem()

  init() throws { scratch = try Scratch() }

  @Test func `another process holds one until it dies, whatever it leaves behind`() async throws {
    let path = scratch / "lock"
    let script = """
      import fcntl, os, sys, time
      file = open(sys.argv[1], "w")
      fcntl.flock(file, fcntl.LOCK_EX)
      file.write("%d\\n" % os.getpid())
      file.flush()
      print("held", flush=True)
      time.sleep(1000)
      """
    let command = Command(executable: "python3", arguments: ["-c", script, path.string], environment: .inherit)
    try await SubprocessRunner().withSession(command) { session in
      #expect(await session.nextLine(limit: 10, timeout: .seconds(30)) == .line(Array("held".utf8)))
      let error = #expect(throws: LockError.self) { try files.lock(path) }
      #expect(error == .locked(path: path, holder: "process \(session.pid)"))
      #expect(error?.description == "\(path) is locked by process \(session.pid)")
      await session.terminate()
      _ = try files.lock(path)
    }
  }

  @Test func `who holds one can be looked up without touching it`() throws {
    let path = scratch / "lock"
    #expect(files.lockHolder(path) == nil)
    do {
      let lock = try files.lock(path)
      let others = try (0..<200).map { try files.lock(scratch / "other-\($0)") }
      #expect(files.lockHolder(path) == getpid())
      withExtendedLifetime((lock, others)) {}
    }
    #expect(files.lockHolder(path) == nil, "the file that is left says nothing")
    _ = try files.lock(path)
  }

  @Test func `a lock file that was removed and made anew is another lock`() throws {
    let path = scratch / "lock"
    let first = try files.lock(path)
    try files.remove(path)
    let second = try files.lock(path)
    #expect(throws: LockError.self) { try files.lock(path) }
    withExtendedLifetime((first, second)) {}
  }

  @Test func `a lock is not taken through a symbolic link`() throws {
    try files.symlink(to: "elsewhere", at: scratch / "lock")
    let error = #expect(throws: LockError.self) { try files.lock(scratch / "lock") }
    guard case .file(let reason) = error else {
      Issue.record("unexpected error \(String(describing: error))")
      return
    }
    #expect(reason.reason == .symbolicLink)
    #expect(try !files.exists(scratch / "elsewhere"))
  }
}
