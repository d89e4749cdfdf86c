package import Platform
package import Signing
import Synchronization

/// A keyring in memory, which can forget everything as a reboot makes it.
package final class MemoryKeyring: Keyring {
  private let values = Mutex<[String: [UInt8]]>([:])
  private let refusal: KeyringError?

  /// Makes an empty keyring, or one that refuses everything.
  package init(refusing refusal: KeyringError? = nil) { self.refusal = refusal }

  /// The names under which something is kept, sorted.
  package var names: [String] { values.withLock { $0.keys.sorted() } }

  /// Forgets everything.
  package func reboot() { values.withLock { $0 = [:] } }

  /// Throws the refusal.
  package func check() throws(KeyringError) {
    if let refusal { throw refusal }
  }

  /// Keeps a value.
  package func set(_ name: String, to value: borrowing SecretBytes) throws(KeyringError) {
    try check()
    let bytes = value.exposed()
    values.withLock { $0[name] = bytes }
  }

  /// The value under a name.
  package func value(of name: String) throws(KeyringError) -> SecretBytes? {
    try check()
    guard var bytes = values.withLock({ $0[name] }) else { return nil }
    do throws(KeyError) { return try SecretBytes(copying: &bytes) } catch {
      throw .failed(operation: "read", reason: error.description)
    }
  }

  /// Removes a value.
  package func remove(_ name: String) throws(KeyringError) -> Bool {
    try check()
    return values.withLock { $0.removeValue(forKey: name) } != nil
  }
}
