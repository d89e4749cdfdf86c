internal import StrictJSON

/// The delegations of one targets role as they stand in its file: checked when it is read, and decoded for the roles
/// that a search may have to ask.
struct DelegationList: Hashable, Sendable {
  private let object: JSONObjectView
  private let role: RoleName
  private let keys: Keyring
  /// What was decoded already, because it is not a plain list of roles with patterns.
  private let decoded: Delegations?

  init(_ shape: Shape) throws(TUFError) {
    object = shape.object
    role = shape.role
    keys = try Keyring(try shape.shape("keys"))
    let isPlain =
      !shape.has("succinct_roles") && DelegationCheck().areRoles(shape.object["roles"], keys: keys)
    decoded = isPlain ? nil : try Delegations(shape, keys: keys)
  }

  /// All of them, decoded.
  var all: Delegations? {
    if let decoded { return decoded }
    // The check in the initialiser has found nothing that the decoding could refuse.
    return try? Delegations(Shape(object, of: role, at: "signed.delegations"), keys: keys)
  }

  /// The roles to ask for a target path, in order.
  func steps(covering path: String) -> [Delegations.Step] {
    if let decoded { return decoded.steps(covering: path) }
    let bytes = Array(path.utf8)
    let name = Array("paths".utf8)
    let wildcards = ByteSet("*?")
    let candidates = object["roles"]?.elements { role, nodes, text in
      guard let patterns = role.member(name.span, nodes, text) else { return true }
      return !patterns.allElements(nodes, text) { pattern, nodes, text in
        !pattern.mayLead(to: bytes.span, wildcards: wildcards, nodes, text)
      }
    }
    let roles = (candidates ?? []).compactMap { candidate in
      try? DelegatedRole(Shape(candidate, of: role, at: "signed.delegations.role"), keys: keys)
    }
    return Delegations.roles(roles).steps(covering: path)
  }
}
