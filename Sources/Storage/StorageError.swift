package import Platform
package import Signing
package import SystemPackage

/// Why something could not be kept, switched or brought back.
package enum StorageError: SerinError, Equatable {
  /// The machine refused a file operation.
  case file(FileError)
  /// Another process holds the host or the plugin.
  case locked(path: FilePath, holder: String)

  /// A path of the host's folder is a file where a folder must be, or the other way round.
  case unexpectedKind(path: FilePath, expected: String)
  /// A small file of the host's folder does not hold what it must.
  case damaged(path: FilePath, reason: String)
  /// A name cannot be used as a part of a path.
  case unusableName(String)

  /// The staged bytes of a file are not those that the bundle manifest names.
  case digestMismatch(path: String, expected: SHA256Digest, found: SHA256Digest)
  /// A file has more or fewer bytes than the bundle manifest says.
  case sizeMismatch(path: String, expected: Int64, found: Int64)
  /// A file was offered that the bundle manifest does not list, or that was offered before.
  case notExpected(path: String)
  /// Files of the bundle manifest never came; at most ten are named.
  case missingFiles(count: Int, first: [String])
  /// The manifest that was given is not the one whose tree is meant.
  case manifestMismatch(tree: SHA256Digest, found: SHA256Digest)

  /// No complete tree of this name is here.
  case noTree(name: String)
  /// Nothing is switched on for this plugin.
  case nothingCurrent(plugin: String)
  /// No kept snapshot fits what was asked for.
  case noSnapshot(wanted: String, kept: [String])
  /// The plugin is not installed on this host.
  case notInstalled(plugin: String)

  /// The state holds more than a copy may hold.
  case stateTooLarge(what: String, limit: Int64)
  /// Something below the state changed into something else while it was copied.
  case stateChanged(path: FilePath)
  /// An interrupted switch could not be brought to an end in the allowed number of tries.
  case recoveryExhausted(plugin: String, attempts: Int)

  /// The ledger cannot be opened or read.
  case ledgerUnusable(path: FilePath, reason: String)
  /// The ledger was written by a newer program.
  case ledgerTooNew(path: FilePath)
  /// A row of the ledger does not hold what it must.
  case ledgerRow(table: String, reason: String)

  /// One sentence: what is wrong and why.
  package var description: String {
    switch self {
    case .file(let error): error.description
    case .locked(let path, let holder): "\(path) is locked by \(holder)"
    case .unexpectedKind(let path, let expected): "\(path) is not \(expected)"
    case .damaged(let path, let reason): "\(path) is damaged: \(reason)"
    case .unusableName(let name): "the name \(name.debugDescription) cannot be part of a path"
    case .digestMismatch(let path, let expected, let found):
      "\(path) does not have the content that was signed: expected SHA-256 \(expected), found \(found)"
    case .sizeMismatch(let path, let expected, let found):
      "\(path) does not have the size that was signed: expected \(expected) bytes, found \(found)"
    case .notExpected(let path): "\(path) is not listed in the bundle manifest, or came twice"
    case .missingFiles(let count, let first):
      "\(count) files of the bundle manifest are missing, among them \(first.joined(separator: ", "))"
    case .manifestMismatch(let tree, let found):
      "the bundle manifest of tree \(tree) describes another tree, \(found)"
    case .noTree(let name): "no complete tree \(name) is on this host"
    case .nothingCurrent(let plugin): "no release of \(plugin) is switched on"
    case .noSnapshot(let wanted, let kept):
      kept.isEmpty
        ? "there is no snapshot for \(wanted): none is kept"
        : "there is no snapshot for \(wanted); kept are \(kept.joined(separator: ", "))"
    case .notInstalled(let plugin): "\(plugin) is not installed"
    case .stateTooLarge(let what, let limit): "the plugin's state is too large to copy: more than \(limit) \(what)"
    case .stateChanged(let path): "\(path) was replaced while the plugin's state was copied"
    case .recoveryExhausted(let plugin, let attempts):
      "an interrupted switch of \(plugin) could not be finished or undone in \(attempts) attempts"
    case .ledgerUnusable(let path, let reason): "the ledger \(path) cannot be used: \(reason)"
    case .ledgerTooNew(let path): "the ledger \(path) was written by a newer version of this program"
    case .ledgerRow(let table, let reason): "the ledger's table \(table) holds an unreadable row: \(reason)"
    }
  }

  /// Who can do something about it.
  package var blame: Blame {
    switch self {
    case .digestMismatch, .sizeMismatch, .notExpected, .missingFiles, .manifestMismatch: .repository
    case .noTree, .nothingCurrent, .noSnapshot, .notInstalled, .unusableName: .user
    case .stateTooLarge, .stateChanged: .plugin
    default: .machine
    }
  }

  /// What to do next, where there is something to advise.
  package var help: String? {
    switch self {
    case .file(let error): error.help
    case .locked: "wait until the other process has finished and try again"
    case .damaged, .noTree, .unexpectedKind:
      "run `serin verify` to see what is damaged; installing again repairs a tree"
    case .digestMismatch, .sizeMismatch, .notExpected, .missingFiles, .manifestMismatch:
      "nothing was installed; tell the publisher if it happens again"
    case .noSnapshot: "run `serin history` to see what can be brought back"
    case .notInstalled, .nothingCurrent: "run `serin list` to see what is installed"
    case .stateChanged: "stop the plugin and try again"
    case .stateTooLarge: "remove what the plugin no longer needs from its state"
    case .recoveryExhausted: "free space, check the disk and the owner of the files, then try again"
    case .ledgerUnusable:
      "move the ledger away to start a new one: what is installed and runs does not depend on it, history is lost"
    case .ledgerTooNew: "update this program"
    case .ledgerRow, .unusableName: nil
    }
  }
}
