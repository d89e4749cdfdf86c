import Platform
import StrictJSON
import Synchronization
import SystemPackage

/// One container of a runtime, from the making of its folder to its removal.
///
/// Everything of it lies in one folder whose name is its identifier: configuration, root, and the runtime's own state.
final class Container: Sendable {
  /// How many containers this process has made: part of their identifiers.
  private static let count = Atomic<Int>(0)
  /// The largest log of a runtime that is read, in bytes.
  private static let logLimit = 1 << 20
  /// The most that a runtime may take to remove a container.
  private static let removalTime = Duration.seconds(20)

  let identifier: String
  let folder: FilePath
  let plan: SandboxPlan
  let runtime: SandboxRuntime
  /// What its plugin does that answers do not show; whoever learns of something notes it here.
  let events: SandboxEventLog
  private let observer: SandboxObserver?
  /// What its plugin reaches through the proxy.
  let egress: EgressRecord
  /// Where its start waits for its network; nil when it has none.
  let gate: NamespaceGate?
  private let machine: Machine
  private let surroundings: Surroundings
  private let state = Mutex<ContainerState?>(nil)
  private let killed = Mutex(false)

  /// Writes the folder of a container that is not started yet.
  ///
  /// - Parameter listens: whether the runtime hands over a listener for system calls, where the plan asks for one.
  init(
    plan: SandboxPlan, runtime: SandboxRuntime, surroundings: Surroundings, owner: ContainerOwner, in place: FilePath,
    machine: Machine, listens: Bool = false
  ) throws(SandboxError) {
    let number = Self.count.wrappingAdd(1, ordering: .relaxed).newValue
    identifier = owner.identifier(number: number)
    folder = place.appending(identifier)
    self.runtime = runtime
    self.machine = machine
    self.surroundings = surroundings
    events = SandboxEventLog(
      limit: plan.observation == .everything ? SandboxEventLog.mostForDraft : SandboxEventLog.most)
    egress = EgressRecord(events: events)
    let wantsNetwork = !plan.network.isEmpty
    if wantsNetwork, !runtime.carriesNetwork { egress.miss("\(runtime.kind.program) cannot be given a proxy here") }
    let place = folder.appending(ContainerGate.name)
    do throws(FileError) {
      try machine.files.makeDirectory(folder, mode: 0o700)
      gate = wantsNetwork && runtime.carriesNetwork ? try NamespaceGate(place) : nil
      observer = try SandboxObserver(
        plan, surroundings: surroundings, folder: folder, listens: listens, files: machine.files, log: events)
    } catch {
      try? machine.files.removeTree(folder)
      throw .file(error)
    }
    self.plan = observer?.plan ?? plan
    do throws(FileError) {
      try writeFolder()
    } catch {
      observer?.abandon()
      try? machine.files.removeTree(folder)
      throw .file(error)
    }
    observer?.start()
  }

  private func writeFolder() throws(FileError) {
    let files = machine.files
    try SandboxFolder(plan: plan, identity: runtime.identity).write(
      to: folder.appending(SandboxFolder.rootName), files: files)
    let configuration = RuntimeConfiguration(
      plan: plan, runtime: runtime, surroundings: surroundings, identifier: identifier,
      listener: observer?.socket, gate: gate.map { _ in folder.appending(ContainerGate.name) })
    // Secrets are among the variables: for the owner's eyes only.
    for (name, content) in [
      ("config.json", configuration.json.serialized(pretty: false)),
      (ContainerRecord.fileName, ContainerRecord(runtime: runtime).bytes),
    ] {
      let file = try files.create(folder.appending(name), mode: 0o600)
      try file.write(content)
      try file.close()
    }
  }

  /// The command that runs the container in the foreground.
  var runCommand: Command {
    var arguments = ["run", "--bundle", folder.string]
    if runtime.keepsEnded { arguments.append("--keep") }
    return command(["--log", log.string, "--log-format", "json"], arguments + [identifier])
  }

  private var log: FilePath { folder.appending("runtime.log") }
  private var root: FilePath { folder.appending("runtime") }

  private func command(_ options: [String] = [], _ arguments: [String]) -> Command {
    Command(
      executable: runtime.program, arguments: runtime.globalArguments(root: root) + options + arguments,
      environment: .exact(surroundings.runtimeEnvironment))
  }

  /// What the plugin uses now; nil before its start and after its end.
  func usage() -> SandboxUsage? {
    guard let state = currentState() else { return nil }
    return runtime.limitKeeper.usesControlGroups
      ? state.groups.usage(files: machine.files)
      : ProcessTree(root: state.process, files: machine.files).usage()
  }

  /// The processes of the plugin as `/proc` shows them; nil before its start.
  func tree() -> ProcessTree? { currentState().map { ProcessTree(root: $0.process, files: machine.files) } }

  /// The first process of the container as the machine numbers it, then its children: one of them can be looked into.
  var firstProcesses: [Int32] {
    guard let first = currentState()?.process else { return [] }
    let children = ProcessTree(root: first, files: machine.files).children(first)
    return ([first] + children).compactMap { Int32(exactly: $0) }
  }

  /// Lets the plugin start, whose hook has waited at the gate.
  func openGate() throws(FileError) {
    try gate?.open()
  }

  /// Watches the disks that the plugin can write to; nil when it can write to none.
  func diskWatch() -> DiskWatch? { DiskWatch(plan, files: machine.files) }

  private func currentState() -> ContainerState? {
    state.withLock { state in
      if state == nil { state = ContainerState.read(root: root, identifier: identifier, files: machine.files) }
      return state
    }
  }

  /// Whether the runtime knows the container: it was created, and is not removed.
  var isKnown: Bool { (try? machine.files.exists(root.appending(identifier))) ?? true }

  /// Whether Serin itself has ended the processes.
  var wasKilled: Bool { killed.withLock { $0 } }

  /// Ends every process of the container at once; its folder and its cgroup stay.
  func kill() async {
    killed.withLock { $0 = true }
    _ = try? await machine.processes.run(
      command([], ["kill", identifier, "KILL"]), input: [], outputLimit: 1 << 16, timeout: Self.removalTime)
  }

  /// Ends the container if it runs and removes every trace; returns what stayed, in words.
  func remove() async -> String? {
    var complaint: String?
    if isKnown {
      let output = try? await machine.processes.run(
        command([], ["delete", "--force", identifier]), input: [], outputLimit: 1 << 16, timeout: Self.removalTime)
      if isKnown {
        let said = output.map { RuntimeWords.reason(stderr: $0.stderr) } ?? "it did not answer"
        complaint = "\(runtime.kind.program) could not remove the container \(identifier): \(said)"
      }
    }
    // crun leaves the cgroup of a container whose limits it could not set.
    if runtime.kind == .crun, runtime.limitKeeper == .cgroupfs {
      try? machine.files.remove(FilePath("/sys/fs/cgroup").appending(identifier))
    }
    // The folder stays as long as the runtime needs it to remove the container later.
    guard complaint == nil else { return complaint }
    do {
      try machine.files.removeTree(folder)
      return nil
    } catch {
      return error.description
    }
  }

  /// Whether the runtime has handed over its listener for system calls.
  var isListenedTo: Bool { observer?.isConnected ?? false }

  /// Notes what happened up to now; with `isOver`, the last of it.
  func observe(isOver: Bool = false) async { await observer?.observe(isOver: isOver) }

  /// Why the runtime could not start the plugin; nil when it could.
  func runtimeError() -> String? {
    guard let bytes = try? machine.files.readAll(log, limit: Self.logLimit) else { return nil }
    return RuntimeWords.errors(log: bytes).last
  }
}

/// What runtimes say, made fit for a person.
enum RuntimeWords {
  /// The longest complaint that is passed on, in characters.
  private static let longest = 400

  /// The errors of a log in JSON lines.
  static func errors(log: [UInt8]) -> [String] {
    log.split(separator: UInt8(ascii: "\n")).compactMap { line in
      guard let entry = try? JSON.parse(Array(line)), let message = entry["msg"]?.stringValue,
        let level = entry["level"]?.stringValue, level == "error" || level == "fatal"
      else { return nil }
      return tidy(message)
    }
  }

  /// The last complaint on standard error.
  static func reason(stderr: [UInt8]) -> String {
    let text = String(decoding: stderr, as: UTF8.self)
    guard let line = text.split(separator: "\n").last else { return "it said nothing" }
    // logrus: time="…" level=error msg="…"
    if let mark = line.firstRange(of: "msg=\"") {
      let quoted = line[mark.upperBound...].split(separator: "\"", omittingEmptySubsequences: false)
      return tidy(String(quoted.first ?? line))
    }
    return tidy(String(line))
  }

  private static func tidy(_ message: String) -> String {
    var text = message.filter { $0.isASCII && !$0.isNewline || $0.isLetter }
    for prefix in ["runc run failed: ", "unable to start container process: ", "error during container init: "]
    where text.hasPrefix(prefix) {
      text.removeFirst(prefix.count)
    }
    return String(text.prefix(longest))
  }
}
