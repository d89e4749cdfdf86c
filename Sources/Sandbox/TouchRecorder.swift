import Platform
import Releases
import Synchronization
import SystemPackage

/// Decides which of the things that a plugin tries are events.
///
/// Interpreters and C libraries look for hundreds of files that are nobody's secret and mostly not there; a plugin is
/// not to be blamed for them. What counts is what is there on the machine and was not declared.
final class TouchRecorder: Sendable {
  /// The most paths whose presence on the machine is remembered.
  private static let mostRemembered = 4096

  private struct Want: Hashable {
    let path: String
    let purpose: Touch.Purpose
  }

  private struct Memory {
    var hasStarted = false
    /// The program that was started first, until anything else is tried.
    var begun: String?
    var presence: [String: Bool] = [:]
    /// Where folders of the machine really are.
    var folders: [FilePath: FilePath] = [:]
    /// What became of a path the last time: programs ask for the same ones again and again.
    var decisions: [Want: [Decision]] = [:]
  }

  /// What is to be noted of a path.
  private struct Decision {
    let kind: SandboxEvent.Kind
    let subject: String
  }

  private let plan: SandboxPlan
  private let view: SandboxView
  private let rules: [NetworkRule]
  private let protected: [(path: [UInt8], isReadable: Bool)]
  private let files: any FileSystem
  private let log: SandboxEventLog
  private let memory = Mutex(Memory())
  private var isDraft: Bool { plan.observation == .everything }

  init(plan: SandboxPlan, protected: [ProtectedPath], files: any FileSystem, log: SandboxEventLog) {
    self.plan = plan
    self.files = files
    self.log = log
    view = SandboxView(plan)
    rules = plan.network
    self.protected = protected.map { (Array($0.path.string.utf8), $0.isReadable) }
  }

  /// Notes what a process tries.
  func record(_ touch: Touch, by process: Int32) {
    // Before the plugin's own program begins it is the runtime and its hooks that open files.
    guard hasStarted(touch, process) else { return }
    switch touch {
    case .path(let path, let purpose): record(path, purpose)
    case .connection(let host, let port, let isLoopback): record(host, port, isLoopback)
    case .socketFile(let path): record(socket: path)
    case .name(let name): record(name: name)
    case .program(let path): record(program: path)
    case .forbidden(let call): log.note(.callRefused, call)
    case .exit: record(endOf: process)
    }
  }

  /// Whether the first process of the sandbox has become the plugin's own program; the call that does it is no event.
  private func hasStarted(_ touch: Touch, _ process: Int32) -> Bool {
    let (hasStarted, begun) = memory.withLock { memory in
      defer { memory.begun = nil }
      return (memory.hasStarted, memory.begun)
    }
    guard case .program(let path) = touch else { return hasStarted }
    // A signal within the runtime, whose language sends itself many, makes the kernel ask about the same call again.
    if hasStarted, begun != path { return true }
    guard first(process) != nil else { return hasStarted }
    memory.withLock { memory in (memory.hasStarted, memory.begun) = (true, path) }
    return false
  }

  /// The process of a thread, if it is the first one of the sandbox.
  private func first(_ thread: Int32) -> Int? {
    guard let status = try? files.readAll(FilePath("/proc/\(thread)/status"), limit: 64 << 10) else { return nil }
    let fields = ProcessTree.fields(status)
    guard fields["NStgid"]?.split(separator: "\t").last == "1" else { return nil }
    return fields["Tgid"].flatMap { Int($0) }
  }

  // MARK: Paths

  private func record(_ path: String, _ purpose: Touch.Purpose) {
    let want = Want(path: path, purpose: purpose)
    let known = memory.withLock { $0.decisions[want] }
    let decisions = known ?? decide(path, purpose)
    if known == nil {
      memory.withLock { memory in
        if memory.decisions.count < Self.mostRemembered { memory.decisions[want] = decisions }
      }
    }
    for decision in decisions { log.note(decision.kind, decision.subject) }
  }

  private func decide(_ path: String, _ purpose: Touch.Purpose) -> [Decision] {
    switch view.place(of: path) {
    case .own: return []
    case .kernel:
      let isSetting = purpose == .write && (path.hasPrefix("/proc/sys") || path.hasPrefix("/sys/"))
      let isMasked = purpose != .look && RuntimeConfiguration.masked.contains(path)
      return isSetting || isMasked ? [Decision(kind: .pathRefused, subject: path)] : []
    case .hidden: return purpose == .look ? [] : [Decision(kind: .pathRefused, subject: path)]
    case .machine(let source, let access, let mount):
      if purpose == .write { return write(path, access, mount) }
      return isDraft ? read(path, source, mount, purpose) : []
    case .nothing: return missing(path, purpose)
    }
  }

  private func write(_ path: String, _ access: SandboxMount.Access, _ mount: FilePath) -> [Decision] {
    if access == .readWrite {
      let subject = mount == SandboxPaths.state ? mount.string : path
      return isDraft ? [Decision(kind: .pathWritten, subject: subject)] : []
    }
    // Python keeps what it compiles beside the source; that it may not is no loss to anybody.
    return path.contains("/__pycache__") ? [] : [Decision(kind: .pathRefused, subject: path)]
  }

  private func missing(_ path: String, _ purpose: Touch.Purpose) -> [Decision] {
    var decisions: [Decision] = []
    let isSecret = isProtected(path, purpose)
    if isSecret, purpose != .look { decisions.append(Decision(kind: .pathRefused, subject: path)) }
    let parent = FilePath(path).removingLastComponent().string
    guard isPresent(path) || purpose == .write && isPresent(parent) else { return decisions }
    if isDraft { decisions.append(Decision(kind: Self.kind(purpose), subject: path)) }
    guard purpose != .look, !isSecret else { return decisions }
    // What every account of a machine may read in /etc says nothing about its user.
    if purpose == .read, path.hasPrefix("/etc/") { return decisions }
    decisions.append(Decision(kind: .pathRefused, subject: path))
    return decisions
  }

  /// What a draft must know of what is visible: whether a declared path was really read, and where links of the
  /// machine lead out of it.
  private func read(
    _ path: String, _ source: FilePath, _ mount: FilePath, _ purpose: Touch.Purpose
  ) -> [Decision] {
    var decisions: [Decision] = []
    if plan.declared.contains(mount) { decisions.append(Decision(kind: Self.kind(purpose), subject: path)) }
    // Links in the plugin's own tree never lead out of it.
    if mount != SandboxPaths.plugin, let target = resolved(source), target != source,
      view.place(of: target.string) == .nothing
    {
      decisions.append(Decision(kind: Self.kind(purpose), subject: target.string))
    }
    return decisions
  }

  /// Where a path of the machine leads; nil when nothing is there.
  private func resolved(_ path: FilePath) -> FilePath? {
    let resolver = PathResolver(files: files)
    guard let status = try? files.status(path) else { return nil }
    if status.kind == .symlink { return resolver.resolve(path) }
    guard let name = path.lastComponent else { return path }
    let folder = path.removingLastComponent()
    if let known = memory.withLock({ $0.folders[folder] }) { return known.appending(name) }
    guard let found = resolver.resolve(folder) else { return nil }
    memory.withLock { memory in
      if memory.folders.count < Self.mostRemembered { memory.folders[folder] = found }
    }
    return found.appending(name)
  }

  private static func kind(_ purpose: Touch.Purpose) -> SandboxEvent.Kind {
    switch purpose {
    case .look: .pathLookedAt
    case .read: .pathRead
    case .write: .pathWritten
    }
  }

  private func isProtected(_ path: String, _ purpose: Touch.Purpose) -> Bool {
    let bytes = Array(path.utf8)
    return protected.contains { (purpose == .write || !$0.isReadable) && SandboxView.covers($0.path, bytes) }
  }

  private func isPresent(_ path: String) -> Bool {
    if let known = memory.withLock({ $0.presence[path] }) { return known }
    let isPresent = (try? files.status(FilePath(path))) != nil
    memory.withLock { memory in
      if memory.presence.count < Self.mostRemembered { memory.presence[path] = isPresent }
    }
    return isPresent
  }

  // MARK: Network

  private func record(_ host: String, _ port: UInt16, _ isLoopback: Bool) {
    // Inside its own network a plugin may talk to itself; that it asks nobody's name server shows in the name.
    // The C library asks with port 0 which of its own addresses it would use, and sends nothing.
    guard port != 0 else { return }
    if isDraft { log.note(.connectionTried, "\(host):\(port)") }
    guard !isLoopback, !rules.contains(where: { $0.allows(host: host, port: port) }) else { return }
    log.note(.connectionRefused, "\(host):\(port)")
  }

  private func record(socket path: String) {
    // The C library asks for its cache of accounts wherever it runs.
    guard path != "/var/run/nscd/socket", path != "/run/nscd/socket" else { return }
    switch view.place(of: FilePath(path).lexicallyNormalized().string) {
    case .own, .machine(_, .readWrite, _): return
    case .machine, .kernel, .hidden, .nothing: log.note(.connectionRefused, "unix:\(path)")
    }
  }

  private func record(name: String) {
    guard name != "localhost", name != SandboxPlan.hostName else { return }
    if isDraft { log.note(.nameLookedUp, name) }
    let isDeclared = rules.contains { rule in
      switch rule {
      case .host(let host, _): host == name
      case .subdomains(let domain, _): name.hasSuffix("." + domain)
      case .internet: true
      }
    }
    if !isDeclared { log.note(.connectionRefused, name) }
  }

  // MARK: Programs

  private func record(program path: String) {
    guard case .machine(let source, _, let mount) = view.place(of: path), isPresent(source.string) else { return }
    let name = FilePath(path).lastComponent?.string ?? path
    let launched = FilePath(plan.arguments.first ?? "").lastComponent?.string
    let isOwn = mount == SandboxPaths.plugin || name == launched || plan.programs.contains(name)
    log.note(isOwn ? .programStarted : .programRefused, path)
  }

  /// Whatever is left when the first process ends is ended by the kernel at that moment (pid_namespaces(7)).
  private func record(endOf process: Int32) {
    guard let leader = first(process) else { return }
    for name in ProcessTree(root: leader, files: files).descendantNames() { log.note(.leftBehind, name) }
  }
}
