import StrictJSON

/// What looks like a secret that stands in plain text.
///
/// It is better to hide too much than too little: whatever is found here is only ever named, never shown.
enum SecretSigns {
  /// Keys under which clients keep variables and headers; every value there is hidden when a file is shown.
  static let privateKeys: Set<String> = ["env", "envs", "environment", "headers", "http_headers", "env_http_headers"]

  private static let words = [
    "token", "secret", "password", "passwd", "passphrase", "apikey", "api_key", "api-key", "accesskey", "access_key",
    "access-key", "private_key", "private-key", "credential", "authorization", "bearer", "cookie", "dsn",
    "connection_string", "_key", "-key", "_pat",
  ]
  private static let beginnings = [
    "sk-", "sk_live_", "sk_test_", "ghp_", "gho_", "ghs_", "ghu_", "github_pat_", "glpat-", "xoxb-", "xoxp-", "xapp-",
    "AKIA", "ASIA", "AIza", "eyJ", "ya29.", "hf_", "npm_", "pypi-", "dop_v1_", "shpat_", "Bearer ", "Basic ",
    "-----BEGIN ",
  ]

  /// Whether a name promises a secret.
  static func isSecret(name: String) -> Bool {
    let name = name.lowercased()
    return name == "key" || name == "pat" || words.contains { name.contains($0) }
  }

  /// Whether a value is only a reference to what stands elsewhere: `${env:X}`, `${input:x}`, `$X`, `<your key>`.
  static func isReference(_ value: String) -> Bool {
    value.isEmpty || value.hasPrefix("$") || value.hasPrefix("<") && value.hasSuffix(">") || value.hasPrefix("{{")
  }

  /// Whether a value looks like a secret, whatever it is called.
  static func isSecret(value: String) -> Bool {
    if isReference(value) { return false }
    if beginnings.contains(where: { value.hasPrefix($0) && value.utf8.count >= $0.utf8.count + 8 }) { return true }
    return hasPassword(value) || isRandom(value)
  }

  /// `postgres://user:password@host`.
  private static func hasPassword(_ value: String) -> Bool {
    guard let scheme = value.firstRange(of: "://") else { return false }
    let authority = value[scheme.upperBound...].prefix { $0 != "/" && $0 != "?" }
    guard let at = authority.lastIndex(of: "@"), let colon = authority[..<at].firstIndex(of: ":") else { return false }
    let password = authority[authority.index(after: colon)..<at]
    return !password.isEmpty && !isReference(String(password))
  }

  /// A long word of letters and digits mixed, as generators of keys make it; paths, names and versions are not.
  private static func isRandom(_ value: String) -> Bool {
    let bytes = value.utf8
    guard bytes.count >= 24, bytes.count <= 4096 else { return false }
    var (digits, lower, upper) = (0, 0, 0)
    for byte in bytes {
      switch byte {
      case UInt8(ascii: "0")...UInt8(ascii: "9"): digits += 1
      case UInt8(ascii: "a")...UInt8(ascii: "z"): lower += 1
      case UInt8(ascii: "A")...UInt8(ascii: "Z"): upper += 1
      case UInt8(ascii: "_"), UInt8(ascii: "-"), UInt8(ascii: "+"), UInt8(ascii: "="): break
      default: return false
      }
    }
    return digits >= 4 && lower + upper >= 4 && (digits * 8 >= bytes.count || min(lower, upper) * 6 >= bytes.count)
  }

  /// The places of an entry at which a secret stands in plain text, named without their values: `env.API_KEY`.
  static func places(in entry: JSON) -> [String] {
    var found: [String] = []
    for key in privateKeys.sorted() {
      for member in entry[key]?.objectValue?.members ?? [] {
        guard let value = member.value.stringValue, !isReference(value) else { continue }
        if isSecret(name: member.key) || isSecret(value: value) { found.append("\(key).\(member.key)") }
      }
    }
    if let url = (entry["url"] ?? entry["serverUrl"] ?? entry["httpUrl"])?.stringValue, isSecretURL(url) {
      found.append("url")
    }
    return found + arguments(entry["args"]?.arrayValue?.map { $0.stringValue ?? "" } ?? [])
  }

  private static func isSecretURL(_ url: String) -> Bool {
    if hasPassword(url) { return true }
    guard let query = url.firstIndex(of: "?") else { return false }
    return url[url.index(after: query)...].split(separator: "&").contains { pair in
      let parts = pair.split(separator: "=", maxSplits: 1)
      return parts.count == 2 && !isReference(String(parts[1]))
        && (isSecret(name: String(parts[0])) || isSecret(value: String(parts[1])))
    }
  }

  /// The arguments that hold secrets: `--api-key=…`, `--token …`, `-e KEY=…`, or a word that looks like one.
  private static func arguments(_ arguments: [String]) -> [String] {
    var found: [String] = []
    for (index, argument) in arguments.enumerated() where isSecret(argument: index, of: arguments) {
      let name = argument.firstIndex(of: "=").map { String(argument[..<$0]) }
      let before = index > 0 && arguments[index - 1].hasPrefix("-") ? arguments[index - 1] : nil
      found.append("args \(name ?? before ?? "number \(index + 1)")")
    }
    return found
  }

  /// Whether the argument at an index is, or carries, a secret.
  static func isSecret(argument index: Int, of arguments: [String]) -> Bool {
    let argument = arguments[index]
    if let equals = argument.firstIndex(of: "=") {
      let value = String(argument[argument.index(after: equals)...])
      if !isReference(value), isSecret(name: String(argument[..<equals])) || isSecret(value: value) { return true }
    }
    if index > 0, arguments[index - 1].hasPrefix("-"), !arguments[index - 1].contains("="),
      isSecret(name: arguments[index - 1]), !argument.hasPrefix("-"), !isReference(argument)
    {
      return true
    }
    return isSecret(value: argument)
  }
}
