/// What can be wrong with a key, a key file or the use of a secret key.
public enum KeyError: SerinError, Equatable {
  /// A part of a key has the wrong number of bytes.
  case wrongLength(what: String, offered: Int, needed: Int)
  /// A file is longer than a key file can be, in bytes.
  case tooLong(offered: Int, limit: Int)
  /// A key file has the wrong number of lines.
  case wrongLineCount(offered: Int, needed: Int)
  /// The first line of a key file is not an untrusted comment.
  case missingComment
  /// A comment has control characters or is longer than minisign reads.
  case badComment(String)
  /// The key line is not Base64.
  case notBase64
  /// The key is for another signature algorithm; the two bytes that name it.
  case unknownAlgorithm([UInt8])
  /// The secret key is protected by another key derivation; the two bytes that name it.
  case unknownKeyDerivation([UInt8])
  /// The secret key has another checksum algorithm; the two bytes that name it.
  case unknownChecksum([UInt8])
  /// The key derivation asks for more work or memory than is allowed.
  case costTooHigh(operations: UInt64, memory: UInt64, maxOperations: UInt64, maxMemory: UInt64)
  /// The secret key is encrypted and no passphrase was given.
  case passphraseNeeded
  /// The passphrase does not open the secret key.
  case wrongPassphrase
  /// The secret key does not match its checksum or its public half.
  case damaged
  /// There is not enough memory that can be kept out of swap, or for the key derivation, in bytes.
  case noMemory(bytes: UInt64)
  /// The library could not start, so no key can be used.
  case libraryFailed
  /// The signature just made does not verify, so it is not given out.
  case faultySignature

  /// Who has to act.
  public var blame: Blame {
    switch self {
    case .noMemory, .libraryFailed, .faultySignature: .machine
    default: .user
    }
  }

  /// What to do next.
  public var help: String? {
    switch self {
    case .wrongPassphrase: "try again; there is no way to recover a lost passphrase"
    case .passphraseNeeded: "give the passphrase at the terminal, or with a file or a file descriptor"
    case .damaged, .notBase64, .wrongLength, .wrongLineCount, .missingComment, .tooLong:
      "restore the key file from a copy"
    case .costTooHigh: "make the key file anew with minisign's own settings"
    case .noMemory: "free some memory or raise the limit for locked memory (ulimit -l)"
    case .faultySignature: "do not trust this machine's memory or processor; sign on another one"
    default: nil
    }
  }

  /// One sentence that says what is wrong.
  public var description: String {
    switch self {
    case .wrongLength(let what, let offered, let needed): "the \(what) has \(offered) bytes instead of \(needed)"
    case .tooLong(let offered, let limit): "the file has \(offered) bytes, and a key file has at most \(limit)"
    case .wrongLineCount(let offered, let needed): "the key file has \(offered) lines instead of \(needed)"
    case .missingComment: "the key file does not begin with an untrusted comment"
    case .badComment(let text): "the comment \(Quoted(text)) is too long or has control characters"
    case .notBase64: "the key line is not Base64"
    case .unknownAlgorithm(let name): "the key is for the unknown signature algorithm 0x\(Hex.encode(name))"
    case .unknownKeyDerivation(let name): "the secret key has the unknown key derivation 0x\(Hex.encode(name))"
    case .unknownChecksum(let name): "the secret key has the unknown checksum 0x\(Hex.encode(name))"
    case .costTooHigh(let operations, let memory, let maxOperations, let maxMemory):
      "opening the secret key would take \(operations) operations and \(memory) bytes of memory, "
        + "and at most \(maxOperations) and \(maxMemory) are allowed"
    case .passphraseNeeded: "the secret key is encrypted and no passphrase was given"
    case .wrongPassphrase: "the passphrase does not open the secret key"
    case .damaged: "the secret key does not match its checksum"
    case .noMemory(let bytes): "\(bytes) bytes of memory could not be had"
    case .libraryFailed: "libsodium could not start"
    case .faultySignature: "the signature just made does not verify, so it was thrown away"
    }
  }
}
