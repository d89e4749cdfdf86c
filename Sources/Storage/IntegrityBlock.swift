package import Platform
internal import StrictJSON
internal import SystemPackage

/// The mark that keeps a plugin from starting: its tree is not what was signed.
///
/// It is about one tree. Another release may start; the same one may again when it has been made anew.
package struct IntegrityBlock: Hashable, Sendable {
  /// How many differences are named.
  package static let namedDifferences = 10
  /// The longest mark that is read, in bytes.
  static let maximumBytes = 64 << 10

  /// The tree that was found changed.
  package let tree: TreeName
  /// When that was seen.
  package let since: Instant
  /// What is different, in sentences: the first of them.
  package let differences: [String]
  /// How many differences there are.
  package let count: Int

  /// Marks a tree with what is different.
  package init(tree: TreeName, since: Instant, differences: [String]) {
    self.tree = tree
    self.since = since
    self.differences = differences.prefix(Self.namedDifferences).map { String($0.prefix(1000)) }
    count = differences.count
  }

  init?(json: JSON) {
    guard json["format"]?.intValue == 1, let tree = json["tree"]?.stringValue.flatMap({ TreeName($0) }),
      let since = json["since"]?.stringValue.flatMap({ Instant(rfc3339: $0) }),
      let differences = json["differences"]?.arrayValue, let count = json["count"]?.intValue
    else { return nil }
    self.tree = tree
    self.since = since
    self.differences = differences.compactMap(\.stringValue)
    self.count = count
  }

  var json: JSON {
    [
      "format": 1, "tree": .string(tree.text), "since": .string(since.rfc3339),
      "differences": .strings(differences), "count": .int(count),
    ]
  }
}

extension PluginFolder {
  var blockPath: FilePath { root.appending("blocked") }

  /// The mark that keeps this plugin from starting; nil when there is none.
  ///
  /// - Throws: `damaged` when the mark cannot be read: what cannot be understood must not open the door.
  package func integrityBlock() throws(StorageError) -> IntegrityBlock? {
    guard let bytes = try disk.readIfPresent(blockPath, limit: IntegrityBlock.maximumBytes) else { return nil }
    guard let block = (try? JSON.parse(bytes, limits: .own)).flatMap(IntegrityBlock.init) else {
      throw .damaged(path: blockPath, reason: "it is not the mark of a changed tree")
    }
    return block
  }

  /// Keeps this plugin from starting; on the disk when this returns.
  package func setIntegrityBlock(_ block: IntegrityBlock) throws(StorageError) {
    try disk.write(block.json.serialized(pretty: true), atomicallyTo: blockPath, mode: 0o600)
  }

  /// Lets the plugin start again.
  package func liftIntegrityBlock() throws(StorageError) { try disk.removeIfPresent(blockPath) }
}
