import Platform
import Signing
import SystemPackage

/// One call of the program (CLIENT-CLI.md of tuf-conformance).
///
/// It is read by hand: a library for command lines would double the time that the program needs to start.
struct ClientCommand: Equatable {
  /// What is to be done.
  enum Verb: Equatable {
    case initialise(root: FilePath)
    case refresh(metadataURL: String)
    case download(metadataURL: String, targets: [String], targetURL: String, folder: FilePath)
  }

  let metadataFolder: FilePath
  let verb: Verb

  static let usage = """
    usage: tuf-client --metadata-dir DIR init ROOT
           tuf-client --metadata-dir DIR --metadata-url URL refresh
           tuf-client --metadata-dir DIR --metadata-url URL --target-name NAME [--target-name NAME ...] \
    --target-base-url URL --target-dir DIR download
    """

  init(parsing arguments: [String]) throws(UsageError) {
    var options: [String: [String]] = [:]
    var words: [String] = []
    var rest = arguments[...]
    while let word = rest.popFirst() {
      guard word.hasPrefix("--") else {
        words.append(word)
        continue
      }
      guard Self.options.contains(word) else { throw UsageError(reason: "the option \(word) is unknown") }
      guard let value = rest.popFirst() else { throw UsageError(reason: "\(word) needs a value") }
      options[word, default: []].append(value)
    }
    func single(_ name: String) throws(UsageError) -> String {
      guard let values = options[name], let value = values.last, values.count == 1, !value.isEmpty else {
        throw UsageError(reason: "\(name) must be given once")
      }
      return value
    }
    metadataFolder = FilePath(try single("--metadata-dir"))
    switch (words.first, words.count) {
    case ("init", 2): verb = .initialise(root: FilePath(words[1]))
    case ("refresh", 1): verb = .refresh(metadataURL: try single("--metadata-url"))
    case ("download", 1):
      guard let targets = options["--target-name"] else { throw UsageError(reason: "--target-name must be given") }
      verb = .download(
        metadataURL: try single("--metadata-url"), targets: targets, targetURL: try single("--target-base-url"),
        folder: FilePath(try single("--target-dir")))
    default: throw UsageError(reason: "the command must be init, refresh or download")
    }
  }

  private static let options = [
    "--metadata-dir", "--metadata-url", "--target-name", "--target-base-url", "--target-dir",
  ]
}

/// A command line that cannot be understood.
struct UsageError: SerinError, Equatable {
  let reason: String
  var description: String { "\(reason)\n\(ClientCommand.usage)" }
  var blame: Blame { .user }
}
