import Glibc
package import Signing
import SystemPackage

/// The keyrings of this user in the Linux kernel (keyrings(7)).
///
/// The persistent keyring outlives logins, and forgets when nobody asked for it for three days; where the kernel has
/// none, the user's own keyring is taken. Both are in memory only: the next start of the machine forgets everything.
package struct KernelKeyring: Keyring {
  /// The largest value in bytes: what the kernel takes for a key of the type "user".
  package static let limit = 32_767

  /// Makes it; nothing is asked of the kernel yet.
  package init() {}

  /// Keeps, reads and removes a value that means nothing.
  package func check() throws(KeyringError) {
    let name = "serin:check:\(SecureRandom.hex(bytes: 8))"
    var probe = Array("probe".utf8)
    let value: SecretBytes
    do throws(KeyError) { value = try SecretBytes(copying: &probe) } catch {
      throw .unavailable(reason: error.description)
    }
    try set(name, to: value)
    guard try self.value(of: name) != nil, try remove(name) else {
      throw .unavailable(reason: "what was put into it cannot be read")
    }
  }

  /// Keeps a value.
  package func set(_ name: String, to value: borrowing SecretBytes) throws(KeyringError) {
    guard value.count > 0, value.count <= Self.limit else {
      throw .tooLarge(bytes: value.count, limit: Self.limit)
    }
    let keyrings = try Self.keyrings()
    // An older value in another keyring must not be found one day.
    for keyring in keyrings.dropFirst() { _ = try Self.remove(name, from: keyring) }
    let number = value.withSpan { LinuxCalls.setKey(name, to: $0, in: keyrings[0]) }
    if number != 0 { throw Self.refusal("keep a secret", number) }
  }

  /// The value under a name, of whichever keyring has it.
  package func value(of name: String) throws(KeyringError) -> SecretBytes? {
    for keyring in try Self.keyrings() {
      guard let key = try Self.find(name, in: keyring) else { continue }
      switch LinuxCalls.readKey(key, limit: Self.limit) {
      case .success(var bytes):
        do throws(KeyError) { return try SecretBytes(copying: &bytes) } catch {
          throw .failed(operation: "read a secret", reason: error.description)
        }
      case .failure(let number):
        // It may have gone between the two calls.
        if !Self.isAbsence(number.rawValue) { throw Self.refusal("read a secret", number.rawValue) }
      }
    }
    return nil
  }

  /// Removes a value from every keyring that has it.
  package func remove(_ name: String) throws(KeyringError) -> Bool {
    var isRemoved = false
    for keyring in try Self.keyrings() where try Self.remove(name, from: keyring) { isRemoved = true }
    return isRemoved
  }

  /// The keyrings to look into, the one to write to first; at least one.
  private static func keyrings() throws(KeyringError) -> [Int32] {
    var found: [Int32] = []
    var failure: Int32 = ENOSYS
    for isPersistent in [true, false] {
      switch LinuxCalls.keyring(persistent: isPersistent) {
      case .success(let keyring): found.append(keyring)
      case .failure(let number): failure = number.rawValue
      }
    }
    guard !found.isEmpty else { throw refusal("be opened", failure) }
    return found
  }

  private static func find(_ name: String, in keyring: Int32) throws(KeyringError) -> Int32? {
    switch LinuxCalls.findKey(name, in: keyring) {
    case .success(let key): return key
    case .failure(let number):
      if isAbsence(number.rawValue) { return nil }
      throw refusal("look for a secret", number.rawValue)
    }
  }

  private static func remove(_ name: String, from keyring: Int32) throws(KeyringError) -> Bool {
    guard let key = try find(name, in: keyring) else { return false }
    let number = LinuxCalls.removeKey(key, from: keyring)
    guard number == 0 || isAbsence(number) else { throw refusal("remove a secret", number) }
    return true
  }

  private static func isAbsence(_ number: Int32) -> Bool {
    number == ENOKEY || number == EKEYEXPIRED || number == EKEYREVOKED
  }

  private static func refusal(_ operation: String, _ number: Int32) -> KeyringError {
    switch number {
    case EDQUOT: .full
    case ENOSYS: .unavailable(reason: "this kernel has none")
    case EPERM, EACCES: .unavailable(reason: "it is forbidden here, as in most containers")
    default: .failed(operation: operation, reason: "error \(number)")
    }
  }
}
