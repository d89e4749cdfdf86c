internal import StrictJSON

/// Whether keys and delegated roles have the shape that the specification gives them, found out without decoding them;
/// like ``EntryCheck``, it may be stricter than the decoding and must never be looser.
struct DelegationCheck {
  private let keyType = Array("keytype".utf8)
  private let scheme = Array("scheme".utf8)
  private let keyValue = Array("keyval".utf8)
  private let name = Array("name".utf8)
  private let keyIDs = Array("keyids".utf8)
  private let threshold = Array("threshold".utf8)
  private let terminating = Array("terminating".utf8)
  private let paths = Array("paths".utf8)
  private let hashPrefixes = Array("path_hash_prefixes".utf8)
  private let reserved = RoleName.topLevel.map { Array($0.text.utf8) }
  private static let letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._"
  private let nameBytes = ByteSet(letters)
  private let patternBytes = ByteSet(letters + "~+/*?")

  /// A key.
  func isKey(_ key: JSONCursor, _ nodes: Span<JSONNode>, _ bytes: Span<UInt8>) -> Bool {
    guard key.member(keyType.span, nodes, bytes)?.isString(nodes) == true,
      key.member(scheme.span, nodes, bytes)?.isString(nodes) == true,
      let value = key.member(keyValue.span, nodes, bytes)
    else { return false }
    return value.holdsOnlyStrings(nodes)
  }

  /// Whether every element of a list is a role with patterns, signed by keys of this ring, and their names ascend.
  func areRoles(_ list: JSONView?, keys: Keyring) -> Bool {
    var last: JSONCursor?
    let faults = list?.elements { role, nodes, bytes in
      guard let name = role.member(name.span, nodes, bytes), isName(name, nodes, bytes) else { return true }
      // Names in another order may hide one that comes twice.
      if let last, !name.isAfter(last, nodes, bytes) { return true }
      last = name
      return !isSigned(role, by: keys, nodes, bytes) || !isScoped(role, nodes, bytes)
    }
    return faults?.isEmpty ?? false
  }

  private func isName(_ name: JSONCursor, _ nodes: Span<JSONNode>, _ bytes: Span<UInt8>) -> Bool {
    guard name.isPlain(1...RoleName.longestFileName - 5, of: nameBytes, nodes, bytes) else { return false }
    for word in reserved where name.isPlain(word.span, nodes, bytes) { return false }
    return true
  }

  private func isSigned(
    _ role: JSONCursor, by keys: Keyring, _ nodes: Span<JSONNode>, _ bytes: Span<UInt8>
  ) -> Bool {
    guard let threshold = role.member(threshold.span, nodes, bytes)?.integer(nodes, bytes),
      (1...Int64(Int32.max)).contains(threshold), let ids = role.member(keyIDs.span, nodes, bytes)
    else { return false }
    var last: JSONCursor?
    var count = 0
    return ids.allElements(nodes, bytes) { id, nodes, bytes in
      count += 1
      if let last, !id.isAfter(last, nodes, bytes) { return false }
      last = id
      return count <= TUFLimits.keysPerRole && keys.index.contains(id, nodes, bytes)
    }
  }

  private func isScoped(_ role: JSONCursor, _ nodes: Span<JSONNode>, _ bytes: Span<UInt8>) -> Bool {
    guard role.member(terminating.span, nodes, bytes)?.isBool(nodes) == true,
      role.member(hashPrefixes.span, nodes, bytes) == nil, let paths = role.member(paths.span, nodes, bytes)
    else { return false }
    return paths.allElements(nodes, bytes) { pattern, nodes, bytes in
      pattern.isPlain(1...PathPattern.longest, of: patternBytes, nodes, bytes)
    }
  }
}
