import StrictJSON

/// Blanks out what may be a secret in a whole file, so that a difference can be shown on a terminal or in a log.
enum SecretMask {
  private static let stars: [UInt8] = Array("•••".utf8)

  /// A JSON file without its secrets.
  static func masked(_ text: CommentedJSON) -> [UInt8] {
    var ranges: [Range<Int>] = []
    if let root = text.root { find(in: root, key: nil, isPrivate: false, &ranges) }
    return replace(ranges, comments: text.comments, in: text.bytes)
  }

  /// A TOML file without its secrets.
  static func masked(_ text: TOMLDocument) -> [UInt8] {
    var ranges: [Range<Int>] = []
    for assignment in text.assignments {
      find(in: assignment.value, path: assignment.path, &ranges)
    }
    return replace(ranges, comments: text.comments, in: text.bytes)
  }

  private static func find(in value: JSONView, key: String?, isPrivate: Bool, _ ranges: inout [Range<Int>]) {
    if let object = value.objectValue {
      object.forEachMember { member in
        let key = member.key
        let isList = SecretSigns.privateKeys.contains(key) && member.value.objectValue != nil
        find(in: member.value, key: key, isPrivate: isPrivate || isList, &ranges)
      }
    } else if let elements = value.arrayValue {
      let texts = elements.map { $0.stringValue ?? "" }
      for (index, element) in elements.enumerated() {
        if element.isString {
          if isPrivate || SecretSigns.isSecret(argument: index, of: texts) { ranges.append(element.byteRange) }
        } else {
          find(in: element, key: key, isPrivate: isPrivate, &ranges)
        }
      }
    } else if let text = value.stringValue, isHidden(text, key, isPrivate) {
      ranges.append(value.byteRange)
    }
  }

  private static func find(in value: TOMLValue, path: [String], _ ranges: inout [Range<Int>]) {
    let isPrivate = path.dropLast().contains { SecretSigns.privateKeys.contains($0) }
    if let members = value.members {
      for member in members { find(in: member.value, path: path + member.path, &ranges) }
    } else if let elements = value.elements {
      let texts = elements.map { $0.json.stringValue ?? "" }
      for (index, element) in elements.enumerated() {
        if element.json.stringValue != nil {
          if isPrivate || SecretSigns.isSecret(argument: index, of: texts) { ranges.append(element.range) }
        } else {
          find(in: element, path: path, &ranges)
        }
      }
    } else if let text = value.json.stringValue, isHidden(text, path.last, isPrivate) {
      ranges.append(value.range)
    }
  }

  private static func isHidden(_ text: String, _ key: String?, _ isPrivate: Bool) -> Bool {
    if SecretSigns.isReference(text) { return false }
    return isPrivate || key.map { SecretSigns.isSecret(name: $0) } == true || SecretSigns.isSecret(value: text)
      || text.contains("://") && SecretSigns.places(in: ["url": .string(text)]).isEmpty == false
  }

  /// Puts stars between the quotes of strings, and over long words in comments: an entry may be commented out.
  private static func replace(_ strings: [Range<Int>], comments: [Range<Int>], in bytes: [UInt8]) -> [UInt8] {
    var splices: [(range: Range<Int>, bytes: [UInt8])] = strings.map { range in
      // Strings over several lines keep their line feeds, so that line numbers stay right.
      let feeds = bytes[range].filter { $0 == 0x0A }
      return (range.lowerBound + 1..<range.upperBound - 1, stars + feeds)
    }
    for comment in comments {
      for word in words(in: comment, of: bytes) { splices.append((word, stars)) }
    }
    var output: [UInt8] = []
    var done = 0
    for splice in splices.sorted(by: { $0.range.lowerBound < $1.range.lowerBound })
    where splice.range.lowerBound >= done {
      output += bytes[done..<splice.range.lowerBound]
      output += splice.bytes
      done = splice.range.upperBound
    }
    return output + bytes[done...]
  }

  /// Words of a comment that might be secrets: twelve characters and more with a digit among them.
  private static func words(in comment: Range<Int>, of bytes: [UInt8]) -> [Range<Int>] {
    let allowed = ByteSet("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-+=.:@%~")
    var found: [Range<Int>] = []
    var start = comment.lowerBound
    while start < comment.upperBound {
      guard allowed.contains(bytes[start]) else {
        start += 1
        continue
      }
      var end = start
      while end < comment.upperBound, allowed.contains(bytes[end]) { end += 1 }
      if end - start >= 12, bytes[start..<end].contains(where: { (48...57).contains($0) }) { found.append(start..<end) }
      start = end
    }
    return found
  }
}
