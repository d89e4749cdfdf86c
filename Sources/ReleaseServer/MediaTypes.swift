/// The content types of the files a repository holds.
enum MediaTypes {
  static let json = "application/json"
  static let html = "text/html; charset=utf-8"
  static let zstd = "application/zstd"
  static let text = "text/plain; charset=utf-8"
  static let bytes = "application/octet-stream"

  /// The content type for a file name; what is unknown is bytes, which no browser renders.
  static func type(of name: String) -> String {
    if name.hasSuffix(".json") { return json }
    if name.hasSuffix(".zst") { return zstd }
    if name.hasSuffix(".minisig") { return text }
    return bytes
  }
}
