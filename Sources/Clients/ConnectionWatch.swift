import Platform
package import Signing
import StrictJSON
package import SystemPackage

/// What became of an entry that Serin made.
package enum ConnectionState: Hashable, Sendable {
  /// It says what it said.
  case asWritten
  /// Somebody changed what it starts; the command line of now, with secrets blanked out.
  case changed(command: String)
  /// Somebody took it away.
  case removed
  /// It starts a program that is not there.
  case programMissing(path: String)
  /// The file cannot be read.
  case unreadable(reason: String)
}

extension ClientDesk {
  /// Looks whether an entry that Serin made was changed or removed behind its back.
  ///
  /// - Parameters:
  ///   - digest: what the entry said when it was made.
  /// - Returns: a judgement; a file that cannot be read is one, too.
  package func state(
    of key: String, in client: AIClient, at path: FilePath, digest: SHA256Digest
  ) -> ConnectionState {
    do throws(ClientError) {
      guard let found = try entries(of: client, at: path)[key] else { return .removed }
      guard Self.digest(of: found) == digest else { return .changed(command: EntryWords.line(found)) }
      guard let program = found["command"]?.stringValue else { return .asWritten }
      let isThere = (try? files.open(FilePath(program))) != nil
      return isThere ? .asWritten : .programMissing(path: program)
    } catch {
      return .unreadable(reason: error.description)
    }
  }

  /// The entries of a client that start a plugin through Serin, by full or short name.
  package func connections(
    to name: String, of client: AIClient, at path: FilePath
  ) throws(ClientError) -> [(key: String, plugin: String)] {
    try entries(of: client, at: path).members.compactMap { member in
      guard let plugin = ClientEntry.plugin(startedBy: member.value),
        plugin == name || plugin.split(separator: "/").last.map(String.init) == name
      else { return nil }
      return (member.key, plugin)
    }
  }
}

/// What an entry starts, in a line for people.
enum EntryWords {
  /// The command line or address of an entry, with stars in the place of secrets.
  static func line(_ entry: JSON) -> String {
    let url = (entry["url"] ?? entry["serverUrl"] ?? entry["httpUrl"])?.stringValue
    if let url { return SecretSigns.places(in: entry).contains("url") ? withoutSecrets(url) : url }
    guard let command = entry["command"] else { return "nothing that is known" }
    // Zed once wrote the command as an object of its own.
    let name = command.stringValue ?? command["path"]?.stringValue ?? "?"
    let arguments = (entry["args"] ?? command["args"])?.arrayValue?.map { $0.stringValue ?? "?" } ?? []
    let shown = arguments.indices.map { index -> String in
      guard SecretSigns.isSecret(argument: index, of: arguments) else { return arguments[index] }
      guard let equals = arguments[index].firstIndex(of: "=") else { return "•••" }
      return arguments[index][...equals] + "•••"
    }
    return CommandWords.line([name] + shown)
  }

  /// An address as far as its host.
  private static func withoutSecrets(_ url: String) -> String {
    guard let scheme = url.firstRange(of: "://") else { return "•••" }
    let authority = url[scheme.upperBound...].prefix { $0 != "/" && $0 != "?" }
    let host = authority.lastIndex(of: "@").map { authority[authority.index(after: $0)...] } ?? authority
    return url[..<scheme.upperBound] + host + "/•••"
  }
}
