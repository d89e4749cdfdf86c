import Crypto
import Foundation
import Signing
import StrictJSON
import TUF

/// An Ed25519 key that is the same in every run, so that the signatures in the corpus stay good.
struct FixedKey: MetadataSigner {
  let key: MetadataKey
  private let secret: Curve25519.Signing.PrivateKey

  init(_ number: UInt8) throws {
    secret = try Curve25519.Signing.PrivateKey(rawRepresentation: Data(repeating: number, count: 32))
    let text = Hex.encode(Array(secret.publicKey.rawRepresentation))
    key = try MetadataKey(
      json: ["keytype": "ed25519", "keyval": ["public": .string(text)], "scheme": "ed25519"], role: .root)
  }

  func sign(metadata payload: [UInt8]) throws -> [UInt8] {
    Array(try secret.signature(for: Data(payload)))
  }
}
