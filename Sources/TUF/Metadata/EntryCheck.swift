internal import StrictJSON

/// Whether an entry of a long list has the shape that the specification gives it, found out without decoding it.
///
/// What is not recognised here is decoded, and then accepted or refused with the reason; so this may be stricter than
/// the decoding and must never be looser.
struct EntryCheck {
  private let length = Array("length".utf8)
  private let version = Array("version".utf8)
  private let hashes = Array("hashes".utf8)
  private let sha256 = Array("sha256".utf8)
  private let sha512 = Array("sha512".utf8)

  /// An entry of a targets role's list.
  func isTarget(_ entry: JSONCursor, _ nodes: Span<JSONNode>, _ bytes: Span<UInt8>) -> Bool {
    guard let length = entry.member(length.span, nodes, bytes), isNumber(length, from: 0, nodes, bytes),
      let hashes = entry.member(hashes.span, nodes, bytes)
    else { return false }
    return isDigest(hashes, nodes, bytes)
  }

  /// An entry of a snapshot role's list.
  func isReference(_ entry: JSONCursor, _ nodes: Span<JSONNode>, _ bytes: Span<UInt8>) -> Bool {
    guard let version = entry.member(version.span, nodes, bytes), isNumber(version, from: 1, nodes, bytes) else {
      return false
    }
    if entry.hasOneMember(nodes) { return true }
    if let length = entry.member(length.span, nodes, bytes), !isNumber(length, from: 0, nodes, bytes) { return false }
    guard let hashes = entry.member(hashes.span, nodes, bytes) else { return true }
    return isDigest(hashes, nodes, bytes)
  }

  private func isNumber(
    _ value: JSONCursor, from smallest: Int64, _ nodes: Span<JSONNode>, _ bytes: Span<UInt8>
  ) -> Bool {
    guard let number = value.integer(nodes, bytes) else { return false }
    return number >= smallest && number <= TUFLimits.largestVersion
  }

  /// One digest of a known algorithm, as nearly every file has it.
  private func isDigest(_ hashes: JSONCursor, _ nodes: Span<JSONNode>, _ bytes: Span<UInt8>) -> Bool {
    guard hashes.hasOneMember(nodes) else { return false }
    if let digest = hashes.member(sha256.span, nodes, bytes) {
      return digest.isHexadecimal(count: 64, nodes, bytes)
    }
    return hashes.member(sha512.span, nodes, bytes)?.isHexadecimal(count: 128, nodes, bytes) ?? false
  }
}
