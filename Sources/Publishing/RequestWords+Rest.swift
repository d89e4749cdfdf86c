import StrictJSON
import TUF

// Members that have no words of their own must not be signed unseen.
extension RequestWords {
  private static let known = [
    "_type", "version", "expires", "keys", "roles", "consistent_snapshot", "targets", "delegations",
  ]
  private static let knownOfRoles = ["name", "keyids", "threshold", "paths", "path_hash_prefixes", "terminating"]

  mutating func describeRest(_ payload: SigningPayload) throws {
    let old = try base.bytes(of: payload.role).map { try SignedEnvelope($0, role: payload.role).signed } ?? [:]
    // A role that begins says which specification it follows, and that is no change.
    let known = old.isEmpty ? Self.known + ["spec_version"] : Self.known
    compare(payload.signed, old, known: known, of: payload.role.text)
    let before = Self.roles(of: old)
    for (name, entry) in Self.roles(of: payload.signed) {
      compare(
        entry, before.first { $0.name == name }?.entry ?? [:], known: Self.knownOfRoles,
        of: "\(name) in \(payload.role)")
    }
  }

  private mutating func compare(_ new: JSON.Object, _ old: JSON.Object, known: [String], of what: String) {
    for key in Set(new.keys + old.keys).sorted() where !known.contains(key) && new[key] != old[key] {
      let value = new[key].map { String(decoding: $0.serialized().prefix(200), as: UTF8.self) }
      add(.other, "the member \(key) of \(what) would be \(value ?? "removed")")
    }
  }

  /// The entries of a root's roles, or of the roles to which a targets role delegates.
  private static func roles(of signed: JSON.Object) -> [(name: String, entry: JSON.Object)] {
    if let members = signed["roles"]?.objectValue?.members {
      return members.map { ($0.key, $0.value.objectValue ?? [:]) }
    }
    return (signed["delegations"]?["roles"]?.arrayValue ?? []).map {
      ($0["name"]?.stringValue ?? "", $0.objectValue ?? [:])
    }
  }
}
