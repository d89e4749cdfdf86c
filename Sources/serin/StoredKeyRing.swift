import Platform
import Publishing
import Signing
import Synchronization

/// The keys of this account for the publisher's verbs: each opened once, and one passphrase tried on all of them before
/// anybody is asked again.
final class StoredKeyRing: KeyRing {
  private let session: Session
  private let store: KeyStore
  private let options: PassphraseOptions
  private let opened = Mutex<[String: Signer]>([:])
  /// The last passphrase that was given; asked for while the lock is held, since it can be lent but not handed around.
  private let passphrase = Mutex<SecretBytes?>(nil)

  init(_ session: Session, _ options: PassphraseOptions) {
    self.session = session
    self.options = options
    store = KeyStore(session)
  }

  func signer(named name: String) throws -> Signer? {
    if let signer = opened.withLock({ $0[name] }) { return signer }
    guard KeyStore.isUsable(name), try session.machine.files.exists(store.path(name, ".key")) else { return nil }
    let signer = try open(name)
    opened.withLock { $0[name] = signer }
    return signer
  }

  /// Makes the keys that are missing, all under one passphrase, except those that a server must use by itself.
  ///
  /// Returns the names of the new ones.
  func makeMissing(_ names: [String], unencrypted: Set<String>) throws -> [String] {
    let missing = try names.filter { try !session.machine.files.exists(store.path($0, ".key")) }
    if missing.contains(where: { !unencrypted.contains($0) }) {
      let label = missing.joined(separator: ", ")
      try passphrase.withLock { $0 = try Passphrase(options: options).new(for: label, session) }
    }
    for name in missing { try make(name, isEncrypted: !unencrypted.contains(name)) }
    return missing
  }

  private func make(_ name: String, isEncrypted: Bool) throws {
    try store.requireFree(name)
    let key = try SecretKey.generate()
    let comment = "serin secret key \(name)"
    let text: String
    if isEncrypted {
      text = try passphrase.withLock {
        try KeyFile.encrypt(key, passphrase: $0, cost: .standard, comment: comment)
      }
    } else {
      text = try KeyFile.encrypt(key, passphrase: nil, comment: comment)
    }
    try store.add(name, secret: text, publicKey: key.publicKey)
    let signer = Signer(key)
    opened.withLock { $0[name] = signer }
  }

  private func open(_ name: String) throws -> Signer {
    let text = try store.secretText(name)
    guard try KeyFile.isEncrypted(text) else { return Signer(try KeyFile.decrypt(text, passphrase: nil)) }
    if let signer = try openWithLast(text) { return signer }
    return try passphrase.withLock { last in
      last = try Passphrase(options: options).existing(for: name, session)
      return Signer(try KeyFile.decrypt(text, passphrase: last))
    }
  }

  /// The signer, if the passphrase that opened another key opens this one too.
  private func openWithLast(_ text: String) throws -> Signer? {
    try passphrase.withLock { last in
      guard last != nil else { return nil }
      do {
        return Signer(try KeyFile.decrypt(text, passphrase: last))
      } catch KeyError.wrongPassphrase {
        return nil
      }
    }
  }
}

extension Publisher {
  /// A publisher at work in the workspace that the options name, with this account's keys.
  static func open(
    _ workspace: WorkspaceOptions, _ passphrase: PassphraseOptions, _ session: Session
  ) throws -> Publisher {
    let root = try workspace.path(session)
    try Workspace.recover(root, machine: session.machine)
    return Publisher(
      workspace: try Workspace.open(root, machine: session.machine), keys: StoredKeyRing(session, passphrase))
  }
}
