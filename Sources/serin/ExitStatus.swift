/// The exit codes of `serin`, which scripts rely on; they are part of its interface and never change their meaning.
enum ExitStatus: Int32, CaseIterable, Sendable {
  /// Everything went well.
  case ok = 0
  /// Something failed that has no code of its own.
  case failure = 1
  /// There is nothing to do (only with `--exit-code`).
  case nothingToDo = 2
  /// An update is available (only with `--exit-code`).
  case updateAvailable = 10
  /// A signature is missing, forged or by a key that is not trusted.
  case badSignature = 20
  /// Too few of a role's keys signed.
  case thresholdNotMet = 21
  /// Metadata are older than their own date of expiry.
  case expired = 22
  /// Something older was offered than what was trusted before.
  case rollbackAttack = 23
  /// Bytes are not those that were signed.
  case digestMismatch = 24
  /// The canary judged the release and it did not pass.
  case canaryFailed = 30
  /// The canary could not come to a judgement.
  case inconclusive = 31
  /// A person has to agree first.
  case needsApproval = 32
  /// A new release was switched off again by itself.
  case rolledBack = 40
  /// Another process holds the lock.
  case locked = 50
  /// The command line makes no sense.
  case usage = 64
  /// The network or the server failed.
  case network = 69
  /// The disk is full.
  case noSpace = 73

  /// A word for programs, as in the `kind` of a JSON error.
  var kind: String {
    switch self {
    case .ok: "ok"
    case .failure: "failure"
    case .nothingToDo: "nothing-to-do"
    case .updateAvailable: "update-available"
    case .badSignature: "bad-signature"
    case .thresholdNotMet: "threshold-not-met"
    case .expired: "expired"
    case .rollbackAttack: "rollback-attack"
    case .digestMismatch: "digest-mismatch"
    case .canaryFailed: "canary-failed"
    case .inconclusive: "inconclusive"
    case .needsApproval: "needs-approval"
    case .rolledBack: "rolled-back"
    case .locked: "locked"
    case .usage: "usage"
    case .network: "network"
    case .noSpace: "no-space"
    }
  }

  /// What the code means, in a few words, for help texts.
  var meaning: String {
    switch self {
    case .ok: "ok"
    case .failure: "failure"
    case .nothingToDo: "nothing to do (with --exit-code)"
    case .updateAvailable: "update available (with --exit-code)"
    case .badSignature: "bad signature"
    case .thresholdNotMet: "threshold not met"
    case .expired: "expired metadata"
    case .rollbackAttack: "rollback attack"
    case .digestMismatch: "digest mismatch"
    case .canaryFailed: "canary failed"
    case .inconclusive: "canary inconclusive"
    case .needsApproval: "needs approval"
    case .rolledBack: "rolled back by itself"
    case .locked: "locked by another process"
    case .usage: "usage"
    case .network: "network"
    case .noSpace: "no space"
    }
  }
}
