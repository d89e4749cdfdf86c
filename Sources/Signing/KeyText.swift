/// What key files and signature files of minisign have in common.
enum KeyText {
  static let commentPrefix = "untrusted comment: "
  static let trustedPrefix = "trusted comment: "
  static let ed25519 = Array("Ed".utf8)
  static let ed25519Prehashed = Array("ED".utf8)
  /// The longest untrusted comment line in bytes, as in minisign.
  static let maxComment = 1024
  /// The longest trusted comment line in bytes, as in minisign.
  static let maxTrustedComment = 8192

  /// The lines of a small text file; accepts `\n` and `\r\n`, and a missing end of the last line.
  static func lines(of text: String, limit: Int) throws(KeyError) -> [String] {
    let count = text.utf8.count
    guard count <= limit else { throw .tooLong(offered: count, limit: limit) }
    return split(text)
  }

  static func split(_ text: String) -> [String] {
    var lines = text.utf8.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false).map { line in
      line.last == UInt8(ascii: "\r")
        ? String(decoding: line.dropLast(), as: UTF8.self) : String(decoding: line, as: UTF8.self)
    }
    while let last = lines.last, last.isEmpty { lines.removeLast() }
    return lines
  }

  /// Whether a comment can stand on one line: printable, and no longer than minisign reads.
  static func isWritable(_ comment: String, prefix: String, limit: Int) -> Bool {
    comment.utf8.count + prefix.utf8.count < limit && comment.utf8.allSatisfy { $0 >= 0x20 && $0 != 0x7f || $0 == 0x09 }
  }
}
