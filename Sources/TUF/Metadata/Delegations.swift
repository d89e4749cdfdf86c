internal import Signing
internal import StrictJSON

/// One role to which a targets role delegates (TUF 4.5).
public struct DelegatedRole: Hashable, Sendable {
  /// Which targets a delegation covers.
  public enum Scope: Hashable, Sendable {
    /// Paths that match one of these patterns.
    case paths([PathPattern])
    /// Paths whose SHA-256 begins with one of these hexadecimal digits.
    case hashPrefixes([String])
  }

  /// The name of the role.
  public let name: RoleName
  /// Who may sign it.
  public let authority: Authority
  /// Whether the search for a covered target ends with this role and what it delegates to.
  public let terminating: Bool
  /// Which targets it covers.
  public let scope: Scope

  init(_ shape: Shape, keys: Keyring) throws(TUFError) {
    guard let name = RoleName(delegated: try shape.string("name")) else {
      throw shape.fault("name", "is empty, too long, or the name of a top-level role")
    }
    self.name = name
    authority = try Authority(shape, keys: keys)
    terminating = try shape.bool("terminating")
    switch (shape.has("paths"), shape.has("path_hash_prefixes")) {
    case (true, false):
      var patterns: [PathPattern] = []
      for text in try shape.strings("paths") {
        guard let pattern = PathPattern(text) else {
          throw shape.fault("paths", "holds a pattern that implementations would not agree about")
        }
        patterns.append(pattern)
      }
      scope = .paths(patterns)
    case (false, true):
      let prefixes = try shape.strings("path_hash_prefixes")
      let areHex = prefixes.allSatisfy { prefix in
        (1...64).contains(prefix.utf8.count) && Hex.decode(prefix.utf8.count % 2 == 0 ? prefix : prefix + "0") != nil
      }
      guard areHex else { throw shape.fault("path_hash_prefixes", "holds something other than lower-case hexadecimal") }
      scope = .hashPrefixes(prefixes)
    default: throw shape.fault("paths", "and path_hash_prefixes: exactly one of both must be present")
    }
  }

  /// Whether the delegation covers a target path.
  public func covers(_ path: String) -> Bool { covers(SearchedPath(path)) }

  func covers(_ path: SearchedPath) -> Bool {
    switch scope {
    case .paths(let patterns): patterns.contains { $0.matches(parts: path.parts) }
    case .hashPrefixes(let prefixes): prefixes.contains { path.digest.hasPrefix($0) }
    }
  }
}

/// A path that many delegations are asked about: split and hashed once.
struct SearchedPath {
  let parts: [[UInt8]]
  let digest: String

  init(_ path: String) {
    parts = PathPattern.parts(of: path)
    digest = SHA256Digest.of(Array(path.utf8)).hex
  }
}

/// Roles that share all targets among them by the digest of the path (TAP 15).
public struct SuccinctRoles: Hashable, Sendable {
  /// Who may sign each of the roles.
  public let authority: Authority
  /// How many leading bits of the digest choose the role; 1 to 32.
  public let bitLength: Int
  /// What the names begin with.
  public let namePrefix: String

  init(_ shape: Shape, keys: Keyring) throws(TUFError) {
    authority = try Authority(shape, keys: keys)
    bitLength = Int(try shape.integer("bit_length", in: 1...32))
    namePrefix = try shape.string("name_prefix")
    guard RoleName(delegated: namePrefix + "-" + String(repeating: "0", count: 8)) != nil else {
      throw shape.fault("name_prefix", "is too long")
    }
  }

  /// The role that is responsible for a target path.
  public func role(for path: String) -> RoleName? {
    let digest = SHA256Digest.of(Array(path.utf8)).bytes
    let word = digest.prefix(4).reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
    let bin = String(word >> UInt64(32 - bitLength), radix: 16)
    let width = String((UInt64(1) << UInt64(bitLength)) - 1, radix: 16).utf8.count
    return RoleName(delegated: "\(namePrefix)-\(String(repeating: "0", count: width - bin.utf8.count))\(bin)")
  }

  /// Whether a role is one of these (GHSA-77hh-43cm-v8j6: a foreign name must not get their keys).
  public func contains(_ role: RoleName) -> Bool {
    let prefix = Array((namePrefix + "-").utf8)
    let name = Array(role.text.utf8)
    guard name.starts(with: prefix) else { return false }
    let bin = String(decoding: name[prefix.count...], as: UTF8.self)
    let largest = (UInt64(1) << UInt64(bitLength)) - 1
    guard bin.utf8.count == String(largest, radix: 16).utf8.count, let number = UInt64(bin, radix: 16),
      bin.utf8.allSatisfy({ (0x30...0x39).contains($0) || (0x61...0x66).contains($0) })
    else { return false }
    return number <= largest
  }
}

/// The delegations of one targets role, in the order in which they are asked (TUF 4.5).
public enum Delegations: Hashable, Sendable {
  /// Roles with scopes of their own.
  case roles([DelegatedRole])
  /// Hash bins.
  case succinct(SuccinctRoles)

  init(_ shape: Shape, keys: Keyring) throws(TUFError) {
    switch (shape.has("roles"), shape.has("succinct_roles")) {
    case (true, false):
      var roles: [DelegatedRole] = []
      var names: Set<RoleName> = []
      for value in try shape.array("roles") {
        let role = try DelegatedRole(try Shape(value, of: shape.role, at: "signed.delegations.role"), keys: keys)
        guard names.insert(role.name).inserted else { throw shape.fault("roles", "names the role \(role.name) twice") }
        roles.append(role)
      }
      self = .roles(roles)
    case (false, true):
      self = .succinct(try SuccinctRoles(try shape.shape("succinct_roles"), keys: keys))
    default: throw shape.fault("roles", "and succinct_roles: exactly one of both must be present")
    }
  }

  /// Who may sign a role according to these delegations; nil when they do not name it.
  public func authority(of role: RoleName) -> Authority? {
    switch self {
    case .roles(let roles): roles.first { $0.name == role }?.authority
    case .succinct(let bins): bins.contains(role) ? bins.authority : nil
    }
  }

  /// The roles to ask for a target path, in order.
  func steps(covering path: String) -> [Step] {
    switch self {
    case .roles(let roles):
      let searched = SearchedPath(path)
      return roles.filter { $0.covers(searched) }
        .map { Step(role: $0.name, authority: $0.authority, terminating: $0.terminating) }
    case .succinct(let bins):
      // TAP 15 says non-terminating; python-tuf and go-tuf say terminating, and so do repositories that were tested
      // with them.
      return bins.role(for: path).map { [Step(role: $0, authority: bins.authority, terminating: true)] } ?? []
    }
  }

  /// One step of a search.
  struct Step {
    let role: RoleName
    let authority: Authority
    let terminating: Bool
  }
}
