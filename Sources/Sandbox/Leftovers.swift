import Platform
import StrictJSON
import SystemPackage

/// The process that made a container, named so that no other process is taken for it: its number and its start.
struct ContainerOwner: Hashable, Sendable {
  /// The first part of every identifier.
  private static let prefix = "serin"

  let process: Int
  let started: String

  /// This process.
  static func current(files: any FileSystem) throws(SandboxError) -> ContainerOwner {
    guard let target = try? files.readLink("/proc/self"), let process = Int(target.string),
      let started = startTime(of: process, files: files)
    else { throw .badCommand(reason: "this process cannot be found in /proc") }
    return ContainerOwner(process: process, started: started)
  }

  /// The identifier of a container of this owner.
  func identifier(number: Int) -> String { "\(Self.prefix)-\(process)-\(started)-\(number)" }

  /// The owner that an identifier names; nil for names that are none of ours.
  init?(identifier: String) {
    let parts = identifier.split(separator: "-", omittingEmptySubsequences: false)
    guard parts.count == 4, parts[0] == Self.prefix, let process = Int(parts[1]), process > 0, UInt64(parts[2]) != nil,
      Int(parts[3]) != nil
    else { return nil }
    self.init(process: process, started: String(parts[2]))
  }

  init(process: Int, started: String) {
    self.process = process
    self.started = started
  }

  /// Whether this very process still runs.
  func isAlive(files: any FileSystem) -> Bool { Self.startTime(of: process, files: files) == started }

  private static func startTime(of process: Int, files: any FileSystem) -> String? {
    guard let bytes = try? files.readAll(FilePath("/proc/\(process)/stat"), limit: 64 << 10) else { return nil }
    return ProcessStatLine(String(decoding: bytes, as: UTF8.self)).map { String($0.started) }
  }
}

/// How a container can be removed by somebody who did not make it.
struct ContainerRecord: Hashable, Sendable {
  static let fileName = "owner.json"

  let program: String
  let arguments: [String]

  init(runtime: SandboxRuntime) {
    program = runtime.program.string
    // The root is beside this record; everything else is needed to remove the container.
    arguments = Array(runtime.globalArguments(root: "/").dropFirst(2))
  }

  init?(bytes: [UInt8]) {
    guard let json = try? JSON.parse(bytes), let program = json["program"]?.stringValue,
      let arguments = json["arguments"]?.arrayValue?.compactMap(\.stringValue)
    else { return nil }
    self.program = program
    self.arguments = arguments
  }

  var bytes: [UInt8] {
    let json: JSON = ["program": .string(program), "arguments": .array(arguments.map(JSON.string))]
    return json.serialized(pretty: false)
  }
}

/// Removes what supervisors that were killed have left behind.
struct Leftovers: Sendable {
  /// The most containers that are looked at in one go.
  private static let most = 1000

  let place: FilePath
  let surroundings: Surroundings
  let machine: Machine

  /// The sandboxes whose owners live, and those whose owners are dead; nothing is changed.
  func survey() -> (live: Set<String>, dead: Set<String>) {
    var found: (live: Set<String>, dead: Set<String>) = ([], [])
    for entry in (try? machine.files.list(place)) ?? [] where entry.kind == .directory {
      guard let owner = ContainerOwner(identifier: entry.name) else { continue }
      if owner.isAlive(files: machine.files) { found.live.insert(entry.name) } else { found.dead.insert(entry.name) }
    }
    return found
  }

  /// Ends and removes every container whose owner is dead; returns the identifiers of those that are gone now.
  func sweep() async -> [String] {
    guard let entries = try? machine.files.list(place) else { return [] }
    var swept: [String] = []
    for entry in entries.prefix(Self.most) where entry.kind == .directory {
      guard let owner = ContainerOwner(identifier: entry.name), !owner.isAlive(files: machine.files) else { continue }
      if await remove(entry.name) { swept.append(entry.name) }
    }
    return swept
  }

  private func remove(_ identifier: String) async -> Bool {
    let folder = place.appending(identifier)
    let root = folder.appending("runtime")
    let known = (try? machine.files.exists(root.appending(identifier))) ?? false
    if known, let bytes = try? machine.files.readAll(folder.appending(ContainerRecord.fileName), limit: 64 << 10),
      let record = ContainerRecord(bytes: bytes)
    {
      let command = Command(
        executable: FilePath(record.program),
        arguments: ["--root", root.string] + record.arguments + ["delete", "--force", identifier],
        environment: .exact(surroundings.runtimeEnvironment))
      _ = try? await machine.processes.run(command, input: [], outputLimit: 1 << 16, timeout: .seconds(20))
      guard (try? machine.files.exists(root.appending(identifier))) == false else { return false }
    }
    return (try? machine.files.removeTree(folder)) != nil
  }
}
