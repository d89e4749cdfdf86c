/// What a plugin asks the proxy for over HTTP.
package enum EgressRequest: Hashable, Sendable {
  /// A connection to a place, whose content is nobody's business (RFC 9110, section 9.3.6).
  case tunnel(EgressPlace)
  /// One plain request, with the head as the place itself must get it.
  case forward(EgressPlace, head: [UInt8])

  private static let portOfHTTP: UInt16 = 80
  /// What concerns this connection alone (RFC 9110, section 7.6.1), and the host, which the target decides.
  private static let ofConnection: Set<String> = [
    "connection", "proxy-connection", "proxy-authorization", "proxy-authenticate", "keep-alive", "te", "upgrade",
    "host",
  ]

  /// Reads the head of a request, up to and with its empty line; nil for what is no request to a proxy.
  package init?(head: [UInt8]) {
    guard let lines = Self.lines(head), let first = lines.first else { return nil }
    let words = first.split(separator: UInt8(ascii: " "), omittingEmptySubsequences: false)
    guard words.count == 3, let method = Self.text(words[0]), Self.isToken(words[0]),
      let version = Self.text(words[2]), version == "HTTP/1.1" || version == "HTTP/1.0"
    else { return nil }
    if method == "CONNECT" {
      guard let place = EgressPlace(authority: words[1], defaultPort: nil) else { return nil }
      self = .tunnel(place)
      return
    }
    let scheme = Array("http://".utf8)
    guard String(decoding: words[1].prefix(scheme.count), as: UTF8.self).lowercased() == "http://" else { return nil }
    let target = words[1].dropFirst(scheme.count)
    let end = target.firstIndex { [UInt8(ascii: "/"), UInt8(ascii: "?"), UInt8(ascii: "#")].contains($0) }
    let authority = target[..<(end ?? target.endIndex)]
    guard let place = EgressPlace(authority: authority, defaultPort: Self.portOfHTTP) else { return nil }
    var path = Array(target[(end ?? target.endIndex)...])
    if path.first != UInt8(ascii: "/") { path.insert(UInt8(ascii: "/"), at: 0) }

    guard let fields = Self.fields(lines.dropFirst()) else { return nil }
    var rewritten = Array("\(method) ".utf8) + path + Array(" \(version)\r\nHost: \(place.authority)\r\n".utf8)
    for field in fields { rewritten += field + [13, 10] }
    // One request for each connection: the next one may go elsewhere.
    rewritten += Array("Connection: close\r\n\r\n".utf8)
    self = .forward(place, head: rewritten)
  }

  /// The place that is asked for.
  package var place: EgressPlace {
    switch self {
    case .tunnel(let place), .forward(let place, _): place
    }
  }

  /// The lines without their ends and without the empty one; nil when there are other control characters.
  private static func lines(_ head: [UInt8]) -> [ArraySlice<UInt8>]? {
    guard head.suffix(4).elementsEqual([13, 10, 13, 10]) else { return nil }
    var lines: [ArraySlice<UInt8>] = []
    var start = head.startIndex
    let end = head.endIndex - 2
    for index in head.indices where head[index] == 10 {
      guard index > start, head[index - 1] == 13 else { return nil }
      if index - 1 < end { lines.append(head[start..<(index - 1)]) }
      start = index + 1
    }
    let isClean = lines.allSatisfy { line in line.allSatisfy { $0 == 9 || $0 >= 32 && $0 != 127 } }
    return isClean ? lines : nil
  }

  /// The header fields that travel on; nil when one is malformed.
  private static func fields(_ lines: ArraySlice<ArraySlice<UInt8>>) -> [ArraySlice<UInt8>]? {
    var dropped = ofConnection
    var named: [(name: String, line: ArraySlice<UInt8>)] = []
    for line in lines {
      guard let colon = line.firstIndex(of: UInt8(ascii: ":")), isToken(line[..<colon]),
        let name = text(line[..<colon])?.lowercased()
      else { return nil }
      if name == "connection" {
        let listed = String(decoding: line[(colon + 1)...], as: UTF8.self).lowercased()
        dropped.formUnion(listed.split { $0 == "," || $0 == " " || $0 == "\t" }.map(String.init))
      }
      named.append((name, line))
    }
    // A body must keep its length, whatever a client lists.
    dropped.subtract(["content-length", "transfer-encoding"])
    return named.filter { !dropped.contains($0.name) }.map(\.line)
  }

  private static func text(_ bytes: ArraySlice<UInt8>) -> String? { String(validating: bytes, as: UTF8.self) }

  /// A token (RFC 9110, section 5.6.2).
  private static func isToken(_ bytes: ArraySlice<UInt8>) -> Bool {
    let marks = Array("!#$%&'*+-.^_`|~".utf8)
    return !bytes.isEmpty
      && bytes.allSatisfy { byte in
        let letter = byte | 0x20
        return (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(letter) && byte >= 0x41
          || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) || marks.contains(byte)
      }
  }
}

extension EgressPlace {
  /// As a `Host` field says it: the port only where it is not the usual one.
  fileprivate var authority: String {
    guard port == 80 else { return text }
    return host.contains(":") ? "[\(host)]" : host
  }
}
