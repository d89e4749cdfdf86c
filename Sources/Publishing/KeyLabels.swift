import Signing
import TUF

/// A key as a person compares it: its id in the metadata, and the name that somebody gave it.
package struct KeyLabel: Hashable, Sendable {
  /// The first 16 hexadecimal digits of the key's id in the metadata.
  package let id: String
  /// The name that the request gives it, if it does; a label, nothing more.
  package let claimed: String?
  /// The bytes of the key, where it is an Ed25519 key.
  package let bytes: [UInt8]?

  /// The key in a sentence.
  package var text: String { claimed.map { "\(id) (called \($0))" } ?? id }
}

/// Labels for the keys of a repository, from the names that a request claims.
struct KeyLabels: Sendable {
  private let names: [[UInt8]: String]

  init(_ claimed: [String: PublicKey]) {
    names = Dictionary(
      claimed.sorted { $0.key < $1.key }.map { ($0.value.bytes, $0.key) }, uniquingKeysWith: { first, _ in first })
  }

  func label(of key: MetadataKey) -> KeyLabel {
    let bytes = key.ed25519?.bytes
    return KeyLabel(id: String(key.keyID.prefix(16)), claimed: bytes.flatMap { names[$0] }, bytes: bytes)
  }
}
