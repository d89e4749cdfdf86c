import Platform
import SystemPackage

/// A process and all that descend from it, measured through `/proc`: for machines where no cgroup can be written.
///
/// The first process of a sandbox is the init of its PID namespace, so whatever loses its parent becomes its child, and
/// nothing of the sandbox is missed.
struct ProcessTree: Sendable {
  /// The most processes that are looked at in one go.
  private static let mostProcesses = 4096
  /// The kernel reports processor time in hundredths of a second (USER_HZ).
  private static let tick = Duration.milliseconds(10)

  let root: Int
  let files: any FileSystem

  /// What the processes use now; nil when the first one is gone.
  func usage() -> SandboxUsage? {
    var usage = SandboxUsage()
    for process in processes() {
      guard let status = text(process, "status") else { continue }
      let kibibytes = value("RssAnon:", in: status) + value("RssShmem:", in: status)
      usage.memory += kibibytes * 1024
      usage.processes += Int(clamping: value("Threads:", in: status))
      usage.processorTime += processorTime(process)
    }
    guard usage.processes > 0 else { return nil }
    usage.peakMemory = usage.memory
    return usage
  }

  /// How many descriptors the processes have open; nil when the first one is gone or cannot be looked at.
  func descriptors() -> Int? {
    guard let own = openDescriptors(root) else { return nil }
    return processes().dropFirst().reduce(own) { $0 + (openDescriptors($1) ?? 0) }
  }

  /// Whether one of the processes has a file mapped whose path holds this text.
  func maps(_ name: String) -> Bool { processes().contains { text($0, "maps")?.contains(name) ?? false } }

  private func openDescriptors(_ process: Int) -> Int? {
    (try? files.list(FilePath("/proc/\(process)/fd")))?.count
  }

  /// The first process, and all that descend from it.
  private func processes() -> [Int] {
    var (found, waiting, seen): ([Int], [Int], Set<Int>) = ([], [root], [])
    while let process = waiting.popLast(), found.count < Self.mostProcesses {
      guard seen.insert(process).inserted else { continue }
      found.append(process)
      waiting += children(process)
    }
    return found
  }

  /// The most descendants that are named.
  private static let mostNamed = 16

  /// The names of the processes that descend from the first one and still run.
  func descendantNames() -> [String] {
    var names: [String] = []
    var waiting = children(root)
    var seen: Set<Int> = []
    while let process = waiting.popLast(), names.count < Self.mostNamed, seen.count < Self.mostProcesses {
      guard seen.insert(process).inserted, let status = text(process, "status") else { continue }
      let fields = Self.fields(Array(status.utf8))
      // A process that has ended waits for its parent to ask how.
      if fields["State"]?.hasPrefix("Z") == false { names.append(String(fields["Name"] ?? "?")) }
      waiting += children(process)
    }
    return names
  }

  /// The lines of `/proc/PID/status` by their labels.
  static func fields(_ status: [UInt8]) -> [Substring: Substring] {
    let lines = String(decoding: status, as: UTF8.self).split(separator: "\n")
    return Dictionary(
      lines.compactMap { line in
        line.firstIndex(of: ":").map { (line[..<$0], line[line.index(after: $0)...].drop { $0 == "\t" || $0 == " " }) }
      }, uniquingKeysWith: { first, _ in first })
  }

  /// The processes that a process has started or inherited.
  func children(_ process: Int) -> [Int] {
    let threads = (try? files.list(FilePath("/proc/\(process)/task"))) ?? []
    return threads.flatMap { thread in
      (text(process, "task/\(thread.name)/children") ?? "").split(separator: " ").compactMap { Int($0) }
    }
  }

  private func text(_ process: Int, _ name: String) -> String? {
    (try? files.readAll(FilePath("/proc/\(process)/\(name)"), limit: 256 << 10))
      .map { String(decoding: $0, as: UTF8.self) }
  }

  private func value(_ label: String, in status: String) -> Int64 {
    let line = status.split(separator: "\n").first { $0.hasPrefix(label) }
    let number = line?.dropFirst(label.count).split { $0 == " " || $0 == "\t" }.first
    return number.flatMap { Int64($0) } ?? 0
  }

  /// Own time and that of children that have been waited for: fields 14 to 17 of proc_pid_stat(5).
  private func processorTime(_ process: Int) -> Duration {
    guard let fields = ProcessStatLine(text(process, "stat") ?? "")?.fields, fields.count > 14 else { return .zero }
    return fields[11...14].compactMap { Int64($0) }.reduce(Duration.zero) { $0 + Self.tick * Double($1) }
  }
}

/// The fields of `/proc/PID/stat` after the program's name, which may itself hold spaces and parentheses.
struct ProcessStatLine: Sendable {
  /// The fields from the third on: `fields[0]` is the state.
  let fields: [Substring]

  init?(_ text: String) {
    guard let end = text.lastIndex(of: ")") else { return nil }
    fields = text[text.index(after: end)...].split { $0 == " " || $0 == "\n" }
    guard fields.count > 19 else { return nil }
  }

  /// When the process started, in clock ticks after the boot (field 22): with the number it names a process for good.
  var started: Substring { fields[19] }
}
