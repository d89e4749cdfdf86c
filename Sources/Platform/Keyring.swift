package import Signing

/// Secrets that the machine keeps in its memory for one user.
package protocol Keyring: Sendable {
  /// Says why nothing can be kept here.
  ///
  /// - Throws: `KeyringError`; when it returns, the keyring works.
  func check() throws(KeyringError)

  /// Keeps a value under a name, in the place of one that was there.
  func set(_ name: String, to value: borrowing SecretBytes) throws(KeyringError)

  /// The value under a name; nil when there is none.
  func value(of name: String) throws(KeyringError) -> SecretBytes?

  /// Removes a value; false when there was none.
  func remove(_ name: String) throws(KeyringError) -> Bool
}

/// Why the machine keeps no secret.
package enum KeyringError: SerinError, Equatable {
  /// This machine, or what contains this process, offers no keyring.
  case unavailable(reason: String)
  /// The user's share of the kernel's memory for keys is used up.
  case full
  /// The value is larger than a key may be, in bytes.
  case tooLarge(bytes: Int, limit: Int)
  /// A call failed.
  case failed(operation: String, reason: String)

  /// One sentence: what failed and why.
  package var description: String {
    switch self {
    case .unavailable(let reason): "the kernel's keyring cannot be used here: \(reason)"
    case .full: "the kernel's keyring is full: this user's share of its memory is used up"
    case .tooLarge(let bytes, let limit): "a secret of \(bytes) bytes is too large for the kernel's keyring (\(limit))"
    case .failed(let operation, let reason): "the kernel's keyring cannot \(operation): \(reason)"
    }
  }

  /// Whose fault it is.
  package var blame: Blame {
    if case .tooLarge = self { .user } else { .machine }
  }

  /// What to do next.
  package var help: String? {
    switch self {
    case .full: "see /proc/key-users, and raise kernel.keys.maxbytes"
    default: nil
    }
  }
}

/// A machine that keeps no secrets.
package struct NoKeyring: Keyring {
  /// Makes it.
  package init() {}

  private var refusal: KeyringError { .unavailable(reason: "there is none") }

  /// Always throws.
  package func check() throws(KeyringError) { throw refusal }
  /// Always throws.
  package func set(_ name: String, to value: borrowing SecretBytes) throws(KeyringError) { throw refusal }
  /// Always throws.
  package func value(of name: String) throws(KeyringError) -> SecretBytes? { throw refusal }
  /// Always throws.
  package func remove(_ name: String) throws(KeyringError) -> Bool { throw refusal }
}
