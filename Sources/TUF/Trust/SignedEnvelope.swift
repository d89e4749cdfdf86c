public import StrictJSON

/// One signature of a metadata file: which key, and its signature in hexadecimal.
public struct MetadataSignature: Hashable, Sendable {
  /// The id of the key that signed.
  public let keyID: String
  /// The signature in hexadecimal; foreign text, perhaps empty or malformed.
  public let hex: String

  /// Makes a signature.
  public init(keyID: String, hex: String) {
    self.keyID = keyID
    self.hex = hex
  }
}

/// A metadata file as it arrived: its bytes, the parsed `signed` part with every unknown field, and the signatures (TUF
/// 4.2).
///
/// Nothing in it is believed yet.
public struct SignedEnvelope: Sendable {
  /// The file's bytes as they arrived; stores keep these, never a re-encoding.
  public var bytes: [UInt8] { signedPart.document.bytes }
  /// The role for which the file was offered.
  public let role: RoleName
  /// The `signed` part, not taken apart yet.
  public let signedPart: JSONObjectView
  /// The signatures; no two have the same key id.
  public let signatures: [MetadataSignature]
  /// The canonical form of `signed`, which the signatures cover.
  let payload: [UInt8]
  /// What ``countSignatures(by:)`` has found out already, and for whom.
  private var counted: (authority: Authority, valid: Int)?

  /// The version that the file claims before anybody has checked it: enough to refuse a file, never to accept one.
  var claimedVersion: Int64? { signedPart["version"]?.int64Value }

  /// The `signed` part with everything in it, to be edited.
  public var signed: JSON.Object { signedPart.value }

  /// Reads a file.
  ///
  /// - Throws: ``TUFError`` when it is too large, not strict JSON, not of the envelope's shape, or carries two
  ///   signatures of one key.
  public init(_ bytes: [UInt8], role: RoleName, limits: TUFLimits = .standard) throws(TUFError) {
    let limit = limits.bytes(of: role)
    guard bytes.count <= limit else { throw .tooLarge(file: role.fileName, limit: limit, offered: bytes.count) }
    let top: Shape
    do throws(JSONError) {
      let document = try JSONDocument(bytes, limits: JSONLimits(maxBytes: limit))
      guard let object = document.root.objectValue, let signed = object["signed"], let part = signed.objectValue else {
        throw JSONError.unexpectedByte(bytes.first ?? 0, offset: 0)
      }
      signedPart = part
      payload = try signed.canonicalBytes()
      top = Shape(object, of: role, at: "file")
    } catch {
      throw .json(role: role, error)
    }
    self.role = role
    signatures = try Self.signatures(in: top)
  }

  private static func signatures(in file: Shape) throws(TUFError) -> [MetadataSignature] {
    let values = try file.array("signatures")
    guard values.count <= TUFLimits.signatures else { throw file.fault("signatures", "holds too many signatures") }
    var signatures: [MetadataSignature] = []
    var seen: Set<ExactString> = []
    for value in values {
      let entry = try Shape(value, of: file.role, at: "signature")
      let keyID = try entry.string("keyid")
      guard seen.insert(ExactString(keyID)).inserted else {
        throw .duplicateSignature(role: file.role, keyID: keyID)
      }
      // A signature of another shape is not counted, and does not spoil the others.
      signatures.append(MetadataSignature(keyID: keyID, hex: entry.object["sig"]?.stringValue ?? ""))
    }
    return signatures
  }
}

extension SignedEnvelope {
  /// The one threshold check of this module: counts the different keys of an authority that signed the file.
  ///
  /// A key counts once, whatever ids and spellings it is listed under. Unknown keys, unknown schemes and malformed
  /// signatures count for nothing.
  ///
  /// - Throws: ``TUFError/noValidSignature(role:needed:)`` or ``TUFError/threshold(role:needed:valid:)``.
  public func verify(by authority: Authority) throws(TUFError) {
    let valid = validSignatures(by: authority)
    if valid == 0 { throw .noValidSignature(role: role, needed: authority.threshold) }
    guard valid >= authority.threshold else {
      throw .threshold(role: role, needed: authority.threshold, valid: valid)
    }
  }

  /// Counts the signatures now, so that a later check by the very same authority need not.
  mutating func countSignatures(by authority: Authority) {
    counted = (authority, validSignatures(by: authority))
  }

  /// How many different keys of an authority signed the file; counting ends at the threshold.
  func validSignatures(by authority: Authority) -> Int {
    if let counted, counted.authority == authority { return counted.valid }
    var entries: [ExactString: MetadataKey] = [:]
    for entry in authority.entries { entries[ExactString(entry.keyID)] = entry.key }
    var counted: Set<[UInt8]> = []
    for signature in signatures {
      guard let key = entries[ExactString(signature.keyID)], let material = key.material,
        !counted.contains(material), key.isValid(signature: signature.hex, for: payload)
      else { continue }
      counted.insert(material)
      if counted.count >= authority.threshold { break }
    }
    return counted.count
  }
}
