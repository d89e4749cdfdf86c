package import SystemPackage

/// A path of the machine that a plugin sees.
package struct SandboxMount: Hashable, Sendable {
  /// Whether the plugin may change it.
  package enum Access: String, Hashable, Sendable {
    /// Reading only.
    case readOnly
    /// Reading and writing, but never executing.
    case readWrite
  }

  /// The path on the machine, with every link resolved.
  package let source: FilePath
  /// The path inside.
  package let destination: FilePath
  /// What the plugin may do with it.
  package let access: Access
  /// Whether it is a folder.
  package let isFolder: Bool

  /// Makes a mount.
  package init(source: FilePath, destination: FilePath, access: Access, isFolder: Bool) {
    self.source = source
    self.destination = destination
    self.access = access
    self.isFolder = isFolder
  }
}

/// The paths inside every sandbox.
package enum SandboxPaths {
  /// The plugin's own tree, read-only: what `${__dirname}` stands for.
  package static let plugin = FilePath("/plugin")
  /// The plugin's state, where `@state` is granted.
  package static let state = FilePath("/state")
  /// The plugin's cache, where `@cache` is granted.
  package static let cache = FilePath("/cache")
  /// The private temporary folder.
  package static let temporary = FilePath("/tmp")

  /// The folder that `HOME` names and `${HOME}` stands for: the state where it is granted.
  package static func home(hasState: Bool) -> FilePath { hasState ? state : temporary }

  /// What lies at the top and is the sandbox's own: no declared path may be one of these or hide one.
  static let own: [FilePath] = [
    "/usr", "/etc", "/proc", "/sys", "/dev", "/tmp", "/bin", "/sbin", "/lib", "/lib32", "/lib64", "/libx32", plugin,
    state, cache,
  ]
  /// Folders whose inside belongs to the sandbox too.
  static let closed: [FilePath] = ["/proc", "/sys", "/dev", plugin, state, cache]
  /// Folders of the machine that every plugin sees anyway, read-only.
  static let visible: [FilePath] = ["/usr", "/bin", "/sbin", "/lib", "/lib32", "/lib64", "/libx32"]
}
