import Bundles
import Canary
import Clients
import Offline
import Platform
import Publishing
import ReleaseServer
import Sandbox
import Signing
import Storage
import TUF
import Updating

extension ExitStatus {
  /// The code for any error: the one switch from errors to codes.
  init(for error: any Error) {
    self =
      switch error {
      case is SignatureError: .badSignature
      case let error as BundleError: Self.of(error)
      case let error as TransferError: Self.of(error)
      case let error as FileError: Self.of(error)
      case let error as LockError: Self.of(error)
      case let error as IndexError: Self.of(error)
      case is ServeError: .network
      case let error as TUFError: Self.of(error)
      case let error as StorageError: Self.of(error)
      case SandboxError.file(let error): Self.of(error)
      case let error as UpdatingError: Self.of(error)
      case let error as OwnReleaseError: Self.of(error)
      case let error as PolicyError: Self.of(error)
      case is SettingsError: .usage
      case let error as PublishingError: Self.of(error)
      case let error as OfflineError: Self.of(error)
      case let error as EvidenceError: Self.of(error)
      case let error as ClientError: Self.of(error)
      case let error as SecretError: Self.of(error)
      case let error as CommandError: Self.of(error)
      default: .failure
      }
  }

  private static func of(_ error: TUFError) -> ExitStatus {
    // Too few keys at the publisher is the same as too few signatures at the host.
    if case .missingSignatures = error { return .thresholdNotMet }
    return switch error.kind {
    case .badSignature: .badSignature
    case .threshold: .thresholdNotMet
    case .expired: .expired
    case .rollback: .rollbackAttack
    case .digest: .digestMismatch
    default: .failure
    }
  }

  private static func of(_ error: StorageError) -> ExitStatus {
    switch error {
    case .file(let error): of(error)
    case .locked: .locked
    case .digestMismatch, .sizeMismatch, .missingFiles, .manifestMismatch, .notExpected: .digestMismatch
    default: .failure
    }
  }

  private static func of(_ error: UpdatingError) -> ExitStatus {
    switch error {
    case .rootNotPinned, .bundleNotTrusted, .evidenceMissing: .badSignature
    case .sequenceRollback: .rollbackAttack
    case .partiesDisagree, .wrongDownload, .wrongManifest, .treeChanged, .snapshotDiffers: .digestMismatch
    case .canaryFailed: .canaryFailed
    case .canaryInconclusive, .canaryAborted: .inconclusive
    case .rolledBack: .rolledBack
    case .needsApproval: .needsApproval
    case .otherAgent: .locked
    case .badURL, .missingConfiguration, .unknownConfiguration: .usage
    default: .failure
    }
  }

  private static func of(_ error: OwnReleaseError) -> ExitStatus {
    switch error {
    case .doesNotWork: .canaryFailed
    case .wentBack: .rolledBack
    case .noRepository: .usage
    case .notAdopted, .adopted, .noProgram, .placeTaken: .failure
    }
  }

  private static func of(_ error: PolicyError) -> ExitStatus {
    switch error {
    case .soakTooShort, .badMark: .usage
    case .stillConnected, .running: .needsApproval
    case .belowMinimum, .leftStateUnreadable: .failure
    }
  }

  private static func of(_ error: PublishingError) -> ExitStatus {
    switch error {
    case .policyRefuses: .needsApproval
    case .signaturesMissing: .thresholdNotMet
    case .unknownRole: .usage
    case .wrongBundle: .digestMismatch
    default: .failure
    }
  }

  private static func of(_ error: OfflineError) -> ExitStatus {
    switch error {
    case .file(let error): of(error)
    case .foreign, .signature: .badSignature
    case .partiesDisagree: .digestMismatch
    case .noBundle, .otherRepository: .usage
    // The file stands where the network would: what it does not hold cannot be reached.
    case .notHeld: .network
    case .notOffline, .noFirstRoot, .notOffered, .missing: .failure
    }
  }

  private static func of(_ error: EvidenceError) -> ExitStatus {
    switch error {
    case .signature, .otherComment: .badSignature
    case .otherRelease: .digestMismatch
    case .tooLong, .unreadable: .failure
    }
  }

  private static func of(_ error: FileError) -> ExitStatus {
    error.reason == .noSpace ? .noSpace : .failure
  }

  private static func of(_ error: LockError) -> ExitStatus {
    switch error {
    case .locked: .locked
    case .file(let error): of(error)
    }
  }

  private static func of(_ error: BundleError) -> ExitStatus {
    switch error {
    case .signature, .unsigned, .wrongTrustedComment: .badSignature
    case .wrongLength, .wrongDigest, .wrongContent, .damagedTree: .digestMismatch
    case .file(let error): of(error)
    case .archive(let error): ExitStatus(for: error)
    case .noKey, .unclearPlatform, .noPluginName, .outputInsideSource: .usage
    default: .failure
    }
  }

  private static func of(_ error: TransferError) -> ExitStatus {
    switch error {
    case .file(let error): of(error)
    case .badAddress: .usage
    case .library, .unscripted, .cancelled: .failure
    default: .network
    }
  }

  private static func of(_ error: IndexError) -> ExitStatus {
    switch error {
    case .digestMismatch: .digestMismatch
    default: .failure
    }
  }

  private static func of(_ error: ClientError) -> ExitStatus {
    switch error {
    case .file(let error): of(error)
    case .noSuchScope, .badEntryName: .usage
    default: .failure
    }
  }

  private static func of(_ error: SecretError) -> ExitStatus {
    switch error {
    case .unknownKey, .badValue: .usage
    case .noStore, .service, .keyring, .missing, .notSet: .failure
    }
  }

  private static func of(_ error: CommandError) -> ExitStatus {
    switch error {
    case .confirmationNeeded, .wrongConfirmation: .needsApproval
    case .badKeyName, .badValue: .usage
    default: .failure
    }
  }
}
