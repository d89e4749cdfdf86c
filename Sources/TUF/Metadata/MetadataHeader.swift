public import StrictJSON

/// What the `signed` part of every role begins with (TUF 4.3).
public struct MetadataHeader: Hashable, Sendable {
  /// The version of the specification, such as `1.0.34`.
  public let specification: String
  /// The version of this file, at least 1.
  public let version: Int64
  /// From this moment on the file is expired.
  public let expires: MetadataTime

  init(_ signed: Shape, type: String) throws(TUFError) {
    let offered = try signed.string("_type")
    guard ExactString(offered) == ExactString(type) else {
      throw .wrongType(role: signed.role, expected: type, offered: offered)
    }
    specification = try signed.string("spec_version")
    guard Self.isUnderstood(specification) else {
      throw .unsupportedSpecification(role: signed.role, offered: specification)
    }
    version = try signed.version("version")
    guard let expires = MetadataTime(try signed.string("expires")) else {
      throw signed.fault("expires", "is no time like 2026-01-31T00:00:00Z")
    }
    self.expires = expires
  }

  /// Major version 1 with two or three numbers; old repositories write "1.0".
  private static func isUnderstood(_ text: String) -> Bool {
    let parts = text.utf8.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
    guard (2...3).contains(parts.count), Array(parts[0]) == [UInt8(ascii: "1")] else { return false }
    return parts.allSatisfy { part in
      !part.isEmpty && part.count < 10 && part.allSatisfy { $0 >= UInt8(ascii: "0") && $0 <= UInt8(ascii: "9") }
    }
  }
}

/// The decoded content of one role's file.
public protocol MetadataContent: Sendable {
  /// The value of `_type`.
  static var type: String { get }
  /// Type, version and expiry.
  var header: MetadataHeader { get }
  /// Decodes the `signed` part; throws ``TUFError`` when it does not follow the specification.
  init(_ signed: JSONObjectView, role: RoleName) throws(TUFError)
}

extension MetadataContent {
  /// Decodes a `signed` part that was made here, not read.
  public init(signed: JSON.Object, role: RoleName) throws(TUFError) {
    try self.init(Shape(.object(signed), of: role, at: "signed").object, role: role)
  }

  /// The version of this file.
  public var version: Int64 { header.version }
  /// From this moment on the file is expired.
  public var expires: MetadataTime { header.expires }
}
