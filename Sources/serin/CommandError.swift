import Signing

/// What only the command line can refuse.
enum CommandError: SerinError, Equatable {
  /// A person must confirm, and there is no terminal to ask on.
  case confirmationNeeded(what: String, digest: String)
  /// What was typed is not the end of the digest.
  case wrongConfirmation(what: String, expected: String, typed: String)
  /// The two passphrases that were typed differ.
  case passphrasesDiffer
  /// A file cannot be read as text.
  case notText(path: String)
  /// A key name cannot be a file name.
  case badKeyName(String)
  /// There is a key of that name already.
  case keyExists(name: String, folder: String)
  /// There is no key of that name.
  case noKey(name: String, known: [String], folder: String)
  /// A signing key must be named, because there is not exactly one.
  case chooseKey(known: [String], folder: String)
  /// A request would overwrite a file.
  case requestExists(path: String)
  /// None of this account's keys is asked for a signature.
  case noKeyAsked(known: [String])
  /// A folder holds no repository.
  case noRepository(path: String)
  /// A signal ended the work before it was done.
  case interrupted
  /// A value on the command line cannot be understood.
  case badValue(option: String, value: String, reason: String)

  var description: String {
    switch self {
    case .confirmationNeeded(let what, let digest): "\(what) must be confirmed; its digest is \(digest)"
    case .wrongConfirmation(let what, let expected, let typed):
      "\(what) was not confirmed: typed \"\(Printable.line(typed))\", the digest ends with \(expected)"
    case .passphrasesDiffer: "the two passphrases differ"
    case .notText(let path): "\(path) is not UTF-8 text"
    case .badKeyName(let name):
      "\"\(Printable.line(name))\" cannot name a key: 1 to 64 of a-z, 0-9, '-', '_' and '.', a letter or digit first"
    case .keyExists(let name, let folder): "there is a key \(name) in \(folder) already"
    case .noKey(let name, let known, let folder):
      known.isEmpty
        ? "there is no key \(name): \(folder) holds none"
        : "there is no key \(name), only \(known.joined(separator: ", "))"
    case .chooseKey(let known, let folder):
      known.isEmpty
        ? "there is no signing key in \(folder)" : "there are several signing keys: \(known.joined(separator: ", "))"
    case .requestExists(let path): "\(path) exists already, and signatures may be in it"
    case .noKeyAsked(let known):
      known.isEmpty
        ? "none of this account's keys is asked for a signature that is still missing"
        : "several keys of this account may sign: \(known.joined(separator: ", "))"
    case .noRepository(let path): "there is no repository in \(path): it has no folder metadata"
    case .interrupted: "interrupted; what was observed so far is kept"
    case .badValue(let option, let value, let reason): "\(option) cannot be \"\(Printable.line(value))\": \(reason)"
    }
  }

  var blame: Blame { .user }

  var help: String? {
    switch self {
    case .confirmationNeeded(_, let digest): "in a script: --yes --confirm \(digest.suffix(6))"
    case .wrongConfirmation: "nothing was changed; look at what is shown and try again"
    case .keyExists: "choose another name; a key is never overwritten"
    case .noKey: "make one with `serin key new NAME`"
    case .chooseKey(let known, _):
      known.isEmpty ? "make one with `serin key new NAME`" : "name one with --key NAME"
    case .requestExists: "choose another name"
    case .noKeyAsked(let known):
      known.isEmpty ? "`serin sign show FILE` lists who must sign" : "name them with --key NAME, once for each"
    case .interrupted: "run the same command again to go on"
    case .noRepository: "name the workspace with --workspace or the folder with --repository"
    default: nil
    }
  }
}
