package import Signing
import StrictJSON
package import SystemPackage

/// What would be done to a client's file, worked out and not yet done.
package struct ConnectionPlan: Sendable {
  /// What would happen.
  enum Step: Sendable {
    /// All is as it should be.
    case nothing
    /// The file gets this content, or goes.
    case edit([UInt8]?, Insertion?)
    /// The client does it itself.
    case command(ClientCommand)
  }

  /// What was asked for.
  package let request: ConnectionRequest
  /// The client's file.
  package let path: FilePath
  /// What the entry starts, for a connection.
  package let entry: ClientEntry?
  /// The difference in the file, with secrets blanked out; empty where the client does it itself.
  package let difference: [String]
  /// What an entry that is written over starts now, with secrets blanked out.
  package let replaced: String?
  let file: ConfigurationFile
  let step: Step

  /// Whether there is nothing to do.
  package var isDone: Bool {
    if case .nothing = step { true } else { false }
  }

  /// The client's own command that would be run.
  package var command: String? {
    if case .command(let command) = step { command.line } else { nil }
  }

  /// Whether the file would be removed, since it was there only for the entry.
  package var removesFile: Bool {
    if case .edit(nil, _) = step { true } else { false }
  }

  /// What really changes, where the client's file is a symbolic link; nil where it is none.
  package var linkTarget: FilePath? { file.target == path ? nil : file.target }

  /// Where the file of before will be kept; nil where there is none, or nothing is written.
  package var backup: FilePath? {
    isDone || file.bytes == nil || removesFile ? nil : file.backup
  }

  /// What around the entry is added with it; known before anything is written.
  package var insertion: Insertion? {
    if case .edit(_, let insertion) = step { insertion } else { nil }
  }

  /// The digest of what the entry will say; nil where the client writes it itself, or it goes.
  package var expected: SHA256Digest? {
    guard case .edit = step, let entry else { return nil }
    return ClientDesk.digest(of: .object(entry.json(for: request.client)))
  }

  /// The digest of exactly this change: of the file before, and of what would be done.
  package var digest: SHA256Digest {
    var bytes = Array(path.string.utf8) + [0] + SHA256Digest.of(file.bytes ?? []).hex.utf8 + [0]
    bytes.append(file.bytes == nil ? 0 : 1)
    switch step {
    case .nothing: break
    case .edit(let content, _): bytes += content.map { Array(SHA256Digest.of($0).hex.utf8) } ?? [0]
    case .command(let command): bytes += command.line.utf8
    }
    return SHA256Digest.of(bytes)
  }
}
