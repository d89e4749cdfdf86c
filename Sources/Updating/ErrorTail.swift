import Canary
import Releases
import Storage
import Synchronization

/// The end of a candidate's standard error, kept in the ledger whenever it changed.
final class ErrorTail: Sendable {
  private let ledger: Ledger
  private let run: Int64
  private let bytes = Mutex<[UInt8]>([])

  init(ledger: Ledger, run: Int64) {
    self.ledger = ledger
    self.run = run
  }

  /// What came last.
  var last: [UInt8] { bytes.withLock { $0 } }

  /// Notes the end of standard error; a ledger that cannot be written is found out by the samples.
  @Sendable func note(_ tail: [UInt8]) async {
    let isNew = bytes.withLock { bytes in
      guard !tail.isEmpty, bytes != tail else { return false }
      bytes = tail
      return true
    }
    if isNew { try? ledger.keepErrorTail(EvidenceFigures.plainLines(tail), of: run) }
  }
}
