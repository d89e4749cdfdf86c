package import SystemPackage

/// What has to be known about the machine and the invoking user before a sandbox can be planned; gathered once.
package struct Surroundings: Hashable, Sendable {
  /// The invoking user's number.
  package var user: UInt32
  /// The invoking user's group.
  package var group: UInt32
  /// The invoking user's home folder.
  package var home: FilePath
  /// The highest user number that exists in this process's own user namespace.
  package var highestMappedUser: UInt32?
  /// Whether `newuidmap` and `newgidmap` are installed.
  package var hasMappingHelpers = false
  /// The first range of subordinate users of the invoking user.
  package var subordinateUsers: SubordinateRange?
  /// The first range of subordinate groups of the invoking user.
  package var subordinateGroups: SubordinateRange?
  /// The mounts of this machine, as this process sees them.
  package var mounts: [MountPoint] = []
  /// Version numbers of the kernel: major and minor.
  package var kernel: [Int] = []
  /// The highest number of open files that this process may allow a child.
  package var mostFiles: Int64?
  /// Whether memory can be swapped out.
  package var hasSwap = false
  /// Whether the user's own systemd can be asked for a cgroup.
  package var hasUserManager = false
  /// Folders at the top that are links, such as `/bin` to `usr/bin`.
  package var topLinks: [String: String] = [:]
  /// Which of the optional shared paths exist (see `SharedPaths`), by path, with whether it is a folder.
  package var sharedPaths: [String: Bool] = [:]
  /// The folders in which programs are looked up.
  package var searchPath: [FilePath] = []
  /// What no plugin may have.
  package var protected: [ProtectedPath] = []
  /// The folder of this login that is kept in memory and goes with it; nil without a login.
  package var loginFolder: FilePath?
  /// The variables that a runtime itself needs to reach the user's systemd.
  package var runtimeEnvironment: [String: String] = [:]

  /// Makes surroundings in which nothing more is known.
  package init(user: UInt32, group: UInt32, home: FilePath) {
    self.user = user
    self.group = group
    self.home = home
  }

  /// Whether the kernel is at least of this version.
  package func kernelIsAtLeast(_ major: Int, _ minor: Int) -> Bool {
    guard kernel.count >= 2 else { return false }
    return (kernel[0], kernel[1]) >= (major, minor)
  }

  /// Whether the number of processes can be limited for one sandbox alone by an rlimit.
  ///
  /// Since Linux 5.14 the kernel counts RLIMIT_NPROC per user namespace; it never applies to root.
  package var countsProcessesPerSandbox: Bool { user != 0 && kernelIsAtLeast(5, 14) }
}

/// One mount of the machine.
package struct MountPoint: Hashable, Sendable {
  /// Where it is mounted.
  package let path: FilePath
  /// Its options, such as `noexec` and `noatime`.
  package let options: [String]

  /// Makes a mount.
  package init(path: FilePath, options: [String]) {
    self.path = path
    self.options = options
  }

  /// Reads `/proc/self/mountinfo` (proc(5)): the fifth field is the path with octal escapes, the sixth the options.
  package static func read(_ text: String) -> [MountPoint] {
    text.split(separator: "\n").compactMap { line in
      let fields = line.split(separator: " ")
      guard fields.count > 6 else { return nil }
      let options = fields[5].split(separator: ",").map(String.init)
      return MountPoint(path: FilePath(unescaped(fields[4])), options: options)
    }
  }

  private static func unescaped(_ field: Substring) -> String {
    guard field.contains("\\") else { return String(field) }
    var bytes: [UInt8] = []
    var rest = Array(field.utf8)[...]
    while let byte = rest.popFirst() {
      if byte == UInt8(ascii: "\\"), rest.count >= 3,
        let code = UInt8(String(decoding: rest.prefix(3), as: UTF8.self), radix: 8)
      {
        bytes.append(code)
        rest = rest.dropFirst(3)
      } else {
        bytes.append(byte)
      }
    }
    return String(decoding: bytes, as: UTF8.self)
  }
}

extension [MountPoint] {
  /// The options that a mount inside a user namespace must repeat, because the kernel locks them (mount_namespaces(7)).
  package func lockedOptions(for path: FilePath) -> [String] {
    let text = path.string
    var holder: (length: Int, options: [String])?
    for mount in self {
      let place = mount.path.string
      guard place == "/" || text == place || text.hasPrefix(place + "/") else { continue }
      // Of several mounts on one folder the last is on top.
      if place.utf8.count >= holder?.length ?? 0 { holder = (place.utf8.count, mount.options) }
    }
    return (holder?.options ?? []).filter { ["noexec", "nosuid", "nodev", "noatime", "nodiratime"].contains($0) }
  }
}
