package import Signing

/// Where the publisher's secret keys come from, asked for by name when a signature is needed.
package protocol KeyRing: Sendable {
  /// The signer for a key, or `nil` where this machine does not hold its secret half.
  ///
  /// May ask the user for a passphrase. Throws where the key is there but cannot be opened.
  func signer(named name: String) throws -> Signer?
}
