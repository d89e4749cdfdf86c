import Canary
import Releases
import Signing
import StrictJSON

/// What the commands about canaries say alike.
enum CanaryText {
  /// The exit code of a canary that is over; one that is not has no verdict.
  static func exitStatus(of account: CanaryAccount) -> ExitStatus {
    switch account.state {
    case .passed: .ok
    case .failed: .canaryFailed
    case .inconclusive, .aborted, .running: .inconclusive
    }
  }

  /// What it came to, coloured.
  static func headline(_ account: CanaryAccount) -> TextLine {
    switch account.state {
    case .passed: .good(account.headline)
    case .failed, .inconclusive, .aborted: .bad(account.headline)
    case .running: .heading(account.headline)
    }
  }

  /// The canary for programs: the whole record, and what the record cannot say.
  static func json(_ account: CanaryAccount) -> JSON.Object {
    let record = (try? JSON.parse(account.evidence.encoded())) ?? .null
    return [
      "state": .string(account.state.rawValue), "watched": .bool(account.isWatched),
      "headline": .string(account.headline), "remark": .string(account.remark),
      "waits": .strings(account.waits), "next": .strings(account.next),
      "digest": account.digest.map { .string($0.hex) } ?? .null,
      "signer": account.signer.map { .string($0) } ?? .null, "record": record,
    ]
  }
}
