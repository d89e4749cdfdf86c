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

  private struct Memory {
    var hasStarted = false
    var presence: [String: Bool] = [:]
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
    if memory.withLock({ $0.hasStarted }) { return true }
    if case .program = touch, first(process) != nil { memory.withLock { $0.hasStarted = true } }
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
    switch view.place(of: path) {
    case .own: return
    case .kernel:
      if purpose == .write, path.hasPrefix("/proc/sys") || path.hasPrefix("/sys/") { log.note(.pathRefused, path) }
    case .hidden:
      if purpose != .look { log.note(.pathRefused, path) }
    case .machine(let source, let access, let mount):
      if purpose == .write {
        write(path, access, mount)
      } else if isDraft {
        follow(source, purpose)
      }
    case .nothing: missing(path, purpose)
    }
  }

  private func write(_ path: String, _ access: SandboxMount.Access, _ mount: FilePath) {
    if access == .readWrite {
      if isDraft { log.note(.pathWritten, mount.string) }
      return
    }
    // Python keeps what it compiles beside the source; that it may not is no loss to anybody.
    guard !path.contains("/__pycache__") else { return }
    log.note(.pathRefused, path)
  }

  private func missing(_ path: String, _ purpose: Touch.Purpose) {
    let isSecret = isProtected(path, purpose)
    if isSecret, purpose != .look { log.note(.pathRefused, path) }
    let parent = FilePath(path).removingLastComponent().string
    let isThere = isPresent(path) || purpose == .write && isPresent(parent)
    guard isThere else { return }
    if isDraft, !isSecret { log.note(purpose == .write ? .pathWritten : .pathRead, path) }
    guard purpose != .look, !isSecret else { return }
    // What every account of a machine may read in /etc says nothing about its user.
    if purpose == .read, path.hasPrefix("/etc/") { return }
    log.note(.pathRefused, path)
  }

  /// Where a link of the machine leads out of what is visible, that is what a draft must know.
  private func follow(_ source: FilePath, _ purpose: Touch.Purpose) {
    guard let target = PathResolver(files: files).resolve(source), target != source,
      view.place(of: target.string) == .nothing
    else { return }
    log.note(.pathRead, target.string)
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
