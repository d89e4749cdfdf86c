import Platform
import SystemPackage
import TestSupport
import Testing

@testable import Sandbox

/// What counts as the start of the plugin's own program.
struct TouchRecorderTests {
  private static let python = "/usr/bin/python3"

  private let log = SandboxEventLog()
  private let recorder: TouchRecorder

  init() throws {
    let disk = ModelDisk()
    for (path, text) in [
      (Self.python, ""), ("/proc/70/status", "Tgid:\t70\nNStgid:\t70\t1\n"),
      ("/proc/71/status", "Tgid:\t71\nNStgid:\t71\t2\n"),
    ] {
      try disk.makeDirectories(FilePath(path).removingLastComponent(), mode: 0o755)
      try disk.write(Array(text.utf8), creating: FilePath(path), mode: 0o644)
    }
    recorder = TouchRecorder(plan: try Fixtures.plan(), protected: [], files: disk, log: log)
  }

  private var started: [Int] { log.events.filter { $0.kind == .programStarted }.map(\.count) }

  @Test func `a start that the kernel asks about twice is one start`() {
    recorder.record(.program(Self.python), by: 70)
    recorder.record(.program(Self.python), by: 70)
    #expect(log.events.isEmpty)
  }

  @Test func `the same program started again after something else is an event`() {
    recorder.record(.program(Self.python), by: 70)
    recorder.record(.path("/nothing", .look), by: 70)
    recorder.record(.program(Self.python), by: 70)
    #expect(started == [1])
  }

  @Test func `a child that starts the same program at once is an event`() {
    recorder.record(.program(Self.python), by: 70)
    recorder.record(.program(Self.python), by: 71)
    #expect(started == [1])
  }

  @Test func `nothing counts before the first process has started`() {
    recorder.record(.program(Self.python), by: 71)
    recorder.record(.path("/home/ada/.ssh/id_ed25519", .read), by: 71)
    #expect(log.events.isEmpty)
  }
}
