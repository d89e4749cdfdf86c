import Platform
import SystemPackage

/// What a plugin finds at a path, told from the plan: the supervisor never has to enter the sandbox for it.
struct SandboxView: Sendable {
  /// What lies at a path.
  enum Place: Hashable, Sendable {
    /// A folder or file of the machine, with where it lies there.
    case machine(source: FilePath, access: SandboxMount.Access, mount: FilePath)
    /// The sandbox's own files and folders.
    case own
    /// The kernel's view of itself: `/proc`, `/sys`, `/dev`.
    case kernel
    /// A path that is hidden although what is around it was declared.
    case hidden
    /// Nothing: the path was not declared.
    case nothing
  }

  private struct Mounted {
    let prefix: [UInt8]
    let mount: SandboxMount
  }

  /// The longest destinations first, so that the first match is the one on top.
  private let mounts: [Mounted]
  private let parents: Set<String>
  private let hidden: [[UInt8]]
  private let links: [(prefix: [UInt8], target: String)]

  private static let kernelFolders = ["/proc", "/sys", "/dev"].map { Array($0.utf8) }
  private static let temporary = Array(SandboxPaths.temporary.string.utf8)
  private static let ownFiles: Set<String> = [
    "/etc/passwd", "/etc/group", "/etc/hosts", "/etc/hostname", "/etc/nsswitch.conf",
  ]

  /// The view of a planned sandbox.
  init(_ plan: SandboxPlan) {
    mounts = plan.mounts.map { Mounted(prefix: Array($0.destination.string.utf8), mount: $0) }
      .sorted { $0.prefix.count > $1.prefix.count }
    var parents: Set<String> = ["/", "/etc"]
    for mount in plan.mounts {
      var path = mount.destination.removingLastComponent()
      while !path.components.isEmpty, parents.insert(path.string).inserted { path.removeLastComponent() }
    }
    self.parents = parents
    hidden = plan.hidden.map { Array($0.string.utf8) }
    links = plan.links.map { (Array($0.key.utf8), "/" + $0.value) }.sorted { $0.target < $1.target }
  }

  /// What lies at an absolute path without dots.
  func place(of path: String) -> Place {
    let bytes = Array(path.utf8)
    if hidden.contains(where: { Self.covers($0, bytes) }) { return .hidden }
    for (prefix, target) in links where Self.covers(prefix, bytes) {
      return place(of: target + String(decoding: bytes.dropFirst(prefix.count), as: UTF8.self))
    }
    for mounted in mounts where Self.covers(mounted.prefix, bytes) {
      let rest = String(decoding: bytes.dropFirst(mounted.prefix.count).drop { $0 == UInt8(ascii: "/") }, as: UTF8.self)
      let mount = mounted.mount
      return .machine(
        source: rest.isEmpty ? mount.source : mount.source.appending(rest), access: mount.access,
        mount: mount.destination)
    }
    if Self.covers(Self.temporary, bytes) || Self.ownFiles.contains(path) || parents.contains(path) { return .own }
    return Self.kernelFolders.contains { Self.covers($0, bytes) } ? .kernel : .nothing
  }

  /// Whether a path is a folder, or lies below it.
  static func covers(_ folder: [UInt8], _ path: [UInt8]) -> Bool {
    path.starts(with: folder) && (path.count == folder.count || path[folder.count] == UInt8(ascii: "/"))
  }
}
