/// What can be wrong with a minisign signature.
public enum SignatureError: SerinError, Equatable {
  /// The file is longer than a signature can be, in bytes.
  case tooLong(offered: Int, limit: Int)
  /// The file has the wrong number of lines.
  case wrongLineCount(offered: Int, needed: Int)
  /// The first line is not an untrusted comment.
  case missingUntrustedComment
  /// The third line is not a trusted comment.
  case missingTrustedComment
  /// A line is not Base64.
  case notBase64(line: Int)
  /// A line holds the wrong number of bytes.
  case wrongLength(line: Int, offered: Int, needed: Int)
  /// The signature is of an unknown kind; the two bytes that name it.
  case unknownAlgorithm([UInt8])
  /// None of the trusted keys has the number that the signature names.
  case unknownKey(offered: String, trusted: [String])
  /// The signature does not fit the message and the key of this number.
  case badSignature(key: String)
  /// The message is signed, but the trusted comment was changed.
  case badTrustedComment(key: String)
  /// The signature covers the whole message and cannot be checked against a hash.
  case needsWholeMessage

  /// Who has to act.
  public var blame: Blame { .repository }

  /// What to do next.
  public var help: String? {
    switch self {
    case .unknownKey: "check that you have the right public key of this publisher"
    case .needsWholeMessage: "sign the file anew without minisign's -l option"
    case .badSignature, .badTrustedComment: "do not use the file; fetch it again from its publisher"
    default: "fetch the signature again from the publisher"
    }
  }

  /// One sentence that says what is wrong.
  public var description: String {
    switch self {
    case .tooLong(let offered, let limit): "the signature has \(offered) bytes, and at most \(limit) are read"
    case .wrongLineCount(let offered, let needed): "the signature has \(offered) lines instead of \(needed)"
    case .missingUntrustedComment: "the signature does not begin with an untrusted comment"
    case .missingTrustedComment: "the third line of the signature is not a trusted comment"
    case .notBase64(let line): "line \(line) of the signature is not Base64"
    case .wrongLength(let line, let offered, let needed):
      "line \(line) of the signature holds \(offered) bytes instead of \(needed)"
    case .unknownAlgorithm(let name): "the signature is of the unknown kind 0x\(Hex.encode(name))"
    case .unknownKey(let offered, let trusted):
      trusted.isEmpty
        ? "the signature is by key \(offered), and no key is trusted"
        : "the signature is by key \(offered), and trusted are \(trusted.joined(separator: ", "))"
    case .badSignature(let key): "the signature by key \(key) does not fit the content"
    case .badTrustedComment(let key): "the trusted comment is not the one that key \(key) signed"
    case .needsWholeMessage: "the signature is of minisign's legacy kind, which cannot be checked piece by piece"
    }
  }
}
