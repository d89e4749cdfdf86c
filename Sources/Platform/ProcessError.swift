package import Signing

/// Why a child process could not do its work.
package enum ProcessError: SerinError, Equatable {
  /// There is no such program.
  case notFound(executable: String)
  /// The program could not be started.
  case cannotStart(executable: String, reason: String)
  /// The program was not done when its time was up, and was ended.
  case timedOut(executable: String, after: Duration)
  /// The program wrote more than the limit in bytes, and was ended.
  case outputTooLarge(executable: String, limit: Int)
  /// The program does not take its input any more.
  case inputClosed(executable: String)
  /// The program did not read its input within the time.
  case inputStuck(executable: String, after: Duration)
  /// The task was cancelled, and the program was ended.
  case cancelled(executable: String)
  /// The machine failed while the program ran.
  case failed(executable: String, reason: String)
  /// A test ran a command that its script does not hold.
  case unscripted(executable: String)

  /// One sentence: what failed and why.
  package var description: String {
    switch self {
    case .notFound(let executable): "the program \(executable) was not found"
    case .cannotStart(let executable, let reason): "the program \(executable) could not be started: \(reason)"
    case .timedOut(let executable, let after): "the program \(executable) was not done after \(after) and was ended"
    case .outputTooLarge(let executable, let limit):
      "the program \(executable) wrote more than \(limit) bytes and was ended"
    case .inputClosed(let executable): "the program \(executable) no longer reads its input"
    case .inputStuck(let executable, let after): "the program \(executable) did not read its input for \(after)"
    case .cancelled(let executable): "the program \(executable) was ended because the work was cancelled"
    case .failed(let executable, let reason): "the program \(executable) could not be followed: \(reason)"
    case .unscripted(let executable): "the test's script holds nothing for the program \(executable)"
    }
  }

  /// Whose fault it is.
  package var blame: Blame {
    switch self {
    case .notFound, .cannotStart, .failed, .unscripted: .machine
    case .timedOut, .outputTooLarge, .inputClosed, .inputStuck: .plugin
    case .cancelled: .user
    }
  }

  /// What to do next.
  package var help: String? {
    switch self {
    case .notFound(let executable): "install \(executable) or check PATH"
    default: nil
    }
  }
}
