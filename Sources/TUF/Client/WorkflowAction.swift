/// One thing that a workflow wants done.
public enum WorkflowAction: Hashable, Sendable {
  /// Read the client's own copy; answer with its bytes, or say that there is none. Unreadable means none.
  case load(MetadataFile)
  /// Fetch a file from the repository; answer with its bytes, or say that it is absent.
  case fetch(FetchRequest)
  /// Keep these bytes, durably, before asking for the next action.
  case persist(MetadataFile, [UInt8])
  /// Remove the client's own copy, if there is one.
  case discard(MetadataFile)
  /// Nothing is left to do.
  case finished
}

/// A file to be fetched from the repository's folder of metadata.
public struct FetchRequest: Hashable, Sendable {
  /// The path below the folder of metadata, percent-encoded.
  public let path: String
  /// The most bytes to accept; stop reading there, and count what was read.
  public let limit: Int
  /// Whether absence is a good answer: only so for the next root (TUF 5.3.3).
  ///
  /// Absent means 404, 403 or 410 and nothing else.
  public let absentAllowed: Bool

  /// Makes a request.
  public init(path: String, limit: Int, absentAllowed: Bool = false) {
    self.path = path
    self.limit = limit
    self.absentAllowed = absentAllowed
  }
}

extension TrustedMetadataSet {
  /// The request for a role's file at the version that is expected.
  func request(for role: RoleName, _ reference: FileReference?) throws(TUFError) -> FetchRequest {
    let prefix = consistentSnapshot ? reference.map { "\($0.version)." } ?? "" : ""
    let limit = limits.bytes(of: role)
    if let length = reference?.length, length > Int64(limit) {
      throw .tooLarge(file: role.fileName, limit: limit, offered: Int(clamping: length))
    }
    return FetchRequest(path: prefix + role.fileName, limit: reference?.length.map { Int($0) } ?? limit)
  }
}
