package import Platform
package import Signing

/// Why a client's configuration was not touched; every case carries both sides.
package enum ClientError: SerinError, Equatable {
  /// A file is not what its client could read.
  case notUnderstood(path: String, line: Int, column: Int, reason: String)
  /// A file is well-formed, but what should be a list of servers is something else.
  case wrongShape(path: String, what: String, needed: String)
  /// What lies at the path is no ordinary file.
  case notAFile(path: String)
  /// The file has several names, which an atomic replacement would tear apart.
  case severalNames(path: String, names: Int)
  /// An entry of this name is there, and it starts something else.
  case entryExists(path: String, key: String, command: String)
  /// There is no such entry to take away.
  case noEntry(path: String, key: String)
  /// The entry of this name was not made by Serin.
  case foreignEntry(path: String, key: String, command: String)
  /// The file is not any more what was shown.
  case changedMeanwhile(path: String)
  /// The client does not know this scope.
  case noSuchScope(client: String, scope: String, known: [String])
  /// An entry cannot be called so.
  case badEntryName(String)
  /// The edit would have changed something else, and was not made.
  case editNotExact(path: String, key: String)
  /// The client's own command failed.
  case commandFailed(command: String, code: Int, message: String)
  /// The client's own command ended well, and its file does not say what it should.
  case commandWithoutEffect(command: String, path: String, key: String)
  /// No installed plugin is known to be what an entry starts.
  case nothingToAdopt(key: String, command: String, offered: [String])
  /// A file could not be read or written.
  case file(FileError)
  /// The client's own command could not be run.
  case process(ProcessError)

  package var blame: Blame {
    switch self {
    case .file(let error): error.blame
    case .process(let error): error.blame
    case .editNotExact, .commandFailed, .commandWithoutEffect, .changedMeanwhile: .machine
    default: .user
    }
  }

  package var description: String {
    switch self {
    case .notUnderstood(let path, let line, let column, let reason):
      "\(path) cannot be read: line \(line), column \(column): \(reason)"
    case .wrongShape(let path, let what, let needed): "in \(path) \(what) is no \(needed)"
    case .notAFile(let path): "\(path) is no ordinary file"
    case .severalNames(let path, let names): "\(path) has \(names) names, which a replacement would tear apart"
    case .entryExists(let path, let key, let command):
      "\(path) has an entry \(key) already, and it starts something else: \(command)"
    case .noEntry(let path, let key): "\(path) has no entry \(key)"
    case .foreignEntry(let path, let key, let command):
      "the entry \(key) in \(path) does not start Serin but \(command)"
    case .changedMeanwhile(let path): "\(path) is not any more what was shown"
    case .noSuchScope(let client, let scope, let known):
      "\(client) has no configuration for a \(scope), only for: \(known.joined(separator: ", "))"
    case .badEntryName(let name):
      "\"\(name)\" cannot name an entry: 1 to 64 letters, digits, '-' and '_', a letter or digit first"
    case .editNotExact(let path, let key): "editing \(key) in \(path) would change something else as well"
    case .commandFailed(let command, let code, let message):
      "\(command) ended with \(code)\(message.isEmpty ? "" : ": " + message)"
    case .commandWithoutEffect(let command, let path, let key):
      "\(command) ended well, and \(path) does not hold the entry \(key) as asked for"
    case .nothingToAdopt(let key, let command, let offered):
      offered.isEmpty
        ? "no trusted repository carries a plugin named like what \(key) starts: \(command)"
        : "what \(key) starts might be \(offered.joined(separator: " or ")), which is not installed"
    case .file(let error): error.description
    case .process(let error): error.description
    }
  }

  package var help: String? {
    switch self {
    case .notUnderstood: "nothing was changed; mend the file and try again"
    case .wrongShape, .notAFile: "nothing was changed; look at the file"
    case .severalNames: "nothing was changed; remove the other names, or edit the file by hand"
    case .entryExists: "--replace writes over it, --as chooses another name"
    case .noEntry: "`serin adopt` shows what the clients start"
    case .foreignEntry: "nothing was changed; only entries that start Serin are taken away"
    case .changedMeanwhile: "nothing was changed; look at the difference again"
    case .editNotExact: "nothing was changed; please tell us what the file looks like"
    case .commandFailed, .commandWithoutEffect: "--edit edits the file instead of calling the client"
    case .nothingToAdopt(_, _, let offered):
      offered.first.map { "install it with `serin install \($0)`, then try again" }
        ?? "--plugin names the plugin, `serin trust` adds a repository"
    case .file(let error): error.help
    case .process(let error): error.help
    default: nil
    }
  }
}
