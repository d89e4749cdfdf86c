package import Releases
package import Signing

/// A bundle manifest whose signature was checked, with the very bytes that were signed.
///
/// It can only be made by checking, so whoever holds one need not ask again.
package struct SignedManifest: Sendable {
  /// The manifest.
  package let manifest: BundleManifest
  /// The bytes of `bundle.json` as they were signed.
  package let json: [UInt8]
  /// The bytes of `bundle.json.minisig`.
  package let signature: [UInt8]
  /// The key that signed.
  package let signer: PublicKey

  /// Checks the signature over `bundle.json`, then reads it, then compares the trusted comment with what it says.
  ///
  /// Throws `BundleError.signature`, `.notText`, `.release` or `.wrongTrustedComment`.
  package init(json: [UInt8], signature: [UInt8], keys: [PublicKey]) throws(BundleError) {
    guard let text = String(validating: signature, as: UTF8.self) else { throw .notText(part: "signature") }
    let parsed = try checking(BundlePart.manifestName, try MinisignSignature(text: text))
    let signer = try checking(BundlePart.manifestName, try parsed.verify(json, by: keys))
    let manifest = try releasing(try BundleManifest(json: json))
    let expected = manifest.trustedComment
    guard parsed.trustedComment == expected else {
      throw .wrongTrustedComment(
        what: BundlePart.manifestName, offered: parsed.trustedComment, expected: expected)
    }
    self.manifest = manifest
    self.json = json
    self.signature = signature
    self.signer = signer
  }
}
