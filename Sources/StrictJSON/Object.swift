extension JSON {
  /// An object: members in written order, keys compared by UTF-8 bytes.
  public struct Object: Sendable {
    /// One member of an object.
    public struct Member: Hashable, Sendable {
      /// The key, unescaped.
      public let key: String
      /// The value under the key.
      public var value: JSON

      /// Makes a member.
      public init(key: String, value: JSON) {
        self.key = key
        self.value = value
      }

      /// Compares key bytes and value.
      public static func == (left: Member, right: Member) -> Bool {
        sameBytes(left.key, right.key) && left.value == right.value
      }

      /// Hashes in agreement with `==`.
      public func hash(into hasher: inout Hasher) {
        hashBytes(of: key, into: &hasher)
        hasher.combine(value)
      }
    }

    /// The members in the order in which they were written or set.
    public private(set) var members: [Member]
    /// Where each key stands; kept only for objects in which a linear search would be slow.
    private var index: [ExactString: Int]?

    /// Up to this many members a linear search beats a dictionary.
    static let smallCount = 12

    /// Makes an empty object.
    public init() {
      members = []
      index = nil
    }

    /// Makes an object of pairs; of two pairs with one key the later one wins.
    public init(_ pairs: [(String, JSON)]) {
      self.init()
      for (key, value) in pairs { set(key, value) }
    }

    /// Takes members whose keys the reader has already found to be different.
    init(distinct members: [Member]) {
      self.members = members
      index = Self.makeIndex(of: members)
    }
  }
}

extension JSON.Object {
  /// The number of members.
  public var count: Int { members.count }

  /// Whether there are no members.
  public var isEmpty: Bool { members.isEmpty }

  /// The keys in written order.
  public var keys: [String] { members.map(\.key) }

  /// The value under a key; setting nil removes the member.
  public subscript(key: String) -> JSON? {
    get {
      position(of: key).map { members[$0].value }
    }
    set {
      if let newValue { set(key, newValue) } else { remove(key) }
    }
  }

  /// Replaces the value under a key in its place, or appends a new member.
  public mutating func set(_ key: String, _ value: JSON) {
    if let place = position(of: key) {
      members[place].value = value
      return
    }
    members.append(Member(key: key, value: value))
    if index != nil {
      index?[ExactString(key)] = members.count - 1
    } else if members.count > Self.smallCount {
      rebuildIndex()
    }
  }

  /// Removes the member under a key and returns its value, if there was one.
  @discardableResult
  public mutating func remove(_ key: String) -> JSON? {
    guard let place = position(of: key) else { return nil }
    let removed = members.remove(at: place)
    rebuildIndex()
    return removed.value
  }

  /// The same members, sorted by the bytes of their keys.
  public func sortedByKey() -> JSON.Object {
    var sorted = self
    sorted.members.sort { bytesPrecede($0.key, $1.key) }
    sorted.rebuildIndex()
    return sorted
  }

  private func position(of key: String) -> Int? {
    if let index { return index[ExactString(key)] }
    return members.firstIndex { sameBytes($0.key, key) }
  }

  private mutating func rebuildIndex() {
    index = Self.makeIndex(of: members)
  }

  fileprivate static func makeIndex(of members: [Member]) -> [ExactString: Int]? {
    guard members.count > smallCount else { return nil }
    var index: [ExactString: Int] = [:]
    index.reserveCapacity(members.count)
    for (place, member) in members.enumerated() { index[ExactString(member.key)] = place }
    return index
  }
}

extension JSON.Object: Hashable {
  /// Whether both have the same members, in whatever order.
  public static func == (left: JSON.Object, right: JSON.Object) -> Bool {
    guard left.count == right.count else { return false }
    for (own, other) in zip(left.members, right.members) where own != other {
      return left.members.allSatisfy { right[$0.key] == $0.value }
    }
    return true
  }

  /// Hashes the members without regard to their order.
  public func hash(into hasher: inout Hasher) {
    var sum = 0
    for member in members { sum ^= member.hashValue }
    hasher.combine(sum)
  }
}
