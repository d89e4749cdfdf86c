public import Signing
internal import StrictJSON

/// The signed digests of a file, by algorithm; at least one.
public struct FileDigests: Hashable, Sendable {
  /// SHA-256, if it is signed and well formed.
  public let sha256: SHA256Digest?
  /// SHA-512 as lower-case hexadecimal text, if it is signed and well formed.
  public let sha512: String?
  /// The algorithms that are named, known or not.
  public let algorithms: [String]

  init(_ hashes: Shape) throws(TUFError) {
    guard !hashes.object.isEmpty else { throw .malformed(role: hashes.role, reason: "\(hashes.place) is empty") }
    sha256 = SHA256Digest(hex: try Self.text("sha256", in: hashes, length: 64) ?? "")
    sha512 = try Self.text("sha512", in: hashes, length: 128)
    algorithms = hashes.object.keys
    for member in hashes.object.members where !member.value.isString {
      throw hashes.fault(member.key, "is no string")
    }
  }

  /// The digest that stands first in a consistent file name.
  var namePrefix: String? { sha256?.hex ?? sha512 }

  /// Compares every known digest with a file's bytes.
  func check(_ bytes: [UInt8], file: String) throws(TUFError) {
    var offered: String?
    if sha512 != nil {
      var hasher = SHA512Hasher()
      hasher.update(bytes)
      offered = hasher.finalize()
    }
    try compare(sha256: sha256.map { _ in .of(bytes) }, sha512: offered, file: file)
  }

  /// Compares every known digest; a file without a known digest is refused, never accepted unchecked.
  func compare(sha256 offered256: SHA256Digest?, sha512 offered512: String?, file: String) throws(TUFError) {
    guard sha256 != nil || sha512 != nil else { throw .unknownDigest(file: file, algorithms: algorithms) }
    if let sha256, offered256 != sha256 {
      throw .digest(file: file, algorithm: "SHA-256", expected: sha256.hex, offered: offered256?.hex ?? "")
    }
    if let sha512, offered512 != sha512 {
      throw .digest(file: file, algorithm: "SHA-512", expected: sha512, offered: offered512 ?? "")
    }
  }

  /// The hexadecimal text of a known algorithm; a malformed one is refused, because it could match nothing.
  private static func text(_ algorithm: String, in hashes: Shape, length: Int) throws(TUFError) -> String? {
    guard hashes.has(algorithm) else { return nil }
    let text = try hashes.string(algorithm).lowercased()
    guard text.utf8.count == length, Hex.decode(text) != nil else { throw hashes.fault(algorithm, "is no digest") }
    return text
  }
}
