/// Bounds that the reader keeps whatever a file claims.
public struct JSONLimits: Hashable, Sendable {
  /// The largest text, in bytes.
  public var maxBytes: Int
  /// How deep arrays and objects may nest; a bare value has depth 0.
  public var maxDepth: Int
  /// How many values (members and elements together) a text may hold.
  public var maxMembers: Int
  /// The longest text of one number, in bytes.
  public var maxNumberBytes: Int

  /// Makes limits.
  public init(maxBytes: Int, maxDepth: Int = 32, maxMembers: Int = 1_000_000, maxNumberBytes: Int = 128) {
    self.maxBytes = maxBytes
    self.maxDepth = maxDepth
    self.maxMembers = maxMembers
    self.maxNumberBytes = maxNumberBytes
  }

  /// For signed metadata: 8 MiB.
  public static let metadata = JSONLimits(maxBytes: 8 << 20)
  /// For bundle manifests: 8 MiB and room for 32,768 entries.
  public static let manifest = JSONLimits(maxBytes: 8 << 20)
  /// For one message of a protocol: 16 MiB, nested up to 128 deep, as JSON Schemas do.
  public static let message = JSONLimits(maxBytes: 16 << 20, maxDepth: 128)
}
