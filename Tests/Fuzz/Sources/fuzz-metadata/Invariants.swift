import StrictJSON
import TUF

/// What must hold whatever the input is; a breach ends the program, which is how libFuzzer learns of it.
enum Invariants {
  /// What a client believes is current, and not older than what it believed before.
  static func check(_ trusted: TrustedMetadataSet) {
    guard trusted.root.content.version == 2 || trusted.root.content.version == 1 else { breach("root version") }
    if let timestamp = trusted.timestamp?.content {
      guard timestamp.expires > Place.time, timestamp.version >= 1 else { breach("timestamp") }
    }
    if let snapshot = trusted.snapshot?.content {
      guard snapshot.expires > Place.time, snapshot.version == trusted.timestamp?.content.snapshot.version else {
        breach("snapshot role")
      }
    }
    if let targets = trusted.targets?.content {
      guard targets.expires > Place.time, targets.version == trusted.snapshot?.content.reference(to: .targets)?.version
      else { breach("targets") }
      for path in targets.paths { guard targets.target(path) != nil else { breach("a target") } }
    }
  }

  /// A text that can be read says the same after it was written and read again.
  static func check(json bytes: [UInt8]) {
    guard let value = try? JSON.parse(bytes) else { return }
    guard let again = try? JSON.parse(value.serialized(), limits: JSONLimits(maxBytes: .max)), again == value else {
      breach("reading what was written")
    }
    guard (try? again.canonicalBytes()) == (try? value.canonicalBytes()) else { breach("canonical form") }
  }

  static func breach(_ what: String) -> Never { fatalError("broken: \(what)") }
}
