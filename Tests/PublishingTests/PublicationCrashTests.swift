import Platform
import Releases
import TUF
import TestSupport
import Testing

@testable import Publishing

/// One workspace is killed at each step in turn and used again as it lies there; what is served is read by a client
/// that starts from the first root every time.
@Suite("A publication that is cut")
struct PublicationCrashTests {
  @Test(arguments: [FaultyFileSystem.Fault.kills, .cutsPower])
  func `shows clients the old release or the new one, at whatever step it ends`(
    fault: FaultyFileSystem.Fault
  ) async throws {
    let desk = try Desk.ready()
    try desk.publish("1.0.0")
    try await cutEveryStep(desk, channel: Desk.canary, fault: fault) { files, round in
      try desk.publish("1.0.\(round)", files: files)
    }
  }

  @Test(arguments: [FaultyFileSystem.Fault.kills, .cutsPower])
  func `shows clients the old promotion or the new one, at whatever step it ends`(
    fault: FaultyFileSystem.Fault
  ) async throws {
    let desk = try Desk.ready()
    try desk.release("1.0.0")
    try desk.attest(desk.publish("1.0.1"))
    try await cutEveryStep(desk, channel: Desk.stable, fault: fault, every: 3) { files, round in
      // A promotion that reached the clients in spite of its end is followed by the next release.
      let wanted = try desk.publisher().status().plugins[0].offers
      if wanted[0].version == wanted[1].version { try desk.attest(desk.publish("1.0.\(round)")) }
      try desk.promote(files: files)
    }
  }

  @Test func `leaves everything as it was when the disk is full`() async throws {
    let desk = try Desk.ready()
    try desk.publish("1.0.0")
    for step in stride(from: 0, to: 40, by: 3) {
      let files = FaultyFileSystem(failsAt: step, fault: .fails(.noSpace))
      do {
        try desk.publish("1.0.1", files: files)
      } catch {
        let offer = try await RepositoryReader(desk).offer(in: Desk.canary, at: desk.clock.now().seconds)
        #expect(offer != nil, "refused at step \(step)")
      }
    }
  }

  private func cutEveryStep(
    _ desk: Desk, channel: String, fault: FaultyFileSystem.Fault, every: Int = 1,
    work: (FaultyFileSystem, Int) throws -> Void
  ) async throws {
    let reader = RepositoryReader(desk)
    var old = try #require(try await reader.offer(in: channel, at: desk.clock.now().seconds))
    var seenOld = 0
    // A power cut is the harsher fault, so a plain end is tried at fewer steps.
    for step in stride(from: 0, to: 400, by: fault == .cutsPower ? every : every + 4) {
      let files = FaultyFileSystem(failsAt: step, fault: fault)
      var isDone = false
      do {
        try work(files, step + 2)
        isDone = !files.isDead
      } catch {
        try #require(files.isDead, "step \(step): \(error)")
      }
      let now = try #require(try await reader.offer(in: channel, at: desk.clock.now().seconds))
      #expect(now.sequence == old.sequence || now.sequence == old.sequence + 1, "killed at step \(step)")
      #expect(now.sequence != old.sequence || now == old, "killed at step \(step)")
      seenOld += now == old ? 1 : 0
      old = now
      if isDone {
        #expect(seenOld > 1, "most steps come before the timestamp")
        return
      }
    }
    Issue.record("the work never came to its end")
  }
}
