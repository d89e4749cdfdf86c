package import Platform
import Releases
import SystemPackage

extension SandboxPlan {
  /// Plans a sandbox: resolves every path, judges the declared ones, and puts the environment together.
  ///
  /// Nothing is written or started. Throws `SandboxError` for whatever no plugin may have.
  package static func make(
    _ request: SandboxRequest, surroundings: Surroundings, files: any FileSystem
  ) throws(SandboxError) -> SandboxPlan {
    try check(request)
    let tokens = Set((request.read + request.write).filter { $0.hasPrefix("@") })
    if let unknown = tokens.subtracting(knownTokens).sorted().first {
      throw .badPath(declared: unknown, reason: "there is no such token")
    }
    let declared = try DeclaredPaths(files: files, surroundings: surroundings).grant(
      read: request.read.filter { !$0.hasPrefix("@") }, write: request.write.filter { !$0.hasPrefix("@") })

    let resolver = PathResolver(files: files)
    var mounts = machineMounts(surroundings, tokens: tokens, resolver: resolver)
    mounts.append(try folder(request.tree, at: SandboxPaths.plugin, .readOnly, resolver))
    for (token, path, destination) in [
      ("@state", request.state, SandboxPaths.state), ("@cache", request.cache, SandboxPaths.cache),
    ] where tokens.contains(token) {
      guard let path else { throw .missingFolder(token: token) }
      let access: SandboxMount.Access = request.write.contains(token) ? .readWrite : .readOnly
      mounts.append(try folder(path, at: destination, access, resolver))
    }
    mounts += declared.mounts

    return SandboxPlan(
      name: request.name, arguments: request.arguments, environment: try environment(request, tokens: tokens),
      workingDirectory: SandboxPaths.plugin, mounts: mounts, hidden: declared.hidden,
      declared: Set(declared.mounts.map(\.destination)), links: surroundings.topLinks,
      network: try rules(request.network), limits: request.limits, minimumLevel: request.minimumLevel,
      preferred: request.preferred, programs: request.programs, observation: request.observation, notes: [])
  }

  /// The tokens of `read` and `write`.
  static let knownTokens: Set<String> = ["@state", "@cache", "@tmp", "@certs", "@timezone", "@fonts"]

  /// The most ports of the user's own machine that one plugin may name.
  static let mostOwnPorts = 16

  private static func check(_ request: SandboxRequest) throws(SandboxError) {
    guard let program = request.arguments.first, !program.isEmpty else {
      throw .badCommand(reason: "it names no program")
    }
    let variables = request.environment.map { "\($0.key)=\($0.value)" }
    let texts = request.arguments + variables
    guard !texts.contains(where: { $0.utf8.contains(0) }) else { throw .badCommand(reason: "it holds a NUL byte") }
    guard !request.environment.keys.contains(where: { $0.isEmpty || $0.contains("=") }) else {
      throw .badCommand(reason: "a variable has no name or an equals sign in it")
    }
    let bytes = texts.reduce(0) { $0 + $1.utf8.count }
    guard bytes <= mostCommandBytes else {
      throw .badCommand(reason: "it has \(bytes) bytes, at most \(mostCommandBytes) are allowed")
    }
  }

  private static func folder(
    _ path: FilePath, at destination: FilePath, _ access: SandboxMount.Access, _ resolver: PathResolver
  ) throws(SandboxError) -> SandboxMount {
    guard let source = resolver.resolve(path) else { throw .missingPath(declared: path.string) }
    return SandboxMount(source: source, destination: destination, access: access, isFolder: true)
  }

  /// The read-only part of the machine: `/usr`, and the few files of `/etc` that programs cannot do without.
  private static func machineMounts(
    _ surroundings: Surroundings, tokens: Set<String>, resolver: PathResolver
  ) -> [SandboxMount] {
    var names = SharedPaths.always
    if tokens.contains("@certs") { names += SharedPaths.certificates }
    if tokens.contains("@timezone") { names += SharedPaths.timeZone }
    if tokens.contains("@fonts") { names += SharedPaths.fonts }
    let tops = SharedPaths.topFolders.map { "/" + $0 }
    var mounts = [SandboxMount(source: "/usr", destination: "/usr", access: .readOnly, isFolder: true)]
    for name in tops + names {
      guard let isFolder = surroundings.sharedPaths[name], let source = resolver.resolve(FilePath(name)) else {
        continue
      }
      mounts.append(
        SandboxMount(source: source, destination: FilePath(name), access: .readOnly, isFolder: isFolder))
    }
    return mounts
  }

  private static func environment(
    _ request: SandboxRequest, tokens: Set<String>
  ) throws(SandboxError) -> [String: String] {
    var variables = ["PATH": searchPath, "LANG": "C.UTF-8"]
    // Where the user's zone is granted, /etc/localtime says it; a canary must not depend on where it runs.
    if request.mode == .canary || !tokens.contains("@timezone") { variables["TZ"] = "UTC" }
    if request.mode == .run {
      for name in request.passedVariables { variables[name] = request.userVariables[name] ?? variables[name] }
    }
    variables.merge(request.environment) { _, own in own }
    for name in request.secretNames {
      guard let value = request.secrets[name] else { throw .missingSecret(name: name) }
      guard !value.utf8.contains(0) else { throw .badCommand(reason: "the secret \(name) holds a NUL byte") }
      variables[name] = value
    }
    // These describe the sandbox itself; no wish of a plugin changes them.
    variables["HOME"] = SandboxPaths.home(hasState: tokens.contains("@state")).string
    variables["TMPDIR"] = SandboxPaths.temporary.string
    variables["HOSTNAME"] = hostName
    if !request.network.isEmpty { variables.merge(EgressProxy.variables) { _, own in own } }
    return variables
  }

  private static func rules(_ texts: [String]) throws(SandboxError) -> [NetworkRule] {
    var rules: [NetworkRule] = []
    for text in texts {
      do {
        rules.append(try NetworkRule(text))
      } catch {
        throw .badCommand(reason: "the network place \(text) is none: \(error.description)")
      }
    }
    // For each port of the user's own machine a socket listens inside.
    let most = mostOwnPorts
    guard EgressPolicy(rules: rules).ownPorts.count <= most else {
      throw .badCommand(reason: "it names more than \(most) ports of this machine")
    }
    return rules
  }
}
