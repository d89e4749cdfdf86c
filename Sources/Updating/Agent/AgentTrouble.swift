import Canary
import Platform
import Releases
import Sandbox
import Signing
import Storage
import TUF

/// What an error means for the work of an agent: a word for it, and whether trying again soon makes sense.
struct AgentTrouble: Equatable {
  /// The word of the note.
  let word: String
  /// Whether it may be different in a minute.
  let isPassing: Bool
  /// Whether the history tells of it; a network that is away for a while is no event of a plugin.
  let isTold: Bool

  private init(_ word: String, isPassing: Bool = false, isTold: Bool = true) {
    self.word = word
    self.isPassing = isPassing
    self.isTold = isTold
  }

  init(_ error: any Error) {
    self =
      switch error {
      case is CancellationError: AgentTrouble("stopped", isPassing: true, isTold: false)
      case TransferError.file(let error): AgentTrouble(error)
      case is TransferError: AgentTrouble("network", isPassing: true, isTold: false)
      case LockError.locked, StorageError.locked: AgentTrouble("busy", isPassing: true, isTold: false)
      case StorageError.file(let error), LockError.file(let error), SandboxError.file(let error): AgentTrouble(error)
      case let error as FileError: AgentTrouble(error)
      case is SandboxError: AgentTrouble("no-sandbox", isPassing: true)
      case let error as UpdatingError: Self.of(error)
      case let error as TUFError: AgentTrouble(error.kind == .expired ? "expired" : "repository-refused")
      default: AgentTrouble("failed", isPassing: true)
      }
  }

  private init(_ error: FileError) {
    self =
      error.reason == .noSpace ? AgentTrouble("no-space", isPassing: true) : AgentTrouble("failed", isPassing: true)
  }

  private static func of(_ error: UpdatingError) -> AgentTrouble {
    switch error {
    case .canaryFailed: AgentTrouble("canary-failed")
    case .canaryInconclusive: AgentTrouble("inconclusive")
    case .canaryAborted: AgentTrouble("canary-ended")
    case .needsApproval: AgentTrouble("needs-approval")
    case .missingConfiguration: AgentTrouble("needs-configuration")
    case .evidenceMissing: AgentTrouble("evidence-missing")
    case .heldBack: AgentTrouble("held-back")
    case .yanked: AgentTrouble("skipped")
    case .rolledBack: AgentTrouble("rolled-back")
    case .cannotReadState: AgentTrouble("state-unreadable")
    case .sequenceRollback, .partiesDisagree, .wrongManifest, .wrongDownload, .bundleNotTrusted:
      AgentTrouble("repository-refused")
    default: AgentTrouble("failed", isPassing: true)
    }
  }
}
