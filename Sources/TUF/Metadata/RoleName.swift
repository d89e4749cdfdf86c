internal import StrictJSON

/// The name of a role; two names are equal only when their bytes are.
public struct RoleName: Hashable, Comparable, Sendable {
  private let exact: ExactString

  /// The role that lists the keys of all top-level roles.
  public static let root = RoleName(known: "root")
  /// The role that names the newest snapshot role file.
  public static let timestamp = RoleName(known: "timestamp")
  /// The role that names the version of every targets file.
  public static let snapshot = RoleName(known: "snapshot")
  /// The topmost role that lists targets and delegations.
  public static let targets = RoleName(known: "targets")

  /// The four names that no delegation may use.
  public static let topLevel: [RoleName] = [.root, .timestamp, .snapshot, .targets]

  /// The longest file name of a role in bytes, so that a version, a suffix and a temporary name still fit a file
  /// system's 255.
  static let longestFileName = 200

  private init(known text: String) {
    exact = ExactString(text)
  }

  /// Makes the name of a delegated role; nil for an empty or overlong name and for the four top-level names.
  public init?(delegated text: String) {
    let candidate = RoleName(known: text)
    guard !text.isEmpty, !Self.topLevel.contains(candidate), candidate.fileName.utf8.count <= Self.longestFileName
    else { return nil }
    self = candidate
  }

  /// The name behind an entry of the snapshot role's list, only to be shown.
  init(listed entry: String) {
    self.init(known: entry.hasSuffix(".json") ? String(entry.dropLast(5)) : entry)
  }

  /// The name as it stands in metadata.
  public var text: String { exact.text }

  /// The name's file without version: percent-encoded so that it is one part of a path and of a URL, with `.json`.
  public var fileName: String { percentEncoded(text) + ".json" }

  /// The entry that stands for the role in the snapshot role's list (TUF 4.4: the name itself, not encoded).
  public var listedName: String { text + ".json" }

  /// Orders by bytes.
  public static func < (left: RoleName, right: RoleName) -> Bool { left.exact < right.exact }
}

extension RoleName: CustomStringConvertible {
  /// The name, short and free of control characters, for people.
  public var description: String { printable(text) }
}

/// Percent-encodes everything but unreserved characters (RFC 3986 section 2.3) and the bytes given.
func percentEncoded(_ text: String, keeping kept: [UInt8] = []) -> String {
  var output = ""
  for byte in text.utf8 {
    switch byte {
    case UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "a")...UInt8(ascii: "z"),
      UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"), UInt8(ascii: "~"):
      output.unicodeScalars.append(Unicode.Scalar(byte))
    case let byte where kept.contains(byte):
      output.unicodeScalars.append(Unicode.Scalar(byte))
    default:
      output += (byte < 16 ? "%0" : "%") + String(byte, radix: 16, uppercase: true)
    }
  }
  return output
}

/// Foreign text for people: at most 80 characters, control characters as question marks.
func printable(_ text: String) -> String {
  var output = ""
  var count = 0
  for scalar in text.unicodeScalars {
    if count == 80 { return output + "…" }
    let isControl = scalar.properties.generalCategory == .control || scalar.properties.generalCategory == .format
    output.unicodeScalars.append(isControl ? "?" : scalar)
    count += 1
  }
  return output
}
