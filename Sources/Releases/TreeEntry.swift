package import Signing
package import StrictJSON

/// One file, symbolic link or empty folder of a release's tree.
package struct TreeEntry: Hashable, Sendable {
  /// What an entry is.
  package enum Kind: Hashable, Sendable {
    /// A file: mode 0644 or 0755, size in bytes, digest of its content.
    case file(mode: UInt16, size: Int64, sha256: SHA256Digest)
    /// A symbolic link; the target is relative and stays inside the tree.
    case symlink(target: String)
    /// A folder with nothing in it; other folders follow from the paths of what they hold.
    case directory
  }

  /// The mode of files that are not programs.
  package static let plainMode: UInt16 = 0o644
  /// The mode of programs.
  package static let executableMode: UInt16 = 0o755
  /// The largest file in bytes.
  package static let maxFileSize: Int64 = 4 << 30

  /// The path inside the tree, with `/` between its parts.
  package let path: String
  /// What the entry is.
  package let kind: Kind

  /// Makes an entry whose path, and target or mode and size, obey the rules.
  ///
  /// Throws a `ReleaseError` for a path or target that leaves the tree, or a mode or size that is not allowed.
  package init(path: String, kind: Kind) throws(ReleaseError) {
    try TreePath.check(path, field: "path")
    switch kind {
    case .file(let mode, let size, _):
      guard mode == TreeEntry.plainMode || mode == TreeEntry.executableMode else {
        throw ReleaseError("mode", .invalid(offered: "0" + String(mode, radix: 8), rule: TreeEntry.modeRule))
      }
      guard (0...TreeEntry.maxFileSize).contains(size) else {
        throw ReleaseError("size", .outOfRange(offered: size, minimum: 0, maximum: TreeEntry.maxFileSize))
      }
    case .symlink(let target): try TreePath.check(target: target, of: path, field: "target")
    case .directory: break
    }
    self.path = path
    self.kind = kind
  }

  /// The size of a file in bytes; 0 for anything else.
  package var size: Int64 {
    if case .file(_, let size, _) = kind { size } else { 0 }
  }

  /// The digest of a file's content; nil for anything else.
  package var sha256: SHA256Digest? {
    if case .file(_, _, let digest) = kind { digest } else { nil }
  }

  /// Whether the entry is a program.
  package var isExecutable: Bool {
    if case .file(TreeEntry.executableMode, _, _) = kind { true } else { false }
  }

  private static let modeRule = "be 0644 or 0755"

  /// The entry as a JSON object with sorted keys.
  package var json: JSON {
    switch kind {
    case .file(let mode, let size, let digest):
      [
        "mode": .string(mode == TreeEntry.executableMode ? "0755" : "0644"), "path": .string(path),
        "sha256": .string(digest.hex), "size": .integer(size), "type": "file",
      ]
    case .symlink(let target): ["path": .string(path), "target": .string(target), "type": "symlink"]
    case .directory: ["path": .string(path), "type": "directory"]
    }
  }

  /// Reads an entry of a list.
  init(_ json: JSON, at base: String, index: Int) throws(ReleaseError) {
    if let entry = try? TreeEntry(regular: json) {
      self = entry
    } else {
      try self.init(Fields(json, at: base, index: index))
    }
  }

  /// Reads a file with nothing unusual about it in one pass over its members; nil for anything that needs a closer
  /// look, so that the many files of a tree are read fast and every refusal comes from one place.
  private init?(regular json: JSON) throws(ReleaseError) {
    guard case .object(let object) = json else { return nil }
    var (path, digest): (String?, SHA256Digest?)
    var (mode, size): (UInt16?, Int64?)
    var isFile = false
    for member in object.members {
      switch (member.key, member.value) {
      case ("path", .string(let text)): path = text
      case ("sha256", .string(let text)): digest = SHA256Digest(hex: text)
      case ("size", .integer(let number)): size = number
      case ("mode", .string("0644")): mode = TreeEntry.plainMode
      case ("mode", .string("0755")): mode = TreeEntry.executableMode
      case ("type", .string("file")): isFile = true
      default: return nil
      }
    }
    guard isFile, let path, let digest, let mode, let size else { return nil }
    try self.init(path: path, kind: .file(mode: mode, size: size, sha256: digest))
  }

  /// Reads an entry; the field names of errors begin with the place that the fields were given.
  init(_ fields: Fields) throws(ReleaseError) {
    let path = try fields.string("path", limit: TreePath.maxBytes)
    let kind: Kind
    switch try fields.string("type") {
    case "file":
      let mode = try fields.string("mode")
      guard mode == "0644" || mode == "0755" else {
        throw fields.error("mode", .invalid(offered: mode, rule: TreeEntry.modeRule))
      }
      kind = .file(
        mode: mode == "0755" ? TreeEntry.executableMode : TreeEntry.plainMode,
        size: try fields.integer("size", in: 0...TreeEntry.maxFileSize), sha256: try fields.digest("sha256"))
    case "symlink": kind = .symlink(target: try fields.string("target", limit: TreePath.maxBytes))
    case "directory": kind = .directory
    case let other: throw fields.error("type", .invalid(offered: other, rule: "be file, symlink or directory"))
    }
    do throws(ReleaseError) {
      try self.init(path: path, kind: kind)
    } catch {
      throw fields.error(error.field, error.problem)
    }
  }
}
