package import StrictJSON

/// A place on the host that a plugin may read or write.
package struct PathGrant: Hashable, Sendable {
  /// Folders that have a name of their own in permissions.
  package enum Token: String, Hashable, Sendable, CaseIterable {
    /// The plugin's own data, kept over updates.
    case state = "@state"
    /// A folder that may be emptied at any time.
    case cache = "@cache"
    /// A folder that lives as long as the process.
    case tmp = "@tmp"
    /// The host's certificate authorities.
    case certs = "@certs"
    /// The host's time zone.
    case timezone = "@timezone"
    /// The host's fonts.
    case fonts = "@fonts"

    /// Whether a plugin can be allowed to write there.
    package var isWritable: Bool { self == .state || self == .cache || self == .tmp }
  }

  /// What the grant names.
  package enum Target: Hashable, Sendable {
    /// A named folder.
    case token(Token)
    /// The folder or file that the user configured under this key.
    case userConfig(String)
    /// An absolute path, or one that begins with `~/`.
    case path(String)

    /// Whether everything at another place lies at this one, as far as names tell: a folder covers what is below it.
    package func covers(_ other: Target) -> Bool {
      if self == other { return true }
      guard case .path(let outer) = self, case .path(let inner) = other else { return false }
      return inner.utf8.starts(with: (outer + "/").utf8)
    }
  }

  /// The longest path in bytes.
  package static let maxPath = 1024
  /// The longest reason in bytes.
  package static let maxReason = 200

  /// What the grant names.
  package let target: Target
  /// Why the plugin needs it, in the publisher's words.
  package let reason: String?

  /// Reads a grant such as `@state`, `${user_config.repo}`, `/etc/hosts` or `~/notes`.
  ///
  /// Throws a `ReleaseError` that states the rule.
  package init(_ text: String, reason: String? = nil) throws(ReleaseError) {
    target = try PathGrant.target(text)
    self.reason = reason
  }

  /// The grant as permissions write it.
  package var text: String {
    switch target {
    case .token(let token): token.rawValue
    case .userConfig(let key): "${user_config.\(key)}"
    case .path(let path): path
    }
  }

  /// The grant in words for people.
  package var words: String {
    switch target {
    case .token(.state): "its own state folder"
    case .token(.cache): "its own cache folder"
    case .token(.tmp): "a temporary folder"
    case .token(.certs): "this machine's certificate authorities"
    case .token(.timezone): "this machine's time zone"
    case .token(.fonts): "this machine's fonts"
    case .userConfig(let key): "the place configured as “\(key)”"
    case .path(let path): path
    }
  }

  /// The grant as JSON: a text, or an object where there is a reason.
  package var json: JSON {
    guard let reason else { return .string(text) }
    return ["path": .string(text), "reason": .string(reason)]
  }

  private static func target(_ text: String) throws(ReleaseError) -> Target {
    func refused(_ rule: String) -> ReleaseError { ReleaseError("", .invalid(offered: text, rule: rule)) }
    if text.hasPrefix("@") {
      guard let token = Token(rawValue: text) else {
        throw refused("be one of \(Token.allCases.map(\.rawValue).joined(separator: ", "))")
      }
      return .token(token)
    }
    if text.contains("${") {
      guard let name = Variables.only(in: text), let key = Variables.userConfigKey(name) else {
        throw refused("hold a variable only as the whole of it, as in ${user_config.KEY}")
      }
      return .userConfig(key)
    }
    guard text.utf8.count <= maxPath else { throw ReleaseError("", .tooLong(offered: text.utf8.count, limit: maxPath)) }
    guard text.hasPrefix("/") || text.hasPrefix("~/") else {
      throw refused("be an absolute path, begin with '~/', or be one of the named folders")
    }
    guard text != "/", text != "~/" else { throw refused("name something narrower") }
    guard Characters.isOneLine(text) else { throw refused("hold no control characters") }
    guard !text.utf8.contains(where: { "*?[]{}\\".utf8.contains($0) }) else { throw refused("hold no wildcard") }
    let parts = text.dropFirst().split(separator: "/", omittingEmptySubsequences: false)
    for part in text.hasPrefix("~") ? parts.dropFirst() : parts[...] {
      guard part != "..", part != ".", !part.isEmpty else { throw refused("hold no part '..', '.' or empty part") }
    }
    return .path(text)
  }

  /// Reads a list of grants; the tokens that cannot be written are refused where writing is asked for.
  static func list(_ fields: Fields, _ key: String, writing: Bool) throws(ReleaseError) -> [PathGrant] {
    var grants: [PathGrant] = []
    for (index, member) in try fields.optionalArray(key, limit: Permissions.maxGrants).enumerated() {
      let field = "\(key)[\(index)]"
      do throws(ReleaseError) {
        let grant: PathGrant
        if case .string(let text) = member {
          grant = try PathGrant(text)
        } else {
          let object = try Fields(member, at: "")
          try object.refuseUnknown(["path", "reason"])
          grant = try PathGrant(object.string("path"), reason: object.optionalString("reason", limit: maxReason))
        }
        try check(grant, among: grants, writing: writing)
        grants.append(grant)
      } catch {
        throw ReleaseError(fields.path(error.field.isEmpty ? field : "\(field).\(error.field)"), error.problem)
      }
    }
    return grants
  }

  static func check(_ grant: PathGrant, among others: [PathGrant], writing: Bool) throws(ReleaseError) {
    if writing, case .token(let token) = grant.target, !token.isWritable {
      throw ReleaseError("", .invalid(offered: grant.text, rule: "be a place that can be written"))
    }
    guard !others.contains(where: { $0.target == grant.target }) else {
      throw ReleaseError("", .duplicate(grant.text))
    }
  }
}
