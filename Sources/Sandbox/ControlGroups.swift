import Platform
import StrictJSON
import SystemPackage

/// What a runtime wrote down about a running container.
struct ContainerState: Hashable, Sendable {
  /// The largest state file that is read, in bytes.
  private static let stateLimit = 1 << 20

  /// The process number, on the machine, of the plugin's first process.
  let process: Int
  /// The cgroups of the plugin.
  let groups: ControlGroups

  /// Reads what the runtime wrote below its root folder; nil while there is nothing yet.
  static func read(root: FilePath, identifier: String, files: any FileSystem) -> ContainerState? {
    let folder = root.appending(identifier)
    if let state = object(folder.appending("state.json"), files),
      let process = state["init_process_pid"]?.int64Value.flatMap({ Int(exactly: $0) })
    {
      let paths = state["cgroup_paths"]?.objectValue?.members ?? []
      let groups = ControlGroups(
        paths: Dictionary(paths.compactMap { member in member.value.stringValue.map { (member.key, $0) } }) { $1 })
      return ContainerState(process: process, groups: groups)
    }
    if let state = object(folder.appending("status"), files),
      let process = state["pid"]?.int64Value.flatMap({ Int(exactly: $0) })
    {
      let path = state["cgroup-path"]?.stringValue ?? ""
      return ContainerState(process: process, groups: ControlGroups(relative: path, files: files))
    }
    return nil
  }

  /// Not taken apart: runc writes down the whole configuration again, and two members of it are wanted.
  private static func object(_ path: FilePath, _ files: any FileSystem) -> JSONObjectView? {
    guard let bytes = try? files.readAll(path, limit: stateLimit) else { return nil }
    return (try? JSONDocument(bytes))?.root.objectValue
  }
}

/// The cgroup folders of one sandbox: one for all controllers (v2), or one for each (v1).
struct ControlGroups: Hashable, Sendable {
  /// Where all controllers are one (v2).
  var unified: FilePath?
  /// The controllers of v1 by name.
  var separate: [String: FilePath] = [:]
  /// Every folder that the runtime has named, also those that count nothing.
  var folders: Set<FilePath> = []

  /// No cgroup at all.
  init() {}

  /// Takes the paths as runc writes them: by controller in v1, under the empty name in v2.
  init(paths: [String: String]) {
    for (name, path) in paths where !path.isEmpty {
      folders.insert(FilePath(path))
      if name.isEmpty { unified = FilePath(path) } else { separate[name] = FilePath(path) }
    }
    // On a hybrid machine the unified tree has no controller.
    if separate["memory"] != nil || separate["pids"] != nil { unified = nil }
  }

  /// Takes a path within the cgroup file systems, as crun writes it.
  init(relative: String, files: any FileSystem) {
    guard !relative.isEmpty else { return }
    let mount = FilePath("/sys/fs/cgroup")
    let below = FilePath(root: nil, FilePath(relative).components)
    if (try? files.status(mount.appending("cgroup.controllers"))) != nil {
      unified = mount.pushing(below)
      return
    }
    for name in ["memory", "pids", "cpu", "cpuacct"] { separate[name] = mount.appending(name).pushing(below) }
  }

  /// What the cgroups count now; nil when there are none, or they are gone.
  func usage(files: any FileSystem) -> SandboxUsage? {
    let reader = GroupReader(files: files)
    if let unified { return reader.unified(unified) }
    guard let memory = separate["memory"], let pids = separate["pids"] else { return nil }
    return reader.separate(
      memory: memory, pids: pids, processor: separate["cpu"], accounting: separate["cpuacct"])
  }
}

/// Reads the small files of a cgroup.
private struct GroupReader {
  let files: any FileSystem

  /// Control group v2 (Documentation/admin-guide/cgroup-v2.rst).
  func unified(_ group: FilePath) -> SandboxUsage? {
    let memory = table(group, "memory.stat")
    guard let processes = number(group, "pids.current"), !memory.isEmpty else { return nil }
    let events = table(group, "memory.events")
    let processor = table(group, "cpu.stat")
    var usage = SandboxUsage()
    usage.memory = (memory["anon"] ?? 0) + (memory["shmem"] ?? 0)
    usage.processes = Int(clamping: processes)
    usage.processorTime = .microseconds(processor["usage_usec"] ?? 0)
    usage.peakMemory = number(group, "memory.peak") ?? usage.memory
    usage.peakProcesses = number(group, "pids.peak").map { Int(clamping: $0) }
    usage.processesRefused = table(group, "pids.events")["max"].map { Int(clamping: $0) }
    usage.memoryLimitHits = events["max"].map { Int(clamping: $0) }
    usage.outOfMemoryKills = events["oom_kill"].map { Int(clamping: $0) }
    usage.throttledTime = processor["throttled_usec"].map { .microseconds($0) }
    return usage
  }

  /// Control groups v1 (Documentation/admin-guide/cgroup-v1).
  func separate(
    memory: FilePath, pids: FilePath, processor: FilePath?, accounting: FilePath?
  ) -> SandboxUsage? {
    let statistics = table(memory, "memory.stat")
    guard let processes = number(pids, "pids.current"), !statistics.isEmpty else { return nil }
    var usage = SandboxUsage()
    usage.memory = (statistics["total_rss"] ?? 0) + (statistics["total_shmem"] ?? 0)
    usage.processes = Int(clamping: processes)
    usage.processorTime = .nanoseconds(accounting.flatMap { number($0, "cpuacct.usage") } ?? 0)
    usage.peakMemory = number(memory, "memory.max_usage_in_bytes") ?? usage.memory
    usage.peakProcesses = number(pids, "pids.peak").map { Int(clamping: $0) }
    usage.processesRefused = table(pids, "pids.events")["max"].map { Int(clamping: $0) }
    usage.memoryLimitHits = number(memory, "memory.failcnt").map { Int(clamping: $0) }
    usage.outOfMemoryKills = table(memory, "memory.oom_control")["oom_kill"].map { Int(clamping: $0) }
    usage.throttledTime = processor.flatMap { table($0, "cpu.stat")["throttled_time"] }.map { .nanoseconds($0) }
    return usage
  }

  private func text(_ group: FilePath, _ name: String) -> String? {
    (try? files.readAll(group.appending(name), limit: 64 << 10)).map { String(decoding: $0, as: UTF8.self) }
  }

  private func number(_ group: FilePath, _ name: String) -> Int64? {
    text(group, name).flatMap { $0.split(separator: "\n").first }.flatMap { Int64($0) }
  }

  /// Lines of a name and a number.
  private func table(_ group: FilePath, _ name: String) -> [String: Int64] {
    var table: [String: Int64] = [:]
    for line in (text(group, name) ?? "").split(separator: "\n") {
      let fields = line.split(separator: " ")
      if fields.count == 2, let value = Int64(fields[1]) { table[String(fields[0])] = value }
    }
    return table
  }
}
