import Platform
import StrictJSON

/// The parts of a TUF metadata file that the overview needs, read leniently about everything else.
struct MetadataFile: Sendable {
  let name: String
  let signed: JSON

  /// Reads `{"signed": {…}, "signatures": […]}`.
  init(name: String, bytes: [UInt8]) throws(IndexError) {
    self.name = name
    do {
      guard let signed = try JSON.parse(bytes)["signed"], signed.objectValue != nil else {
        throw IndexError.malformed(file: name, why: "it has no signed object")
      }
      self.signed = signed
    } catch let error as IndexError {
      throw error
    } catch {
      throw .malformed(file: name, why: String(describing: error))
    }
  }

  /// The version and expiry, under the role's name.
  func status(role: String) throws(IndexError) -> RoleStatus {
    guard let version = signed["version"]?.int64Value, version > 0 else { throw malformed("its version") }
    guard let expires = signed["expires"]?.stringValue.flatMap({ Instant(rfc3339: $0) }) else {
      throw malformed("its expiry")
    }
    return RoleStatus(name: role, version: version, expires: expires)
  }

  /// The version that the `meta` member names for a file.
  func version(of file: String) -> Int64? {
    signed["meta"]?[file]?["version"]?.int64Value.flatMap { $0 > 0 ? $0 : nil }
  }

  /// The delegated roles in the order in which a client asks them.
  func delegations() -> [Delegation] {
    (signed["delegations"]?["roles"]?.arrayValue ?? []).compactMap { role in
      guard let name = role["name"]?.stringValue, RequestPath.isPlainSegment(name) else { return nil }
      let paths = (role["paths"]?.arrayValue ?? []).compactMap(\.stringValue)
      return Delegation(role: name, paths: paths, isTerminating: role["terminating"]?.boolValue ?? false)
    }
  }

  /// The targets with a digest, as (path, length, SHA-256 in hexadecimal).
  func targets() -> [(path: String, length: Int64, digest: String)] {
    (signed["targets"]?.objectValue?.members ?? []).compactMap { member in
      guard let length = member.value["length"]?.int64Value, length >= 0,
        let digest = member.value["hashes"]?["sha256"]?.stringValue
      else { return nil }
      return (member.key, length, digest)
    }
  }

  private func malformed(_ what: String) -> IndexError {
    .malformed(file: name, why: "\(what) is missing or unusable")
  }
}

/// One delegation of a targets role.
struct Delegation: Hashable, Sendable {
  let role: String
  let paths: [String]
  let isTerminating: Bool

  /// Whether a pattern covers the path: `*` and `?` stay within one segment (TUF 1.0.34 section 4.5).
  func covers(_ path: String) -> Bool {
    let segments = path.split(separator: "/", omittingEmptySubsequences: false)
    return paths.contains { pattern in
      let parts = pattern.split(separator: "/", omittingEmptySubsequences: false)
      return parts.count == segments.count && zip(parts, segments).allSatisfy { Self.matches($0, $1) }
    }
  }

  /// Whether any channel manifest could be below this delegation: its path has four segments.
  var mayHoldManifests: Bool {
    paths.contains { $0.split(separator: "/", omittingEmptySubsequences: false).count == ManifestPath.segments }
  }

  /// Glob matching in linear space and without recursion, so that no pattern can take long.
  private static func matches(_ pattern: Substring, _ text: Substring) -> Bool {
    let pattern = Array(pattern.utf8)
    let text = Array(text.utf8)
    var at = (pattern: 0, text: 0)
    var star: (pattern: Int, text: Int)?
    while at.text < text.count {
      if at.pattern < pattern.count, pattern[at.pattern] == UInt8(ascii: "*") {
        star = at
        at.pattern += 1
      } else if at.pattern < pattern.count,
        pattern[at.pattern] == UInt8(ascii: "?") || pattern[at.pattern] == text[at.text]
      {
        at = (at.pattern + 1, at.text + 1)
      } else if let last = star {
        star = (last.pattern, last.text + 1)
        at = (last.pattern + 1, last.text + 1)
      } else {
        return false
      }
    }
    return pattern[at.pattern...].allSatisfy { $0 == UInt8(ascii: "*") }
  }
}

/// The target path of a channel manifest: `plugins/<namespace>/<name>/<channel>.json`.
struct ManifestPath: Hashable, Sendable {
  static let segments = 4

  let namespace: String
  let name: String
  let channel: String

  var plugin: String { namespace + "/" + name }
  var text: String { "plugins/\(namespace)/\(name)/\(channel).json" }

  init?(_ text: String) {
    guard let path = try? RequestPath(raw: "/" + text), path.text == text, path.segments.count == Self.segments,
      path.segments[0] == "plugins", path.segments[3].hasSuffix(".json")
    else { return nil }
    namespace = path.segments[1]
    name = path.segments[2]
    channel = String(path.segments[3].dropLast(5))
  }

  init?(plugin: String, channel: String) {
    self.init("plugins/\(plugin)/\(channel).json")
  }
}

extension RequestPath {
  /// Whether a name from metadata can stand as one part of a file's path.
  static func isPlainSegment(_ name: String) -> Bool {
    guard !name.contains("%"), let path = try? RequestPath(raw: "/" + name) else { return false }
    return path.segments == [name]
  }
}
