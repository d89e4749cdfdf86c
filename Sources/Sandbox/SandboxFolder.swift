import Platform
import SystemPackage

/// The folder that an OCI runtime starts from: `config.json` and an almost empty root, whose content is planned here.
struct SandboxFolder: Hashable, Sendable {
  /// One thing in the root folder.
  enum Item: Hashable, Sendable {
    /// A folder with its mode.
    case folder(FilePath, mode: UInt16)
    /// A small file.
    case file(FilePath, content: String)
    /// A link.
    case link(FilePath, target: String)
  }

  /// The name of the root folder beside `config.json`.
  static let rootName = "rootfs"

  /// What has to be made, parents first.
  let items: [Item]

  /// Plans the root for a plan and the user inside.
  ///
  /// Every mount point is made here and none by the runtime, which would leave folders that belong to a user number
  /// the invoking user cannot remove.
  init(plan: SandboxPlan, identity: SandboxIdentity) {
    var folders: [FilePath: UInt16] = [:]
    func add(_ path: FilePath, mode: UInt16 = 0o755) {
      var path = path
      var mode = mode
      while !path.components.isEmpty {
        if folders[path] == nil || mode != 0o755 { folders[path] = mode }
        path.removeLastComponent()
        mode = 0o755
      }
    }
    for path in ["/proc", "/etc", "/usr"].map({ FilePath($0) }) { add(path) }
    // The runtime gives a tmpfs the mode of its mount point. Where the plugin's user owns it, only the mode keeps the
    // plugin from leaving files among the devices.
    add("/dev", mode: 0o555)
    add("/tmp", mode: 0o1777)
    var files: [FilePath: String] = Self.accountFiles(plan: plan, identity: identity)
    for mount in plan.mounts {
      if mount.isFolder {
        add(mount.destination)
      } else {
        add(mount.destination.removingLastComponent())
        files[mount.destination] = ""
      }
    }
    // What lies under another mount comes from there.
    let covers = (plan.mounts.filter(\.isFolder).map(\.destination) + [SandboxPaths.temporary]).map { $0.string + "/" }
    func isCovered(_ path: FilePath) -> Bool {
      let text = path.string
      return covers.contains { text.hasPrefix($0) }
    }

    var items = folders.filter { !isCovered($0.key) }.sorted { $0.key.string < $1.key.string }
      .map { Item.folder($0.key, mode: $0.value) }
    items += files.filter { !isCovered($0.key) }.sorted { $0.key.string < $1.key.string }
      .map { Item.file($0.key, content: $0.value) }
    items += plan.links.sorted { $0.key < $1.key }.map { Item.link(FilePath($0.key), target: $0.value) }
    self.items = items
  }

  /// Makes the root folder at a path that must not exist yet.
  func write(to root: FilePath, files: any FileSystem) throws(FileError) {
    try files.makeDirectory(root, mode: 0o755)
    for item in items {
      switch item {
      case .folder(let path, let mode): try files.makeDirectory(root.pushing(path.relative), mode: mode)
      case .link(let path, let target): try files.symlink(to: FilePath(target), at: root.pushing(path.relative))
      case .file(let path, let content):
        let file = try files.create(root.pushing(path.relative), mode: 0o644)
        if !content.isEmpty { try file.write(Array(content.utf8)) }
        try file.close()
      }
    }
  }

  private static func accountFiles(plan: SandboxPlan, identity: SandboxIdentity) -> [FilePath: String] {
    let home = plan.environment["HOME"] ?? SandboxPaths.temporary.string
    let shell = "/usr/sbin/nologin"
    var accounts = "plugin:x:\(identity.user):\(identity.group):plugin:\(home):\(shell)\n"
    var groups = "plugin:x:\(identity.group):\n"
    if identity.user != 0 {
      accounts = "root:x:0:0:root:/nonexistent:\(shell)\n" + accounts
      groups = "root:x:0:\n" + groups
    }
    accounts += "nobody:x:65534:65534:nobody:/nonexistent:\(shell)\n"
    groups += "nogroup:x:65534:\n"
    return [
      "/etc/passwd": accounts,
      "/etc/group": groups,
      "/etc/hosts": "127.0.0.1 localhost \(SandboxPlan.hostName)\n::1 localhost\n"
        + plan.hosts.sorted { $0.key < $1.key }.map { "\($0.value) \($0.key)\n" }.joined(),
      "/etc/hostname": "\(SandboxPlan.hostName)\n",
      "/etc/nsswitch.conf": "passwd: files\ngroup: files\nhosts: files dns\n",
    ]
  }
}

extension FilePath {
  /// The same components without the root.
  fileprivate var relative: FilePath { FilePath(root: nil, components) }
}
