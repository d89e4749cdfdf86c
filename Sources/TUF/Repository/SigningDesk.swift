internal import Signing
internal import StrictJSON

/// Collects signatures for one publication: of the signers at hand, and of others who signed elsewhere.
struct SigningDesk {
  let signers: [any MetadataSigner]
  /// Signatures that were made elsewhere.
  let collected: [RoleName: [MetadataSignature]]

  /// The file of a role, signed by everybody at hand whom an authority lists.
  ///
  /// - Throws: ``TUFError/missingSignatures(role:needed:have:keyIDs:)`` when an authority is not satisfied.
  func file(_ signed: JSON.Object, role: RoleName, authorities: [Authority]) throws -> [UInt8] {
    let payload = try Self.payload(signed, role: role)
    var signatures: [MetadataSignature] = []
    var seen: Set<ExactString> = []
    for entry in authorities.flatMap(\.entries) where !seen.contains(ExactString(entry.keyID)) {
      guard let signature = try signature(of: entry, over: payload, role: role) else { continue }
      seen.insert(ExactString(entry.keyID))
      signatures.append(signature)
    }
    let listed = signatures.map { JSON.object(["keyid": .string($0.keyID), "sig": .string($0.hex)]) }
    let bytes = JSON.object(["signatures": .array(listed), "signed": .object(signed)]).serialized()
    let envelope = try SignedEnvelope(bytes, role: role, limits: .publisher)
    for authority in authorities {
      let valid = envelope.validSignatures(by: authority)
      guard valid >= authority.threshold else {
        throw TUFError.missingSignatures(
          role: role, needed: authority.threshold, have: valid, keyIDs: authority.entries.map(\.keyID))
      }
    }
    return bytes
  }

  static func payload(_ signed: JSON.Object, role: RoleName) throws(TUFError) -> [UInt8] {
    do throws(JSONError) {
      return try JSON.object(signed).canonicalBytes()
    } catch {
      throw .json(role: role, error)
    }
  }

  private func signature(
    of entry: Authority.Entry, over payload: [UInt8], role: RoleName
  ) throws -> MetadataSignature? {
    let own = entry.key.material
    if own != nil, let signer = signers.first(where: { $0.key.material == own }) {
      return MetadataSignature(keyID: entry.keyID, hex: Hex.encode(try signer.sign(metadata: payload)))
    }
    return collected[role]?.first { signature in
      ExactString(signature.keyID) == ExactString(entry.keyID)
        && entry.key.isValid(signature: signature.hex, for: payload)
    }
  }
}
