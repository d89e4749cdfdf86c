import Platform
import TUF
import TestSupport
import Testing

@testable import Updating

/// One host is cut at each step of a refresh in turn, and refreshes again as it lies there.
@Suite("A refresh that is cut")
struct RefreshCrashTests {
  private static let roles = ["timestamp", "snapshot", "targets"]

  /// Cuts refreshes of ever newer states until one comes to its end; returns how many were cut.
  private func cutEveryStep(
    _ shop: Shop, fault: FaultyFileSystem.Fault, newer: (Int) throws -> Void,
    after check: (Int) async throws -> Void
  ) async throws -> Int {
    for step in 0..<200 {
      try newer(step)
      let files = FaultyFileSystem(failsAt: step, fault: fault)
      var failure: (any Error)?
      do {
        try await shop.host(files).refreshAll(except: [])
      } catch {
        failure = error
      }
      guard files.steps > step else { return step }
      #expect(failure != nil, "step \(step) was cut and nobody was told")
      try await check(step)
      // Whatever was left behind, the next refresh arrives at the newest state.
      try await shop.host().refreshAll(except: [])
    }
    Issue.record("the refresh never came to its end")
    return 0
  }

  @Test(arguments: [FaultyFileSystem.Fault.kills, .cutsPower, .fails(.noSpace), .fails(.io)])
  func `loses no floor, and the next one succeeds`(fault: FaultyFileSystem.Fault) async throws {
    let shop = try Shop()
    _ = try await shop.trustingHost()
    var before = Self.roles.map { shop.keptVersion($0) ?? 0 }
    var old = try shop.scratch.read("repository/metadata/timestamp.json")
    var older = old
    let cuts = try await cutEveryStep(shop, fault: fault) { step in
      before = Self.roles.map { shop.keptVersion($0) ?? 0 }
      (older, old) = (old, try shop.scratch.read("repository/metadata/timestamp.json"))
      shop.clock.advance(by: .seconds(100))
      try shop.sign { writer in
        try writer.add(NewTarget(path: "top-\(step)", bytes: [1]))
      }
    } after: { step in
      for (role, version) in zip(Self.roles, before) {
        let kept = shop.keptVersion(role)
        #expect(kept == version || kept == version + 1, "\(role) after step \(step)")
      }
      guard step > 0 else { return }
      shop.transport.replace("metadata/timestamp.json", with: older)
      let error = await #expect(throws: TUFError.self) { try await shop.host().refreshAll(except: []) }
      #expect(error?.kind == .rollback, "an older timestamp after step \(step)")
      shop.transport.replace("metadata/timestamp.json", with: nil)
    }
    #expect(cuts > 12, "three files and a time are written in several steps each")
  }

  @Test(arguments: [FaultyFileSystem.Fault.kills, .cutsPower])
  func `follows new online keys all the same`(fault: FaultyFileSystem.Fault) async throws {
    let shop = try Shop()
    _ = try await shop.trustingHost()
    let cuts = try await cutEveryStep(shop, fault: fault) { step in
      try shop.setOnlineKey(["build", "stable", "root"][step % 3])
    } after: { _ in
    }
    #expect(cuts > 12)
    #expect(shop.keptVersion("timestamp") ?? 0 > cuts)
  }
}
