package import Platform
package import SystemPackage

/// Turns the paths that a plugin declares into mounts, and refuses what no plugin may have.
package struct DeclaredPaths: Sendable {
  /// What came of the declared paths.
  package struct Granted: Hashable, Sendable {
    /// The mounts, parents before what lies below them.
    package var mounts: [SandboxMount] = []
    /// Protected paths below a folder that may be read: hidden inside.
    package var hidden: [FilePath] = []
  }

  /// A rule with where its path really leads.
  private struct Protected {
    let rule: ProtectedPath
    let resolved: FilePath
    /// The path as it is written and where it leads, as bytes: a character may join a slash with what follows it.
    private let texts: [[UInt8]]

    init(rule: ProtectedPath, resolved: FilePath) {
      self.rule = rule
      self.resolved = resolved
      texts = [Array(rule.path.string.utf8), Array(resolved.string.utf8)]
    }

    /// Whether a path is protected, as the rule is written or where it leads.
    func covers(_ path: [UInt8]) -> Bool {
      texts.contains { path.starts(with: $0) && (path.count == $0.count || path[$0.count] == UInt8(ascii: "/")) }
    }

    /// Whether the rule lies below a folder.
    func isBelow(_ folder: [UInt8]) -> Bool {
      texts[1].count > folder.count && texts[1].starts(with: folder) && texts[1][folder.count] == UInt8(ascii: "/")
    }
  }

  /// The longest declared path in bytes (PATH_MAX without its end).
  static let longestPath = 4095
  /// The most paths that one plugin may declare.
  static let mostPaths = 64

  private let files: any FileSystem
  private let resolver: PathResolver
  private let home: FilePath
  private let rules: [ProtectedPath]

  /// Makes a judge of declared paths for these surroundings.
  package init(files: any FileSystem, surroundings: Surroundings) {
    self.files = files
    home = surroundings.home
    let resolver = PathResolver(files: files)
    self.resolver = resolver
    rules = surroundings.protected
  }

  /// Judges all declared paths; a path that may be written may be read as well.
  package func grant(read: [String], write: [String]) throws(SandboxError) -> Granted {
    guard read.count + write.count <= Self.mostPaths else {
      throw .badPath(
        declared: (read + write)[Self.mostPaths], reason: "at most \(Self.mostPaths) paths may be declared")
    }
    var granted = Granted()
    // Most plugins declare nothing; looking where every protected path leads is only worth it for the others.
    guard !read.isEmpty || !write.isEmpty else { return granted }
    let protected = rules.map { Protected(rule: $0, resolved: $0.leadsTo(resolver, files)) }
    var byDestination: [FilePath: SandboxMount] = [:]
    for (declared, access) in read.map({ ($0, SandboxMount.Access.readOnly) })
      + write.map({ ($0, SandboxMount.Access.readWrite) })
    {
      guard let mount = try judge(declared, access, protected, hiding: &granted.hidden) else { continue }
      byDestination[mount.destination] = mount
    }
    granted.mounts = byDestination.values.sorted {
      ($0.destination.components.count, $0.destination.string) < (
        $1.destination.components.count, $1.destination.string
      )
    }
    return granted
  }

  private func judge(
    _ declared: String, _ access: SandboxMount.Access, _ protected: [Protected], hiding hidden: inout [FilePath]
  ) throws(SandboxError) -> SandboxMount? {
    let path = try written(declared)
    if access == .readOnly, SandboxPaths.visible.contains(where: { path.starts(with: $0) }) { return nil }
    try refuseOwn(path, declared)
    // What is written is judged before it is looked up, so that a protected path is named as such even when absent.
    try refuseProtected(path, access, protected, declared: declared)
    guard let resolved = resolver.resolve(path), let status = try? files.status(resolved) else {
      throw .missingPath(declared: declared)
    }
    guard status.kind == .file || status.kind == .directory else {
      throw .badPath(declared: declared, reason: "it is a device, socket or pipe")
    }
    guard !resolved.components.isEmpty else { throw .badPath(declared: declared, reason: "it is the whole machine") }
    try refuseProtected(resolved, access, protected, declared: declared)
    if status.kind == .directory {
      try hide(protected, below: resolved, seenAt: path, access, declared: declared, hidden: &hidden)
    }
    return SandboxMount(
      source: resolved, destination: path, access: access, isFolder: status.kind == .directory)
  }

  /// The path as it is meant: absolute, `~` expanded, without anything that means something else to somebody.
  private func written(_ declared: String) throws(SandboxError) -> FilePath {
    guard !declared.isEmpty, declared.utf8.count <= Self.longestPath else {
      throw .badPath(declared: declared, reason: "a path has 1 to \(Self.longestPath) bytes")
    }
    guard !declared.unicodeScalars.contains(where: { $0.value < 0x20 || $0.value == 0x7f }) else {
      throw .badPath(declared: declared, reason: "it holds control characters")
    }
    var path = FilePath(declared)
    if declared == "~" || declared.hasPrefix("~/") { path = home.appending(String(declared.dropFirst(2))) }
    guard path.isAbsolute else { throw .badPath(declared: declared, reason: "it is not absolute") }
    guard path.components.allSatisfy({ $0.kind == .regular }) else {
      throw .badPath(declared: declared, reason: "it holds . or ..")
    }
    return path
  }

  private func refuseOwn(_ path: FilePath, _ declared: String) throws(SandboxError) {
    for own in SandboxPaths.own where own.starts(with: path) {
      throw .badPath(declared: declared, reason: "it would hide \(own), which belongs to the sandbox")
    }
    for closed in SandboxPaths.closed where path.starts(with: closed) {
      throw .badPath(declared: declared, reason: "\(closed) belongs to the sandbox")
    }
  }

  private func refuseProtected(
    _ path: FilePath, _ access: SandboxMount.Access, _ protected: [Protected], declared: String
  ) throws(SandboxError) {
    let text = Array(path.string.utf8)
    for entry in protected where access == .readWrite || !entry.rule.isReadable {
      if entry.covers(text) {
        throw .protectedPath(declared: declared, resolved: path.string, protects: entry.rule.what)
      }
    }
  }

  private func hide(
    _ protected: [Protected], below folder: FilePath, seenAt destination: FilePath, _ access: SandboxMount.Access,
    declared: String, hidden: inout [FilePath]
  ) throws(SandboxError) {
    let text = Array(folder.string.utf8)
    for entry in protected where (access == .readWrite || !entry.rule.isReadable) && entry.isBelow(text) {
      let resolved = entry.resolved
      // Whoever may write around a protected path could put another one in its place.
      if access == .readWrite { throw .tooWideToWrite(declared: declared, holds: "\(resolved) (\(entry.rule.what))") }
      guard (try? files.status(resolved)) != nil else { continue }
      var inside = destination
      inside.append(resolved.components.dropFirst(folder.components.count))
      if !hidden.contains(inside) { hidden.append(inside) }
    }
  }
}

extension ProtectedPath {
  /// Where the path really leads; where nothing is there, the path itself.
  fileprivate func leadsTo(_ resolver: PathResolver, _ files: any FileSystem) -> FilePath {
    guard (try? files.status(path)) != nil else { return path }
    return resolver.resolve(path) ?? path
  }
}
