package import StrictJSON

/// What a plugin may do on its host; whatever is not named is denied.
package struct Permissions: Hashable, Sendable {
  /// Connections that a plugin may open.
  package struct Network: Hashable, Sendable {
    /// The hosts; none means no network at all.
    package var allow: [NetworkRule]

    /// Rules for connections.
    package init(allow: [NetworkRule] = []) { self.allow = allow }
  }

  /// The environment of a plugin, which is empty but for these.
  package struct Environment: Hashable, Sendable {
    /// Variables of the host that are passed on.
    package var pass: [String]
    /// Variables with a fixed value.
    package var set: [String: String]
    /// Variables whose value comes from the host's store of secrets.
    package var secret: [String]

    /// An environment.
    package init(pass: [String] = [], set: [String: String] = [:], secret: [String] = []) {
      self.pass = pass
      self.set = set
      self.secret = secret
    }
  }

  /// How strongly a plugin must be contained.
  package struct Runtime: Hashable, Sendable {
    /// The weakest kind of sandbox that will do.
    package var min: RuntimeLevel
    /// Runtimes in the order in which they are tried; empty leaves it to the host.
    package var prefer: [String]

    /// A demand.
    package init(min: RuntimeLevel = .container, prefer: [String] = []) {
      self.min = min
      self.prefer = prefer
    }
  }

  /// The most members of each list.
  package static let maxGrants = 64
  /// The runtimes that can be preferred.
  package static let runtimes = ["kata", "runsc", "runc", "crun"]

  /// Places that may be read.
  package var read: [PathGrant]
  /// Places that may be read and written.
  package var write: [PathGrant]
  /// Connections that may be opened.
  package var net: Network
  /// The environment.
  package var env: Environment
  /// Programs that may be run besides the plugin's own.
  package var run: [String]
  /// What may be used up.
  package var limits: ResourceLimits
  /// How strongly the plugin must be contained.
  package var runtime: Runtime

  /// Nothing is allowed, with the standard limits.
  package static let none = Permissions(
    read: [], write: [], net: Network(), env: Environment(), run: [], limits: .standard, runtime: Runtime())

  private init(
    read: [PathGrant], write: [PathGrant], net: Network, env: Environment, run: [String], limits: ResourceLimits,
    runtime: Runtime
  ) {
    self.read = read
    self.write = write
    self.net = net
    self.env = env
    self.run = run
    self.limits = limits
    self.runtime = runtime
  }

  /// Reads permissions strictly; a member that is not known is refused, for it might be a misspelt restriction.
  ///
  /// Throws a `ReleaseError` that names the field and the rule.
  package init(json: JSON) throws(ReleaseError) {
    try self.init(Fields(json, at: "permissions"))
  }

  init(_ fields: Fields) throws(ReleaseError) {
    try fields.refuseUnknown(["version", "read", "write", "net", "env", "run", "limits", "runtime"])
    if fields.has("version") {
      let version = try fields.required("version")
      guard case .integer(1) = version else {
        throw fields.error("version", .unsupportedFormat(offered: version.text(), supported: "version 1"))
      }
    }
    read = try PathGrant.list(fields, "read", writing: false)
    write = try PathGrant.list(fields, "write", writing: true)
    net = try Permissions.network(fields)
    env = try Permissions.environment(fields)
    run = try Permissions.programs(fields)
    limits = fields.has("limits") ? try ResourceLimits(fields.fields("limits")) : .standard
    runtime = try Permissions.runtime(fields)
  }

  /// The permissions as JSON, the same for the same permissions.
  package var json: JSON {
    [
      "version": 1, "read": .array(read.map(\.json)), "write": .array(write.map(\.json)),
      "net": ["allow": .strings(net.allow.map(\.text))],
      "env": [
        "pass": .strings(env.pass),
        "set": .object(JSON.Object(env.set.keys.sortedByBytes().map { ($0, .string(env.set[$0, default: ""])) })),
        "secret": .strings(env.secret),
      ],
      "run": .strings(run), "limits": limits.json,
      "runtime": ["min": .string(runtime.min.rawValue), "prefer": .strings(runtime.prefer)],
    ]
  }

  /// Every path grant with the name of its field.
  var pathGrants: [(field: String, grant: PathGrant)] {
    read.enumerated().map { ("read[\($0.offset)]", $0.element) }
      + write.enumerated().map { ("write[\($0.offset)]", $0.element) }
  }

  private static func network(_ fields: Fields) throws(ReleaseError) -> Network {
    guard let net = try fields.optionalFields("net") else { return Network() }
    try net.refuseUnknown(["allow"])
    var rules: [NetworkRule] = []
    for (index, text) in try net.strings("allow", limit: maxGrants).enumerated() {
      let field = "allow[\(index)]"
      let rule: NetworkRule
      do throws(ReleaseError) { rule = try NetworkRule(text) } catch { throw net.error(field, error.problem) }
      guard !rules.contains(rule) else { throw net.error(field, .duplicate(rule.text)) }
      rules.append(rule)
    }
    return Network(allow: rules)
  }

  private static func environment(_ fields: Fields) throws(ReleaseError) -> Environment {
    guard let env = try fields.optionalFields("env") else { return Environment() }
    try env.refuseUnknown(["pass", "set", "secret"])
    let environment = Environment(
      pass: try env.strings("pass", limit: maxGrants), set: try env.texts("set", limit: maxGrants),
      secret: try env.strings("secret", limit: maxGrants))
    var names: Set<String> = []
    let lists = [
      ("pass", environment.pass), ("set", environment.set.keys.sortedByBytes()), ("secret", environment.secret),
    ]
    for (key, list) in lists {
      for name in list {
        try EnvironmentName.check(name, field: env.path(key))
        guard names.insert(name).inserted else { throw env.error(key, .duplicate(name)) }
      }
    }
    for name in environment.set.keys.sortedByBytes() where environment.set[name, default: ""].utf8.contains(0) {
      throw env.error("set.\(name)", .invalid(offered: "", rule: "hold no NUL character"))
    }
    return environment
  }

  private static func programs(_ fields: Fields) throws(ReleaseError) -> [String] {
    let names = try fields.strings("run", limit: maxGrants, maxText: 255)
    for (index, name) in names.enumerated() {
      let isPlain = name.utf8.allSatisfy { Characters.isAlphanumeric($0) || "._+-".utf8.contains($0) }
      guard isPlain, let first = name.utf8.first, Characters.isAlphanumeric(first) else {
        let rule = "be the name of a program, not a path"
        throw fields.error("run[\(index)]", .invalid(offered: name, rule: rule))
      }
      guard !names[..<index].contains(name) else { throw fields.error("run[\(index)]", .duplicate(name)) }
    }
    return names
  }

  private static func runtime(_ fields: Fields) throws(ReleaseError) -> Runtime {
    guard let runtime = try fields.optionalFields("runtime") else { return Runtime() }
    try runtime.refuseUnknown(["min", "prefer"])
    var level = RuntimeLevel.container
    if runtime.has("min") { level = try runtime.parse("min", RuntimeLevel.init) }
    let prefer = try runtime.strings("prefer", limit: maxGrants)
    for (index, name) in prefer.enumerated() where !runtimes.contains(name) {
      let rule = "be one of \(runtimes.joined(separator: ", "))"
      throw runtime.error("prefer[\(index)]", .invalid(offered: name, rule: rule))
    }
    return Runtime(min: level, prefer: prefer)
  }
}

/// How strongly a sandbox contains what runs in it.
package enum RuntimeLevel: String, Hashable, Sendable, Comparable, CaseIterable {
  /// Namespaces and seccomp on the host's own kernel (crun, runc).
  case container
  /// A kernel in user space (runsc).
  case gvisor
  /// A virtual machine (kata).
  case vm

  /// Reads a level's name; throws a `ReleaseError` that lists the names.
  package init(_ text: String) throws(ReleaseError) {
    guard let level = RuntimeLevel(rawValue: text) else {
      throw ReleaseError("min", .invalid(offered: text, rule: "be container, gvisor or vm"))
    }
    self = level
  }

  /// Whether one contains less strongly than another.
  package static func < (left: RuntimeLevel, right: RuntimeLevel) -> Bool { left.rank < right.rank }

  private var rank: Int {
    switch self {
    case .container: 0
    case .gvisor: 1
    case .vm: 2
    }
  }
}
