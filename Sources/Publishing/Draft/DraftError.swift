package import Signing

/// Why no permissions could be drafted.
package enum DraftError: SerinError, Equatable {
  /// What a plugin tries cannot be seen on this machine.
  case cannotObserve(reason: String)
  /// The plugin did not answer, whatever it was allowed to read.
  case noAnswer(reason: String)

  /// One sentence: what failed and why.
  package var description: String {
    switch self {
    case .cannotObserve(let reason): "what the plugin tries cannot be observed here: \(reason)"
    case .noAnswer(let reason): "the plugin gave no answer in its sandbox, so that nothing can be said of it: \(reason)"
    }
  }

  /// Whose fault it is.
  package var blame: Blame {
    switch self {
    case .cannotObserve: .machine
    case .noAnswer: .plugin
    }
  }

  /// What to do next.
  package var help: String? {
    switch self {
    case .cannotObserve: "use runc or crun with seccomp on Linux 5.5 or later; serin doctor says what works here"
    case .noAnswer: "see whether it starts from its folder with nothing of its own outside; give settings with --set"
    }
  }
}
