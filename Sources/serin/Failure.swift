import Signing
import StrictJSON
import TUF

/// Why a command failed, ready to be shown: what and why in one sentence, and what to do next.
struct Failure: Sendable, Equatable {
  /// The exit code.
  let status: ExitStatus
  /// One sentence without a full stop.
  let message: String
  /// What to do next.
  let help: String?

  /// Describes a failure.
  init(_ status: ExitStatus, message: String, help: String? = nil) {
    self.status = status
    self.message = message
    self.help = help
  }

  /// Describes any error: its own words where it is one of ours, the system's otherwise.
  init(_ error: any Error) {
    let ours = error as? any SerinError
    var help = ours?.help
    if case .missingSignatures? = error as? TUFError {
      help =
        "unlock more of these keys; publish, promote, yank and role take --request FILE for keys that are elsewhere"
    }
    self.init(ExitStatus(for: error), message: ours?.description ?? String(describing: error), help: help)
  }

  /// The JSON form, without the schema.
  var json: JSON.Object {
    let error: JSON.Object = [
      "code": .int(Int(status.rawValue)), "kind": .string(status.kind), "message": .string(message),
      "help": help.map { .string($0) } ?? .null,
    ]
    return ["error": .object(error)]
  }

  /// The text form.
  var text: [TextLine] {
    var lines: [TextLine] = [.bad("serin: " + message)]
    if let help { lines.append(.hint("  help: " + help)) }
    return lines
  }
}
