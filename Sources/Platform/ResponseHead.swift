/// The status line and the few header fields that matter, of the last answer in a chain of redirects.
struct ResponseHead {
  private(set) var status = 0
  private(set) var etag: String?
  private(set) var contentType: String?
  private(set) var contentLength: Int64?
  private(set) var contentRange: String?

  /// A `Content-Range` field of the kind `bytes 100-199/200`; the total is nil for `*`.
  struct ContentRange: Equatable {
    var start: Int64
    var total: Int64?
  }

  /// Takes one line as it came; true when the head is complete.
  mutating func take(_ line: [UInt8]) -> Bool {
    let text = String(decoding: line, as: UTF8.self).trimmed
    if text.isEmpty { return true }
    if text.hasPrefix("HTTP/") {
      self = ResponseHead()
      status = text.split(separator: " ", maxSplits: 2).dropFirst().first.flatMap { Int($0) } ?? 0
      return false
    }
    guard let colon = text.firstIndex(of: ":") else { return false }
    let value = String(text[text.index(after: colon)...]).trimmed
    switch text[..<colon].lowercased() {
    case "etag": etag = value
    case "content-type": contentType = value
    case "content-length": contentLength = Int64(value).flatMap { $0 >= 0 ? $0 : nil }
    case "content-range": contentRange = value
    default: break
    }
    return false
  }

  /// The part of the file that the answer says it holds.
  var range: ContentRange? {
    guard let text = contentRange, text.hasPrefix("bytes ") else { return nil }
    let parts = text.dropFirst(6).split(separator: "/", omittingEmptySubsequences: false)
    guard parts.count == 2 else { return nil }
    let ends = parts[0].split(separator: "-", omittingEmptySubsequences: false)
    guard ends.count == 2, let start = Int64(ends[0]), let end = Int64(ends[1]), start >= 0, end >= start else {
      return nil
    }
    let total = Int64(parts[1])
    if parts[1] != "*" { guard let total, total > end else { return nil } }
    return ContentRange(start: start, total: total)
  }

  /// The size of the whole file that an unsatisfiable range (status 416) names.
  var unsatisfiedTotal: Int64? {
    guard let text = contentRange, text.hasPrefix("bytes */") else { return nil }
    return Int64(text.dropFirst(8))
  }

  /// The size of the whole file, as far as the answer tells.
  func total(after offset: Int64?) -> Int64? {
    guard status == 206 else { return contentLength }
    if let total = range?.total { return total }
    guard let contentLength, let offset else { return nil }
    let (sum, overflow) = contentLength.addingReportingOverflow(offset)
    return overflow ? .max : sum
  }
}

extension String {
  /// Without white space at either end.
  fileprivate var trimmed: String {
    var text = self[...]
    while let first = text.unicodeScalars.first, first.properties.isWhitespace { text.unicodeScalars.removeFirst() }
    while let last = text.unicodeScalars.last, last.properties.isWhitespace { text.unicodeScalars.removeLast() }
    return String(text)
  }
}
