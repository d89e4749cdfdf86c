import Platform
import Signing
import SystemPackage

/// The folder of a person's keys: `$XDG_CONFIG_HOME/serin/keys`, mode 0700, files 0600.
///
/// `NAME.key` is a minisign secret key file, `NAME.pub` the public key. Neither is ever overwritten.
struct KeyStore: Sendable {
  /// The folder.
  let folder: FilePath
  private let files: any FileSystem

  private static let folderMode: UInt16 = 0o700
  private static let fileMode: UInt16 = 0o600

  /// The store of this account.
  init(_ session: Session) {
    files = session.machine.files
    folder = session.folders.keys
  }

  /// A store in any folder, for tests.
  init(folder: FilePath, files: any FileSystem) {
    self.folder = folder
    self.files = files
  }

  /// A key pair in the store.
  struct Entry: Sendable, Hashable {
    let name: String
    let publicKey: PublicKey
    /// Whether the secret half is here.
    let hasSecret: Bool
    /// Whether the secret half needs a passphrase.
    let isEncrypted: Bool
  }

  /// Every key, sorted by name.
  func list() throws -> [Entry] {
    guard try files.exists(folder) else { return [] }
    return try files.list(folder).compactMap { entry in
      guard entry.kind == .file, entry.name.hasSuffix(".pub") else { return nil }
      let name = String(entry.name.dropLast(4))
      return Self.isUsable(name) ? try self.entry(name) : nil
    }
  }

  /// One key.
  /// - Throws: `CommandError.noKey` when there is none.
  func entry(_ name: String) throws -> Entry {
    let publicKey = try PublicKey(minisign: try text(name, ".pub"))
    guard try files.exists(path(name, ".key")) else {
      return Entry(name: name, publicKey: publicKey, hasSecret: false, isEncrypted: false)
    }
    let isEncrypted = try KeyFile.isEncrypted(try text(name, ".key"))
    return Entry(name: name, publicKey: publicKey, hasSecret: true, isEncrypted: isEncrypted)
  }

  /// The text of a secret key file.
  /// - Throws: `CommandError.noKey` when there is none.
  func secretText(_ name: String) throws -> String {
    try text(name, ".key")
  }

  /// The signer for a key, asking for its passphrase where it has one.
  /// - Throws: `CommandError.noKey`, or `KeyError` when the key cannot be opened.
  func signer(_ name: String, _ passphrase: Passphrase, _ session: Session) throws -> Signer {
    let text = try secretText(name)
    guard try KeyFile.isEncrypted(text) else { return Signer(try KeyFile.decrypt(text, passphrase: nil)) }
    let secret: SecretBytes? = try passphrase.existing(for: name, session)
    return Signer(try KeyFile.decrypt(text, passphrase: secret))
  }

  /// Checks that a new key may have this name.
  /// - Throws: `CommandError.badKeyName` or `CommandError.keyExists`.
  func requireFree(_ name: String) throws {
    guard Self.isUsable(name) else { throw CommandError.badKeyName(name) }
    for suffix in [".key", ".pub"] where try files.exists(path(name, suffix)) {
      throw CommandError.keyExists(name: name, folder: folder.string)
    }
  }

  /// Stores a new key pair durably; the secret half first, because a public half alone would be a key nobody can use.
  func add(_ name: String, secret: String, publicKey: PublicKey) throws {
    try requireFree(name)
    try files.makeDirectories(folder.removingLastComponent(), mode: Self.folderMode)
    try files.makeDirectories(folder, mode: Self.folderMode)
    try files.setMode(folder, to: Self.folderMode)
    try create(path(name, ".key"), secret)
    do {
      try create(path(name, ".pub"), publicKey.minisignText)
    } catch {
      try? files.remove(path(name, ".key"))
      throw error
    }
    try files.sync(directory: folder)
  }

  /// Where a key's file lies.
  func path(_ name: String, _ suffix: String) -> FilePath {
    folder.appending(name + suffix)
  }

  private func create(_ path: FilePath, _ text: String) throws {
    let file = try files.create(path, mode: Self.fileMode)
    try file.write(Array(text.utf8))
    try file.sync()
    try file.close()
  }

  private func text(_ name: String, _ suffix: String) throws -> String {
    guard Self.isUsable(name) else { throw CommandError.badKeyName(name) }
    let path = path(name, suffix)
    guard try files.exists(path) else {
      throw CommandError.noKey(name: name, known: (try? list().map(\.name)) ?? [], folder: folder.string)
    }
    let bytes = try files.readAll(path, limit: KeyFile.maxTextBytes)
    guard let text = String(validating: bytes, as: UTF8.self) else { throw CommandError.notText(path: path.string) }
    return text
  }

  /// Whether a name can be a file's: nothing hidden, no separators, nothing that looks like an option.
  static func isUsable(_ name: String) -> Bool {
    let bytes = Array(name.utf8)
    guard (1...64).contains(bytes.count), let first = bytes.first, isAlphanumeric(first) else { return false }
    return bytes.allSatisfy {
      isAlphanumeric($0) || $0 == UInt8(ascii: "-") || $0 == UInt8(ascii: "_") || $0 == UInt8(ascii: ".")
    }
  }

  private static func isAlphanumeric(_ byte: UInt8) -> Bool {
    (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte) || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
  }
}
