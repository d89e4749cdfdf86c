package import StrictJSON
import SystemPackage

/// What a configuration file says, whatever its language, and the edits of one entry.
///
/// Every edit is read again before it is given out: it must say what the file said, with this one entry changed.
package struct ConfigurationText: Sendable {
  private enum Content: Sendable {
    case json(JSONEdit)
    case toml(TOMLEdit)
  }

  private let path: String
  private let client: AIClient
  private let content: Content
  /// The file.
  package let bytes: [UInt8]

  /// Reads a file; no file is an empty one.
  /// - Throws: `.notUnderstood` with line and column, `.wrongShape`.
  init(_ file: ConfigurationFile, of client: AIClient) throws(ClientError) {
    try self.init(file.bytes ?? [], of: client, path: file.path.string)
  }

  /// Reads the bytes of a file.
  /// - Throws: `.notUnderstood` with line and column, `.wrongShape`.
  package init(_ bytes: [UInt8], of client: AIClient, path: String) throws(ClientError) {
    self.bytes = bytes
    self.client = client
    self.path = path
    switch client.language {
    case .json:
      do throws(JSONError) {
        content = .json(JSONEdit(try CommentedJSON(bytes), section: client.section))
      } catch {
        throw Self.notUnderstood(bytes, path: path, error.offset, error.description)
      }
    case .toml:
      do throws(TOMLFault) {
        content = .toml(TOMLEdit(try TOMLDocument(bytes), section: client.section))
      } catch {
        throw Self.notUnderstood(bytes, path: path, error.offset, error.reason)
      }
    }
    _ = try list()
  }

  private static func notUnderstood(
    _ bytes: [UInt8], path: String, _ offset: Int, _ reason: String
  ) -> ClientError {
    let before = bytes.prefix(offset)
    let line = before.count { $0 == 0x0A } + 1
    let column = before.count - (before.lastIndex(of: 0x0A).map { $0 + 1 } ?? 0) + 1
    return .notUnderstood(path: path, line: line, column: column, reason: reason)
  }

  // MARK: - Reading

  /// Everything that the file says.
  var value: JSON {
    switch content {
    case .json(let edit): edit.text.root?.value ?? .object([:])
    case .toml(let edit): .object(edit.text.content)
    }
  }

  /// The entries for this account; empty where there is no list.
  package func list() throws(ClientError) -> JSON.Object {
    do throws(JSONEdit.NoObject) {
      switch content {
      case .json(let edit): return try edit.list()?.value ?? [:]
      case .toml(let edit): return try edit.list() ?? [:]
      }
    } catch {
      throw .wrongShape(path: path, what: error.what, needed: client.language == .json ? "object" : "table")
    }
  }

  /// The file with what may be a secret blanked out, for showing.
  var masked: [UInt8] {
    switch content {
    case .json(let edit): SecretMask.masked(edit.text)
    case .toml(let edit): SecretMask.masked(edit.text)
    }
  }

  // MARK: - Editing

  /// The file with a new entry.
  package func adding(_ key: String, _ entry: JSON.Object) throws(ClientError) -> (bytes: [UInt8], insertion: Insertion)
  {
    let edited: (bytes: [UInt8], insertion: Insertion)
    do throws(JSONEdit.NoObject) {
      switch content {
      case .json(let edit): edited = try edit.adding(key, entry)
      case .toml(let edit): edited = try edit.adding(key, entry)
      }
    } catch {
      throw .wrongShape(path: path, what: error.what, needed: "object")
    }
    try check(edited.bytes, key, .object(entry))
    return edited
  }

  /// The file with another value of an entry.
  package func replacing(_ key: String, _ entry: JSON.Object) throws(ClientError) -> [UInt8] {
    let edited: [UInt8]?
    do throws(JSONEdit.NoObject) {
      switch content {
      case .json(let edit): edited = try edit.replacing(key, entry)
      case .toml(let edit): edited = try edit.replacing(key, entry)
      }
    } catch {
      throw .wrongShape(path: path, what: error.what, needed: "object")
    }
    guard let edited else { throw .noEntry(path: path, key: key) }
    try check(edited, key, .object(entry))
    return edited
  }

  /// The file without an entry; nil when nothing would be left of a file that was made for it.
  package func removing(_ key: String, _ insertion: Insertion?) throws(ClientError) -> [UInt8]? {
    let edited: (bytes: [UInt8]?, extent: Insertion.Extent)?
    do throws(JSONEdit.NoObject) {
      switch content {
      case .json(let edit): edited = try edit.removing(key, insertion)
      case .toml(let edit): edited = try edit.removing(key, insertion)
      }
    } catch {
      throw .wrongShape(path: path, what: error.what, needed: "object")
    }
    guard let edited else { throw .noEntry(path: path, key: key) }
    try check(edited.bytes ?? [], key, nil)
    return edited.bytes
  }

  /// Reads an edited file, which must say the same as before but for one entry.
  private func check(_ edited: [UInt8], _ key: String, _ entry: JSON?) throws(ClientError) {
    let after = try? ConfigurationText(edited, of: client, path: path)
    guard let after, var found = after.value.objectValue, var before = value.objectValue,
      let list = try? after.list(), let old = try? self.list(), list[key] == entry
    else { throw .editNotExact(path: path, key: key) }
    var (rest, oldRest) = (list, old)
    rest[key] = nil
    oldRest[key] = nil
    found[client.section] = nil
    before[client.section] = nil
    guard rest == oldRest, found == before else { throw .editNotExact(path: path, key: key) }
  }
}

extension JSONError {
  /// Where the fault is, in bytes from 0.
  var offset: Int {
    switch self {
    case .tooLarge, .notCanonical: 0
    case .tooDeep(_, let offset), .tooManyMembers(_, let offset), .unexpectedByte(_, let offset),
      .unexpectedEnd(let offset), .trailingData(let offset), .duplicateKey(_, let offset), .invalidUTF8(let offset),
      .invalidEscape(let offset), .controlCharacter(_, let offset), .invalidNumber(let offset):
      offset
    }
  }
}
