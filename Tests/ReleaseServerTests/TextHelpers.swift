import Signing

extension String {
  /// How often a text occurs.
  func count(of part: String) -> Int {
    var found = 0
    var rest = self[...]
    while let range = rest.firstRange(of: part) {
      found += 1
      rest = rest[range.upperBound...]
    }
    return found
  }

  /// What stands between two texts.
  func components(after start: String, before end: String) -> String? {
    guard let head = firstRange(of: start) else { return nil }
    let rest = self[head.upperBound...]
    return rest.firstRange(of: end).map { String(rest[..<$0.lowerBound]) }
  }
}

/// The Base64 of a text's SHA-256, written out here so that the page's own way is checked by another one.
func base64OfSHA256(_ text: String) -> String {
  let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/")
  let bytes = SHA256Digest.of(Array(text.utf8)).bytes
  var result = ""
  for start in stride(from: 0, to: bytes.count, by: 3) {
    let group = (0..<3).map { start + $0 < bytes.count ? UInt32(bytes[start + $0]) : 0 }
    let bits = group[0] << 16 | group[1] << 8 | group[2]
    let letters = [18, 12, 6, 0].map { alphabet[Int(bits >> $0 & 63)] }
    let used = min(3, bytes.count - start) + 1
    result += String(letters.prefix(used)) + String(repeating: "=", count: 4 - used)
  }
  return result
}
