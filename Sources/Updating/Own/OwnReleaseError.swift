package import Signing

/// Why this program could not be replaced by another release of itself.
package enum OwnReleaseError: SerinError, Equatable {
  /// No repository was named, and none was named before.
  case noRepository(known: [String])
  /// It is not installed by itself, so that there is nothing to go back to.
  case notAdopted
  /// It is installed by itself already.
  case adopted(version: String)
  /// A release holds no program.
  case noProgram(version: String, path: String)
  /// A release was tried before it was switched to, and does not work on this machine.
  case doesNotWork(version: String, reasons: [String])
  /// A release was switched to, did not work in its place, and the one before came back.
  case wentBack(from: String, to: String, reasons: [String])
  /// Something else lies where the link to the program should be.
  case placeTaken(path: String)

  package var description: String {
    switch self {
    case .noRepository(let known):
      "no repository was named that may replace this program, of "
        + (known.isEmpty ? "none that are trusted" : known.joined(separator: ", "))
    case .notAdopted: "this program was not installed by itself, so that there is nothing here to switch"
    case .adopted(let version): "this program is in its own care already, with release \(version)"
    case .noProgram(let version, let path): "release \(version) holds no program \(path) that can be run"
    case .doesNotWork(let version, let reasons):
      "release \(version) does not work on this machine: \(reasons.joined(separator: "; "))"
    case .wentBack(let from, let to, let reasons):
      "release \(from) did not work in its place, and \(to) is back: \(reasons.joined(separator: "; "))"
    case .placeTaken(let path): "\(path) is a folder, where the link to the program should be"
    }
  }

  package var blame: Blame {
    switch self {
    case .noRepository, .notAdopted, .adopted, .placeTaken: .user
    case .noProgram: .repository
    case .doesNotWork, .wentBack: .machine
    }
  }

  package var help: String? {
    switch self {
    case .noRepository: "name it once with --repository; what may bring plugins may not bring this program unasked"
    case .notAdopted: "`serin self-update --adopt --repository URL` puts it into its own care"
    case .adopted: "take newer releases with `serin self-update`"
    case .noProgram: "nothing was changed; tell its publisher"
    case .doesNotWork: "nothing was changed; tell its publisher what is wrong with it"
    case .wentBack: "a hold keeps it away; `serin self-update --undo` brings it back"
    case .placeTaken: "name another place with --link"
    }
  }
}
