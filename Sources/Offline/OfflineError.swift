package import Platform
package import Signing
package import SystemPackage

/// Why an offline bundle cannot be written, read, or used here.
package enum OfflineError: SerinError, Equatable {
  /// The machine refused a file operation.
  case file(FileError)
  /// The file is not what `serin export` writes.
  case notOffline(FilePath, reason: String)
  /// The repository does not keep its first root, from which strangers begin.
  case noFirstRoot
  /// The repository offers no such plugin in the channel.
  case notOffered(plugin: String, channel: String)
  /// The release has no bundle for a platform that was asked for.
  case noBundle(plugin: String, version: String, platform: String, offered: [String])
  /// The channel and the bundles role name different bytes for one file.
  case partiesDisagree(path: String, channel: String, bundles: String)
  /// The repository lacks a file that it promises.
  case missing(path: String)
  /// The `.minisig` beside a bundle is not by a key that the repository names for bundles.
  case signature(path: String, SignatureError)
  /// None of the file's roots is one by which a repository is trusted here.
  case foreign(FilePath, trusted: [String])
  /// The file belongs to another repository than the one that was named.
  case otherRepository(FilePath, asked: String, offered: String)
  /// The file carries other plugins or channels than what was asked for.
  case notHeld(FilePath, asked: [String], held: [String])

  /// Who has to act.
  package var blame: Blame {
    switch self {
    case .file(let error): error.blame
    case .noFirstRoot, .partiesDisagree, .missing, .signature: .repository
    case .notOffline, .notOffered, .noBundle, .foreign, .otherRepository, .notHeld: .user
    }
  }

  /// What to do next.
  package var help: String? {
    switch self {
    case .file(let error): error.help
    case .notOffline: "nothing of it was believed; have it written anew by `serin export`"
    case .foreign: "trust its repository first: `serin trust URL --from FILE --root ROOT.json`"
    case .notHeld: "`serin export NAME --channel CHANNEL` carries one plugin in the channel that this host follows"
    case .noBundle: "leave out --platform to carry every bundle that there is"
    case .notOffered: "--channel names another channel"
    case .partiesDisagree, .missing, .noFirstRoot: "the repository's owner finds it with `serin doctor`"
    case .signature(_, let error): error.help
    case .otherRepository: nil
    }
  }

  /// One sentence that says what is wrong.
  package var description: String {
    switch self {
    case .file(let error): error.description
    case .notOffline(let path, let reason): "\(path) is not an offline bundle: \(reason)"
    case .noFirstRoot: "the repository does not keep 1.root.json, from which hosts follow it"
    case .notOffered(let plugin, let channel): "\(plugin) is not offered in \(channel)"
    case .noBundle(let plugin, let version, let platform, let offered):
      "\(plugin) \(version) has no bundle for \(platform), only for \(offered.joined(separator: ", "))"
    case .partiesDisagree(let path, let channel, let bundles):
      "the channel promises …\(channel.suffix(6)) for \(path), the bundles role …\(bundles.suffix(6))"
    case .missing(let path): "the repository promises \(path) and does not have it"
    case .signature(let path, let error): "the signature of \(path) is refused: \(error)"
    case .foreign(let path, let trusted):
      trusted.isEmpty
        ? "no repository is trusted here, so nothing in \(path) can be believed"
        : "\(path) comes from none of the repositories trusted here (\(trusted.joined(separator: ", ")))"
    case .otherRepository(let path, let asked, let offered): "\(path) comes from \(offered), asked for is \(asked)"
    case .notHeld(let path, let asked, let held):
      "\(path) holds \(Self.list(held)), asked for is \(Self.list(asked))"
    }
  }

  private static func list(_ names: [String]) -> String {
    names.isEmpty ? "nothing" : names.joined(separator: ", ")
  }
}

/// Runs one file operation and puts its error into the module's own.
func filing<Result>(_ body: @autoclosure () throws(FileError) -> Result) throws(OfflineError) -> Result {
  do throws(FileError) { return try body() } catch { throw .file(error) }
}
