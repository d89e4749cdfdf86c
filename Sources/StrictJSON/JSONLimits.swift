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
  public static let metadata = JSONLimits(maxBytes: 5 << 20)
  /// For bundle manifests: 5 MiB and room for 24,576 entries.
  public static let manifest = JSONLimits(maxBytes: 5 << 20)
  /// For what this program wrote itself: 64 MiB.
  public static let own = JSONLimits(maxBytes: 64 << 20, maxMembers: 4_000_000)
  /// For one message of a protocol: 16 MiB, nested up to 128 deep, as JSON Schemas do.
  public static let message = JSONLimits(maxBytes: 16 << 20, maxDepth: 128)
}
