import Platform
import Synchronization
import SystemPackage

/// Looks at one sandbox from outside: answers its system calls where somebody asks, and watches its decoys.
///
/// Nothing here protects anybody: mounts, namespaces and the filter do. What cannot be observed is not recorded, and
/// the plugin runs on.
final class SandboxObserver: Sendable {
  /// The socket's name in the folder of the container: short, because the path of a socket must be.
  private static let socketName = "calls"
  private static let decoyFolder = "decoys"

  /// The plan with everything that observing adds to it.
  let plan: SandboxPlan
  private let listener: CallListener?
  private let decoys: Decoys
  private let watch: OpenWatch?
  private let reader: CallReader
  private let recorder: TouchRecorder
  private let files: any FileSystem
  private let log: SandboxEventLog
  /// How often each decoy was opened according to the log.
  private let noted = Mutex<[FilePath: Int]>([:])

  /// Prepares observing; nil when the plan asks for none.
  ///
  /// - Parameter listens: whether the runtime hands over a listener for system calls.
  init?(
    _ plan: SandboxPlan, surroundings: Surroundings, folder: FilePath, listens: Bool, files: any FileSystem,
    log: SandboxEventLog
  ) throws(FileError) {
    guard plan.observation != .none else { return nil }
    decoys = try Decoys(for: plan, in: folder.appending(Self.decoyFolder), files: files)
    watch = try? OpenWatch(decoys.files.map(\.outside))
    // A path that is too long for a socket costs the events, not the canary.
    listener = listens ? try? CallListener(at: folder.appending(Self.socketName)) : nil
    var plan = plan
    plan.mounts += decoys.mounts
    self.plan = plan
    reader = CallReader(files: files)
    recorder = TouchRecorder(plan: plan, protected: surroundings.protected, files: files, log: log)
    self.files = files
    self.log = log
  }

  /// The socket at which the runtime is awaited.
  var socket: FilePath? { listener?.path }

  /// Whether the runtime came.
  var isConnected: Bool { listener?.isConnected ?? false }

  /// Begins to answer.
  func start() {
    let (reader, recorder) = (reader, recorder)
    listener?.serve { call, memory in
      for touch in reader.touches(call, memory) { recorder.record(touch, by: call.process) }
      return SeccompCalls.goesOn(call.name) ? .goesOn : .isRefused
    }
  }

  /// Notes which decoys were opened; in the end it stops answering, too.
  func observe(isOver: Bool) async {
    if isOver { await listener?.stop() }
    let opened = watch?.opened() ?? [:]
    for decoy in decoys.files {
      let count = opened[decoy.outside] ?? 0
      let new = noted.withLock { noted in
        defer { noted[decoy.outside] = count }
        return count - (noted[decoy.outside] ?? 0)
      }
      if new > 0 { log.note(.decoyTouched, decoy.inside, count: new) }
    }
    if isOver { abandon() }
  }

  /// Takes away what preparing has made outside of the container's folder.
  func abandon() { decoys.removeMountPoints(files: files) }
}
