internal import StrictJSON

/// Who may sign a role: key ids with their keys, and how many of them must.
public struct Authority: Hashable, Sendable {
  /// One key under the id by which signatures name it.
  public struct Entry: Hashable, Sendable {
    /// The id; opaque.
    public let keyID: String
    /// The key.
    public let key: MetadataKey
  }

  /// The keys in the order in which the role lists them.
  public let entries: [Entry]
  /// How many different keys must sign; at least 1.
  public let threshold: Int

  /// Makes an authority for publishing, with standard key ids.
  ///
  /// - Throws: ``TUFError/unpublishable(_:reason:)`` unless the keys are usable, different, and at least as many as the
  ///   threshold.
  public init(keys: [MetadataKey], threshold: Int) throws(TUFError) {
    guard threshold >= 1, threshold <= keys.count else {
      throw .unpublishable(
        "threshold \(threshold)", reason: "it must lie between 1 and the number of keys, \(keys.count)")
    }
    guard keys.count <= TUFLimits.keysPerRole else {
      throw .unpublishable("\(keys.count) keys", reason: "a role may have \(TUFLimits.keysPerRole)")
    }
    let materials = keys.compactMap(\.material)
    guard materials.count == keys.count, Set(materials).count == keys.count else {
      throw .unpublishable("the key set", reason: "a key is unusable or occurs twice")
    }
    entries = keys.map { Entry(keyID: $0.keyID, key: $0) }
    self.threshold = threshold
  }

  /// Reads `keyids` and `threshold` of a role against the keys that its file lists.
  init(_ role: Shape, keys: Keyring) throws(TUFError) {
    let ids = try role.strings("keyids")
    guard ids.count <= TUFLimits.keysPerRole else { throw role.fault("keyids", "holds too many keys") }
    var seen: Set<ExactString> = []
    var entries: [Entry] = []
    for id in ids {
      guard seen.insert(ExactString(id)).inserted else { throw role.fault("keyids", "names a key twice") }
      guard let key = try keys.key(id) else { throw role.fault("keyids", "names a key that is not listed") }
      entries.append(Entry(keyID: id, key: key))
    }
    self.entries = entries
    // The threshold may exceed the number of keys: nothing can be signed then, which is safe.
    threshold = Int(try role.integer("threshold", in: 1...Int64(Int32.max)))
  }

  /// The different keys of this authority, whatever their ids.
  var materials: Set<[UInt8]> { Set(entries.compactMap(\.key.material)) }
}

/// The keys that one file lists, by id; checked when the file is read and decoded when they are asked for.
struct Keyring: Hashable, Sendable {
  let index: JSONIndex
  private let role: RoleName

  init(_ shape: Shape) throws(TUFError) {
    role = shape.role
    let check = DelegationCheck()
    let role = role
    try shape.object.forEachMember(failing: { check.isKey($0, $1, $2) }) { (member) throws(TUFError) in
      _ = try MetadataKey(Shape(member.value, of: role, at: "key"))
    }
    // The reader has refused duplicate keys, so one id can name one key only.
    index = JSONIndex(shape.object)
  }

  /// The key under an id; nil when it is not listed.
  func key(_ id: String) throws(TUFError) -> MetadataKey? {
    guard let value = index[id] else { return nil }
    return try MetadataKey(Shape(value, of: role, at: "key"))
  }
}
