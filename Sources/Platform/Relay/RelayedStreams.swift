import Dispatch
import Glibc
import Synchronization
import SystemPackage

/// The two pumps between a client and a command, and who of the two ended it.
///
/// Every descriptor belongs to the thread that uses it, and is closed when that is done: that is how either side learns
/// that the other has gone.
final class RelayedStreams: Sendable {
  /// How large the pipes to and from the command are, and the client's own, in bytes: with the usual 64 KiB a large
  /// result takes four times as many turns of three processes.
  private static let pipeSize: Int32 = 256 << 10
  /// How long what the command has said may take to be written once it is gone and its client has given a signal.
  private static let patience: Int32 = 2000

  private struct Ends {
    var input: (reading: Descriptor, writing: Descriptor)?
    var output: (reading: Descriptor, writing: Descriptor)?
  }

  private let relay: StreamRelay
  private let ends: Mutex<Ends>
  private let toCommand: Outbox
  private let toClient: Outbox
  /// Readable when everything that the command has said is written, or nobody wants it.
  private let outputDone: Descriptor
  /// Readable when a signal has come.
  let signals: Descriptor
  private let isOver = Atomic(false)

  /// Makes the pipes; nil when too many files are open, or this process has no standard streams of its own.
  init?(_ relay: StreamRelay) {
    guard let input = LinuxCalls.pipe(size: Self.pipeSize), let output = LinuxCalls.pipe(size: Self.pipeSize),
      let toCommand = Outbox(), let toClient = Outbox(), let done = LinuxCalls.event(),
      let signals = LinuxCalls.event(),
      [input.reading, input.writing, output.reading, output.writing].allSatisfy({ $0.number > STDERR_FILENO })
    else { return nil }
    BrokenPipes.areIgnored
    self.relay = relay
    (self.toCommand, self.toClient, outputDone, self.signals) = (toCommand, toClient, done, signals)
    ends = Mutex(Ends(input: input, output: output))
  }

  /// What the command reads and writes.
  var forCommand: (input: Descriptor, output: Descriptor)? {
    ends.withLock { ends in
      guard let input = ends.input?.reading, let output = ends.output?.writing else { return nil }
      return (input, output)
    }
  }

  /// Starts to move bytes between the client's streams and a command that has been started.
  func start() {
    let client = relay.substitutes.map { (input: Descriptor($0.input), output: Descriptor($0.output)) } ?? Self.standard
    let own = ends.withLock { ends -> Ends in
      defer { ends = Ends() }
      return ends
    }
    guard let sink = own.input?.writing, let source = own.output?.reading else { return }
    LinuxCalls.widen(client.output, to: Self.pipeSize)
    let inward = StreamPump(
      source: client.input, sink: sink, lane: relay.toCommand, outbox: toCommand, back: toClient, drains: false)
    let outward = StreamPump(
      source: source, sink: client.output, lane: relay.fromCommand, outbox: toClient, back: toCommand, drains: true)
    // The pumps are all that keeps the ends open, and each lets go of its own.
    Self.thread("serin.relay.in", inward) { end in
      switch end {
      case .sourceEnded: self.clientHasLeft(.inputEnded)
      case .refused: self.clientHasLeft(.gone)
      case .stopped, .sinkClosed: break
      }
    }
    Self.thread("serin.relay.out", outward) { end in
      LinuxCalls.signal(self.outputDone)
      guard end == .sinkClosed || end == .refused else { return }
      self.clientHasLeft(.gone)
      self.toCommand.stop()
    }
  }

  private static func thread(_ name: String, _ pump: StreamPump, _ ended: @escaping @Sendable (StreamPump.End) -> Void)
  {
    DispatchQueue(label: name).async { ended(pump.run()) }
  }

  /// The standard input and output of this process, which from now on has neither.
  private static var standard: (input: Descriptor, output: Descriptor) {
    (moved(STDIN_FILENO), moved(STDOUT_FILENO))
  }

  private static func moved(_ number: Int32) -> Descriptor {
    let other = fcntl(number, F_DUPFD_CLOEXEC, STDERR_FILENO + 1)
    let nowhere = try? SystemCalls.open("/dev/null", O_RDWR, operation: "open")
    if let nowhere { _ = dup2(nowhere.number, number) }
    return Descriptor(other)
  }

  /// The client wants an end: the command gets no more input.
  func endInput() {
    clientHasLeft(.gone)
    toCommand.stop()
  }

  /// Tells of a departure, unless the command has ended before it.
  private func clientHasLeft(_ departure: ClientDeparture) {
    if !isOver.load(ordering: .acquiring) { relay.clientLeft(departure) }
  }

  /// The command has ended: what it has said is still written, for as long as somebody reads it.
  func finish() {
    isOver.store(true, ordering: .releasing)
    toCommand.stop()
    toClient.stop()
    var watch = ReadinessWatch([outputDone, signals])
    watch.wait()
    if watch.isReady(0) { return }
    var last = ReadinessWatch([outputDone])
    last.wait(milliseconds: Self.patience)
  }
}
