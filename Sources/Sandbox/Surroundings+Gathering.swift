package import Platform
package import SystemPackage

extension Surroundings {
  /// The largest text that is read from `/proc` or `/etc` here, in bytes.
  private static let textLimit = 4 << 20

  /// Looks at this machine and the invoking user.
  ///
  /// - Parameters:
  ///   - environment: the variables of this process (HOME, PATH, XDG_RUNTIME_DIR, …).
  ///   - ownFolders: Serin's own folders and client configuration files, which no plugin may have.
  package static func gather(
    environment: [String: String], ownFolders: [FilePath], files: any FileSystem
  ) throws(SandboxError) -> Surroundings {
    let status = text(files, "/proc/self/status")
    guard let user = effective("Uid:", in: status), let group = effective("Gid:", in: status) else {
      throw .badCommand(reason: "the invoking user cannot be read from /proc/self/status")
    }
    let accounts = text(files, "/etc/passwd").split(separator: "\n").map {
      $0.split(separator: ":", omittingEmptySubsequences: false).map(String.init)
    }
    let account = accounts.first { $0.count >= 6 && $0[2] == String(user) }
    let home = environment["HOME"].flatMap { $0.isEmpty ? nil : $0 } ?? account?[5] ?? "/nonexistent"

    var found = Surroundings(user: user, group: group, home: FilePath(home))
    found.searchPath = (environment["PATH"] ?? "").split(separator: ":").map { FilePath(String($0)) }
    for usual in ["/usr/sbin", "/usr/bin", "/sbin", "/bin", "/usr/local/bin"].map({ FilePath($0) })
    where !found.searchPath.contains(usual) {
      found.searchPath.append(usual)
    }
    found.highestMappedUser = highestMapped(text(files, "/proc/self/uid_map"))
    let name = account?[0]
    found.subordinateUsers = SubordinateRange.read(text(files, "/etc/subuid"), name: name, number: user)
    found.subordinateGroups = SubordinateRange.read(text(files, "/etc/subgid"), name: name, number: user)
    found.hasMappingHelpers = ["newuidmap", "newgidmap"].allSatisfy { found.program($0, files: files) != nil }
    found.mounts = MountPoint.read(text(files, "/proc/self/mountinfo"))
    found.kernel = text(files, "/proc/sys/kernel/osrelease").split { !$0.isNumber }.prefix(2).compactMap { Int($0) }
    found.hasSwap = text(files, "/proc/swaps").split(separator: "\n").count > 1
    found.mostFiles = hardLimit("Max open files", in: text(files, "/proc/self/limits"))
    found.lookAtFolders(files)
    found.lookForUserManager(files, environment: environment)
    found.protected = ProtectedPath.list(home: found.home, environment: environment, ownFolders: ownFolders)
    return found
  }

  /// Where a program is; nil when it is in no folder of the search path.
  package func program(_ name: String, files: any FileSystem) -> FilePath? {
    searchPath.map { $0.appending(name) }.first { path in
      guard (try? files.status(path)) != nil, let target = PathResolver(files: files).resolve(path),
        let status = try? files.status(target)
      else {
        return false
      }
      return status.kind == .file && status.mode & 0o111 != 0
    }
  }

  private mutating func lookAtFolders(_ files: any FileSystem) {
    for name in SharedPaths.topFolders {
      let path = FilePath("/" + name)
      guard let status = try? files.status(path) else { continue }
      if status.kind == .symlink, let target = try? files.readLink(path) {
        topLinks[path.string] = target.string
      } else if status.kind == .directory {
        sharedPaths[path.string] = true
      }
    }
    for name in SharedPaths.optional {
      let path = FilePath(name)
      guard (try? files.status(path)) != nil, let target = PathResolver(files: files).resolve(path),
        let status = try? files.status(target)
      else {
        continue
      }
      if status.kind == .file || status.kind == .directory { sharedPaths[name] = status.kind == .directory }
    }
  }

  /// An ordinary user gets cgroups only from the own systemd, over the session bus; cgroups v1 are never delegated.
  private mutating func lookForUserManager(_ files: any FileSystem, environment: [String: String]) {
    loginFolder = environment["XDG_RUNTIME_DIR"].flatMap { $0.hasPrefix("/") ? FilePath($0) : nil }
    let folder = loginFolder ?? FilePath("/run/user/\(user)")
    let unified = (try? files.status("/sys/fs/cgroup/cgroup.controllers")) != nil
    let socket = try? files.status(folder.appending("systemd").appending("private"))
    hasUserManager = user != 0 && unified && socket != nil
    for name in ["XDG_RUNTIME_DIR", "DBUS_SESSION_BUS_ADDRESS"] { runtimeEnvironment[name] = environment[name] }
    if hasUserManager {
      runtimeEnvironment["XDG_RUNTIME_DIR"] = folder.string
      if runtimeEnvironment["DBUS_SESSION_BUS_ADDRESS"] == nil {
        runtimeEnvironment["DBUS_SESSION_BUS_ADDRESS"] = "unix:path=\(folder.appending("bus").string)"
      }
    }
    runtimeEnvironment["PATH"] = searchPath.map(\.string).joined(separator: ":")
    runtimeEnvironment["HOME"] = home.string
  }

  private static func text(_ files: any FileSystem, _ path: FilePath) -> String {
    (try? files.readAll(path, limit: textLimit)).map { String(decoding: $0, as: UTF8.self) } ?? ""
  }

  /// The second number of a line such as `Uid: real effective saved file`.
  private static func effective(_ label: String, in status: String) -> UInt32? {
    let line = status.split(separator: "\n").first { $0.hasPrefix(label) }
    let fields = line?.split { $0 == "\t" || $0 == " " } ?? []
    return fields.count > 2 ? UInt32(fields[2]) : nil
  }

  private static func highestMapped(_ map: String) -> UInt32? {
    map.split(separator: "\n").compactMap { line -> UInt32? in
      let fields = line.split(separator: " ").compactMap { UInt64($0) }
      guard fields.count == 3, fields[2] > 0 else { return nil }
      return UInt32(clamping: fields[0] + fields[2] - 1)
    }.max()
  }

  private static func hardLimit(_ label: String, in limits: String) -> Int64? {
    let line = limits.split(separator: "\n").first { $0.hasPrefix(label) }
    let fields = line?.dropFirst(label.count).split(separator: " ") ?? []
    return fields.count > 1 ? Int64(fields[1]) : nil
  }
}
