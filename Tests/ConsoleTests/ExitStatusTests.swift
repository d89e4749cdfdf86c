import ArgumentParser
import Bundles
import Canary
import Clients
import Offline
import Platform
import Publishing
import ReleaseServer
import Sandbox
import Signing
import SystemPackage
import TUF
import Testing
import Updating

@testable import serin

/// Swift Testing has an `ExitStatus` too.
private typealias Code = serin.ExitStatus

@Suite struct ExitStatusTests {
  @Test func `the codes are those that scripts know`() {
    let known: [Code: Int32] = [
      .ok: 0, .failure: 1, .nothingToDo: 2, .updateAvailable: 10, .badSignature: 20, .thresholdNotMet: 21, .expired: 22,
      .rollbackAttack: 23, .digestMismatch: 24, .canaryFailed: 30, .inconclusive: 31, .needsApproval: 32,
      .rolledBack: 40,
      .locked: 50, .usage: 64, .network: 69, .noSpace: 73,
    ]
    #expect(known.count == Code.allCases.count)
    for (status, code) in known { #expect(status.rawValue == code) }
    #expect(Set(Code.allCases.map(\.kind)).count == Code.allCases.count)
  }

  private static let errors: [(any Error & Sendable, Code)] = [
    (SignatureError.badSignature(key: "A"), .badSignature), (BundleError.unsigned("a"), .badSignature),
    (BundleError.signature(what: "a", .badSignature(key: "A")), .badSignature),
    (BundleError.wrongLength("a", offered: 1, expected: 2), .digestMismatch), (BundleError.noKey("a"), .usage),
    (BundleError.file(FileError(operation: "write", path: "a", reason: .noSpace)), .noSpace),
    (BundleError.damagedTree(path: "a", offered: "b", expected: "c"), .digestMismatch),
    (BundleError.badDelta(field: "a", reason: "b"), .failure),
    (FileError(operation: "write", path: "a", reason: .noSpace), .noSpace),
    (SandboxError.file(FileError(operation: "make the folder", path: "a", reason: .noSpace)), .noSpace),
    (FileError(operation: "open", path: "a", reason: .notFound), .failure),
    (LockError.locked(path: "a", holder: "process 1"), .locked),
    (TransferError.connection(url: "http://a", reason: "b"), .network), (TransferError.badAddress(url: "a"), .usage),
    (ServeError.cannotListen(address: "a", port: 1, reason: "b"), .network),
    (CommandError.confirmationNeeded(what: "a", digest: "b"), .needsApproval), (CommandError.badKeyName("A"), .usage),
    (KeyError.wrongPassphrase, .failure), (ClientError.badEntryName("a b"), .usage),
    (ClientError.noSuchScope(client: "a", scope: "b", known: []), .usage),
    (ClientError.notUnderstood(path: "a", line: 1, column: 2, reason: "b"), .failure),
    (ClientError.entryExists(path: "a", key: "b", command: "c"), .failure),
    (ClientError.changedMeanwhile(path: "a"), .failure),
    (ClientError.file(FileError(operation: "write", path: "a", reason: .noSpace)), .noSpace),
    (OwnReleaseError.doesNotWork(version: "1", reasons: ["a"]), .canaryFailed),
    (OwnReleaseError.wentBack(from: "2", to: "1", reasons: ["a"]), .rolledBack),
    (OwnReleaseError.noRepository(known: []), .usage), (OwnReleaseError.notAdopted, .failure),
    (OwnReleaseError.adopted(version: "1"), .failure), (OwnReleaseError.noProgram(version: "1", path: "a"), .failure),
    (OwnReleaseError.placeTaken(path: "a"), .failure),
    (UpdatingError.nothingToUndo(plugin: "a/b", since: nil), .failure),
    (UpdatingError.cannotReadState(plugin: "a/b", version: "2", reads: [2], present: 1), .failure),
    (UpdatingError.cannotKeepState(plugin: "a/b", version: "1", reads: [0], present: 1), .failure),
    (UpdatingError.snapshotDiffers(plugin: "a/b", version: "1", snapshot: 1, what: "permissions"), .digestMismatch),
    (UpdatingError.noLongerOffered(plugin: "a/b", version: "1"), .failure),
    (UpdatingError.canaryAborted(plugin: "a/b", version: "1", remark: "me"), .inconclusive),
    (UpdatingError.noCanary(plugin: "a/b", wanted: "running", found: []), .failure),
    (UpdatingError.evidenceMissing(plugin: "a/b", version: "1", keys: "key 1", reasons: ["c"]), .badSignature),
    (UpdatingError.noTools(plugin: "a/b", reasons: []), .failure),
    (SecretError.noStore(reasons: ["a"]), .failure),
    (SecretError.unknownKey(plugin: "a/b", key: "c", known: []), .usage),
    (SecretError.badValue(key: "a", reason: "b"), .usage),
    (SecretError.notSet(plugin: "a/b", key: "c", known: []), .failure),
    (SecretError.missing(plugin: "a/b", key: "c", store: nil), .failure),
    (SecretError.service(operation: "a", reason: "b"), .failure), (SecretError.keyring(.full), .failure),
    (PolicyError.belowMinimum(plugin: "a/b", version: "1", sequence: 1, minimum: 2), .failure),
    (PolicyError.soakTooShort(plugin: "a/b", asked: "1h", required: "24h", skip: .nobody), .usage),
    (PolicyError.badMark(plugin: "a/b", version: "1", reason: "c"), .usage),
    (PolicyError.stillConnected(plugin: "a/b", entries: ["c"]), .needsApproval),
    (PolicyError.running(plugin: "a/b", sessions: 1), .needsApproval),
    (PolicyError.leftStateUnreadable(plugin: "a/b", version: "1", reads: [0], present: 1), .failure),
    (SettingsError.noSuchSetting(offered: "a", nearest: nil), .usage),
    (SettingsError.badVariable(name: "A", offered: "b", rule: "be c"), .usage),
    (EvidenceError.otherComment(offered: "a", needed: "b"), .badSignature),
    (EvidenceError.otherRelease(offered: "a", needed: "b"), .digestMismatch),
    (EvidenceError.tooLong(offered: 2, limit: 1), .failure),
    (PublishingError.noVerdict(plugin: "a/b", version: "1"), .failure),
    (PublishingError.signaturesMissing([]), .thresholdNotMet), (PublishingError.badRequest(reason: "a"), .failure),
    (PublishingError.requestStale(role: "a", requested: 1, current: 2), .failure),
    (PublishingError.unknownRole(offered: "a", known: []), .usage),
    (TUFError.missingSignatures(role: .root, needed: 2, have: 1, keyIDs: []), .thresholdNotMet),
    (OfflineError.foreign("a", trusted: []), .badSignature),
    (OfflineError.signature(path: "a", .badSignature(key: "A")), .badSignature),
    (OfflineError.partiesDisagree(path: "a", channel: "b", bundles: "c"), .digestMismatch),
    (OfflineError.notHeld("a", asked: ["b"], held: []), .network),
    (OfflineError.notOffline("a", reason: "b"), .failure),
    (OfflineError.otherRepository("a", asked: "b", offered: "c"), .usage),
    (OfflineError.noBundle(plugin: "a", version: "1", platform: "any", offered: []), .usage),
    (OfflineError.noFirstRoot, .failure), (OfflineError.missing(path: "a"), .failure),
    (OfflineError.notOffered(plugin: "a", channel: "b"), .failure),
    (OfflineError.file(FileError(operation: "write", path: "a", reason: .noSpace)), .noSpace),
    (TransferError.notInFile(url: "http://a", file: "b"), .network),
    (CommandError.requestExists(path: "a"), .failure), (CommandError.noKeyAsked(known: []), .failure),
  ]

  @Test(arguments: errors.indices)
  func `each error has its code`(index: Int) {
    #expect(Code(for: Self.errors[index].0) == Self.errors[index].1)
  }

  /// Every command that can be run, with its name.
  static let commands: [any ParsableCommand.Type] = {
    var found: [any ParsableCommand.Type] = []
    var waiting = CommandList.groups.flatMap(\.subcommands)
    while let command = waiting.popLast() {
      let inner = command.configuration.subcommands
      if inner.isEmpty { found.append(command) } else { waiting += inner }
    }
    return found
  }()

  @Test(arguments: commands.indices)
  func `every command documents its exit codes, ends with two examples and takes --json`(index: Int) throws {
    let command = Self.commands[index]
    let discussion = command.configuration.discussion
    #expect(discussion.contains("EXIT CODES:"), "\(command)")
    let parts = discussion.split(separator: "EXAMPLES:\n")
    #expect(parts.count == 2, "\(command)")
    #expect((parts.last ?? "").split(separator: "\n").count { $0.hasPrefix("  serin ") } >= 2, "\(command)")
    #expect(command.helpMessage(columns: 100).contains("--json"), "\(command)")
    #expect(!command.configuration.abstract.isEmpty)
  }
}
