internal import Signing

/// Compares a target with what was signed while its bytes arrive, so that it never needs to fit into memory.
///
/// ```swift
/// var check = target.beginCheck()
/// for chunk in chunks { try check.update(chunk) }
/// try check.finish()
/// ```
public struct TargetCheck: Sendable {
  private let path: String
  private let length: Int64
  private let digests: FileDigests
  private var offered: Int64 = 0
  private var sha256: SHA256Hasher?
  private var sha512: SHA512Hasher?

  init(_ target: TargetInfo) {
    path = target.path
    length = target.length
    digests = target.digests
    sha256 = target.digests.sha256.map { _ in SHA256Hasher() }
    sha512 = target.digests.sha512.map { _ in SHA512Hasher() }
  }

  /// Takes in the next bytes.
  ///
  /// - Throws: ``TUFError/length(file:expected:offered:)`` as soon as there are more than signed.
  public mutating func update(_ bytes: [UInt8]) throws(TUFError) {
    let (sum, overflow) = offered.addingReportingOverflow(Int64(bytes.count))
    offered = overflow ? .max : sum
    guard offered <= length else { throw .length(file: path, expected: length, offered: offered) }
    sha256?.update(bytes)
    sha512?.update(bytes)
  }

  /// Judges what was taken in: length and every known digest (TUF 5.7.2).
  ///
  /// - Throws: ``TUFError`` of the kind `digest`.
  public func finish() throws(TUFError) {
    guard offered == length else { throw .length(file: path, expected: length, offered: offered) }
    try digests.compare(sha256: sha256?.finalize(), sha512: sha512?.finalize(), file: path)
  }
}

extension TargetInfo {
  /// Begins to compare bytes that arrive in pieces with what was signed.
  public func beginCheck() -> TargetCheck { TargetCheck(self) }

  /// A name for the target as one file, the same for every version of it: safe as one part of a path, never hidden,
  /// and at most 200 bytes long.
  public var storageName: String {
    let encoded = percentEncoded(path)
    let name = encoded.hasPrefix(".") ? "%2E" + encoded.dropFirst() : encoded
    return name.utf8.count <= RoleName.longestFileName && !name.isEmpty
      ? name : "sha256-" + SHA256Digest.of(Array(path.utf8)).hex
  }

  /// A name for this very content, 64 hexadecimal characters: two versions of a target never share it.
  ///
  /// A target without a known digest has one as well, since nothing may break before its check refuses it.
  public var contentName: String {
    if let sha256 { return sha256.hex }
    return digests.sha512.map { String($0.prefix(64)) } ?? SHA256Digest.of(Array(path.utf8)).hex
  }
}
