package import Platform
package import Signing

/// Why a secret could not be kept or found.
package enum SecretError: SerinError, Equatable {
  /// No store works here.
  case noStore(reasons: [String])
  /// The Secret Service did not do what it was asked for.
  case service(operation: String, reason: String)
  /// The kernel's keyring did not.
  case keyring(KeyringError)
  /// The store that was to keep a secret does not have it any more, or it was never set.
  case missing(plugin: String, key: String, store: String?)
  /// The plugin has no secret of this name.
  case unknownKey(plugin: String, key: String, known: [String])
  /// No secret of this name was set.
  case notSet(plugin: String, key: String, known: [String])
  /// The value does not fit.
  case badValue(key: String, reason: String)

  /// Whose fault it is.
  package var blame: Blame {
    switch self {
    case .noStore, .service: .machine
    case .keyring(let error): error.blame
    case .missing, .unknownKey, .notSet, .badValue: .user
    }
  }

  /// One sentence: what failed and why.
  package var description: String {
    switch self {
    case .noStore(let reasons): "no store for secrets works here: \(reasons.joined(separator: "; "))"
    case .service(let operation, let reason): "the Secret Service cannot \(operation): \(reason)"
    case .keyring(let error): error.description
    case .missing(let plugin, let key, nil): "\(plugin) needs the secret \(key), and none was set"
    case .missing(let plugin, let key, let store?):
      "\(plugin) needs the secret \(key), and \(store) does not have it any more"
    case .unknownKey(let plugin, let key, let known):
      "\(plugin) has no secret \(Quoted(key)), only \(known.isEmpty ? "none" : known.joined(separator: ", "))"
    case .notSet(let plugin, let key, let known):
      "no secret \(Quoted(key)) of \(plugin) was set, only \(known.isEmpty ? "none" : known.joined(separator: ", "))"
    case .badValue(let key, let reason): "the secret \(key) cannot be taken: \(reason)"
    }
  }

  /// What to do next.
  package var help: String? {
    switch self {
    case .noStore:
      "install libsecret-tools and unlock the session's keyring, or let the kernel's be used; to keep secrets in a "
        + "file of the host after all: `serin config set secret-store file`"
    case .service: "unlock the session's keyring, or `serin config set secret-store keyring`"
    case .keyring(let error): error.help
    case .missing(let plugin, let key, _): "set it with `serin secret set \(Self.short(plugin)) \(key)`"
    case .notSet(let plugin, _, _), .unknownKey(let plugin, _, _):
      "`serin secret list \(Self.short(plugin))` shows what there is"
    case .badValue: nil
    }
  }

  /// The short name of a plugin, by which commands know it.
  private static func short(_ plugin: String) -> String { plugin.split(separator: "/").last.map(String.init) ?? plugin }
}
