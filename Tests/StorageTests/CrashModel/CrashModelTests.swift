import Foundation
import Platform
import TestSupport
import Testing

@testable import Storage

/// Every disk that a power cut may leave, at every moment of every transaction, looked at by the independent checker.
@Suite(.serialized, .enabled(if: HostChecker.isHere, "needs /usr/bin/python3 and /usr/bin/minisign"))
struct CrashModelTests {
  /// All disks with SERIN_CRASH=full, else a bounded choice of them; every moment in any case.
  static let scope: CrashExploration.Scope =
    ProcessEnvironment.current["SERIN_CRASH"] == "full" ? .full : .brief

  /// What is cut short.
  enum Transaction: String, CaseIterable, Sendable {
    case activate, rollback, rollbackKeepingState, prune, stage, repair, install

    /// The disk that it starts from, what may be current after it, and itself.
    func explore(
      _ scope: CrashExploration.Scope, _ checker: HostChecker, _ mutation: MutatedFileSystem.Mutation? = nil
    ) throws -> CrashExploration {
      let trees = try ["1.0", "2.0", "3.0"].map { try ModelHost.tree($0) }
      let allowed: [TreeName: [String]] =
        switch self {
        case .install: [trees[0]: [""]]
        case .stage, .repair: [trees[1]: ["two"]]
        case .activate: [trees[1]: ["two"], trees[2]: ["two"]]
        case .rollback: [trees[1]: ["two"], trees[0]: ["one"]]
        case .rollbackKeepingState: [trees[1]: ["two"], trees[0]: ["two"]]
        case .prune: [trees[0]: ["one"]]
        }
      let exploration = try CrashExploration(
        scope, allowed: allowed, recorded: ["one"], mayBeAbsent: self == .install, checker: checker,
        mutation: mutation)
      let start: DiskImage =
        switch self {
        case .install: .empty
        case .prune: try ModelDisks.littered.get()
        default: try ModelDisks.waiting.get()
        }
      try exploration.explore(rawValue, from: start) { host in
        switch self {
        case .install: try host.activate(try host.stage("1.0"))
        case .stage: try host.stage("5.0")
        case .repair: try host.stage("2.0")
        case .activate: try host.activate(trees[2])
        case .rollback: try host.rollBack()
        case .rollbackKeepingState: try host.rollBack(keepingState: true)
        case .prune: try host.collect()
        }
      }
      return exploration
    }
  }

  @Test(arguments: Transaction.allCases)
  func `no power cut breaks a host, and none does during the recovery`(_ transaction: Transaction) throws {
    let checker = try HostChecker()
    let exploration = try transaction.explore(Self.scope, checker)
    let counts = exploration.counts
    note(
      """
      crash model, \(transaction.rawValue): \(counts.moments) moments (\(counts.exhaustive) with every disk), \
      \(counts.disks) disks, \(counts.secondDisks) more by a second cut, \(counts.ends) ends, \
      \(checker.count) looks of the checker, \(exploration.failures.count) failures
      """)
    #expect(exploration.failures.prefix(5) == [])
    #expect(counts.disks > 10 && checker.count > 10)
  }

  /// The transactions in which a mutation shows, with the fewest failures that it must cause.
  static let proofs: [(MutatedFileSystem.Mutation, Transaction)] = [
    (.swallowsFileSync, .rollback), (.swallowsFolderSync, .rollback), (.swallowsFolderSync, .activate),
    (.swallowsFileSystemSync, .rollback), (.swallowsFileSystemSync, .stage), (.renamesInTwoSteps, .activate),
    (.renamesInTwoSteps, .rollback), (.dropsJournalWrites, .rollback), (.tearsJournalWrites, .rollback),
  ]

  @Test(arguments: proofs)
  func `a broken barrier, rename or journal makes the suite fail`(
    _ mutation: MutatedFileSystem.Mutation, _ transaction: Transaction
  ) throws {
    let exploration = try transaction.explore(.proof, try HostChecker(), mutation)
    note("crash model, \(mutation.rawValue) in \(transaction.rawValue): \(exploration.failures.count) failures")
    #expect(exploration.failures.count > 0)
  }

  /// Says something in the log of the test run.
  private func note(_ text: String) { FileHandle.standardError.write(Data((text + "\n").utf8)) }
}
