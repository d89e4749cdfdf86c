package import Signing

/// Why no passphrase could be read.
package enum PassphraseError: SerinError, Equatable {
  /// This process has no terminal to ask at.
  case noTerminal
  /// The person gave up (Ctrl-C or Ctrl-D).
  case cancelled
  /// The passphrase is longer than the limit in bytes.
  case tooLong(limit: Int)
  /// There was nothing to read.
  case empty
  /// The file or descriptor could not be read.
  case file(FileError)

  /// One sentence: what failed and why.
  package var description: String {
    switch self {
    case .noTerminal: "there is no terminal to ask for the passphrase"
    case .cancelled: "no passphrase was given"
    case .tooLong(let limit): "the passphrase is longer than \(limit) bytes"
    case .empty: "the passphrase is empty"
    case .file(let error): error.description
    }
  }

  /// Whose fault it is.
  package var blame: Blame {
    switch self {
    case .noTerminal, .file: .machine
    case .cancelled, .tooLong, .empty: .user
    }
  }

  /// What to do next.
  package var help: String? {
    switch self {
    case .noTerminal: "give the passphrase by a file or a descriptor instead"
    case .file(let error): error.help
    default: nil
    }
  }
}
