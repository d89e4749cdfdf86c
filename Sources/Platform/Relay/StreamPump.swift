import Glibc
import SystemPackage

/// Moves bytes from one descriptor to another through a lane, on one thread, until one of the two ends.
///
/// What is read at once is written at once. Writing waits for whoever reads, and then nothing more is read.
struct StreamPump {
  /// How much is read at once, in bytes: what a large pipe holds.
  static let bufferSize = 256 << 10

  /// Why a pump has ended.
  enum End {
    /// There is nothing more to read.
    case sourceEnded
    /// Nobody reads what is written.
    case sinkClosed
    /// Somebody stopped it.
    case stopped
    /// Lines pile up on the way back.
    case refused
  }

  let source: Descriptor
  let sink: Descriptor
  let lane: any StreamLane
  /// Lines of the other direction's lane for this sink; stopping it stops this pump.
  let outbox: Outbox
  /// Where lines for the source go.
  let back: Outbox
  /// Whether what is there already is still read when the pump is stopped.
  let drains: Bool

  func run() -> End {
    var buffer = [UInt8](repeating: 0, count: Self.bufferSize)
    // A client that reads no more is noticed even while there is nothing to write.
    var watch = ReadinessWatch([source, outbox.event] + (drains ? [sink] : []), lossOnly: 2)
    var isBetweenLines = true
    while true {
      // What was stopped waits for nothing more.
      let stopped = outbox.isStopped
      if stopped, !drains { return .stopped }
      let patience = lane.patience
      watch.wait(milliseconds: stopped ? 0 : patience.map(Self.milliseconds) ?? -1)
      if watch.isReady(1) {
        outbox.quiet()
        if isBetweenLines, !write(outbox.takeAll()) { return .sinkClosed }
      }
      guard watch.isReady(0) else {
        if stopped { return .stopped }
        if watch.isReady(2) { return .sinkClosed }
        if patience != nil, let end = move(lane.idle(), buffer, &isBetweenLines) { return end }
        continue
      }
      guard let count = read(&buffer) else { continue }
      if let end = move(count > 0 ? lane.take(buffer, count) : lane.ended(), buffer, &isBetweenLines) { return end }
      lane.passed(buffer, count)
      if count == 0 { return .sourceEnded }
    }
  }

  /// Does what a lane asks for; returns why the pump ends, if it does.
  private func move(_ output: LaneOutput, _ buffer: [UInt8], _ isBetweenLines: inout Bool) -> End? {
    for line in output.back where !back.put(line) { return .refused }
    return write(output, buffer, &isBetweenLines) ? nil : .sinkClosed
  }

  private static func milliseconds(_ duration: Duration) -> Int32 {
    let (seconds, attoseconds) = duration.components
    // One more, so that the time is over when the wait is.
    return Int32(
      clamping: seconds.multipliedReportingOverflow(by: 1000).partialValue + attoseconds / 1_000_000_000_000_000 + 1)
  }

  /// What is there now; 0 at the end, nil when there is nothing after all.
  private func read(_ buffer: inout [UInt8]) -> Int? {
    do throws(FileError) {
      return try source.read(into: &buffer, path: "a stream")
    } catch {
      return error.reason == .other(EAGAIN) ? nil : 0
    }
  }

  private func write(_ output: LaneOutput, _ buffer: [UInt8], _ isBetweenLines: inout Bool) -> Bool {
    for piece in output.pieces {
      switch piece {
      case .read(let range): guard write(buffer, range, &isBetweenLines) else { return false }
      case .own(let bytes): guard write(bytes, bytes.indices, &isBetweenLines) else { return false }
      }
    }
    return true
  }

  /// Writes a part of some bytes; whatever waits in the outbox comes after the first line end.
  private func write(_ bytes: [UInt8], _ range: Range<Int>, _ isBetweenLines: inout Bool) -> Bool {
    var start = range.lowerBound
    if !outbox.isEmpty {
      let end =
        isBetweenLines ? start : bytes[range].firstIndex(of: UInt8(ascii: "\n")).map { $0 + 1 } ?? range.upperBound
      guard put(bytes, start..<end) else { return false }
      start = end
      if start > range.lowerBound { isBetweenLines = bytes[start - 1] == UInt8(ascii: "\n") }
      if isBetweenLines, !write(outbox.takeAll()) { return false }
    }
    guard start < range.upperBound else { return true }
    isBetweenLines = bytes[range.upperBound - 1] == UInt8(ascii: "\n")
    return put(bytes, start..<range.upperBound)
  }

  private func write(_ lines: [[UInt8]]) -> Bool {
    for line in lines where !put(line, line.indices) { return false }
    return true
  }

  private func put(_ bytes: [UInt8], _ range: Range<Int>) -> Bool {
    var rest = range
    while !rest.isEmpty {
      let count = sink.writeOnce(unsafe bytes.span.bytes.extracting(rest))
      if count < 0 { return false }
      rest = (rest.lowerBound + count)..<rest.upperBound
    }
    return true
  }
}

extension Descriptor {
  /// Writes as much as goes at once, waiting until something goes; negative when nobody reads.
  fileprivate func writeOnce(_ bytes: RawSpan) -> Int {
    while true {
      let count = unsafe bytes.withUnsafeBytes { unsafe Glibc.write(number, $0.baseAddress, $0.count) }
      if count >= 0 { return count }
      if errno == EINTR { continue }
      // Whoever started this program may have made the stream one that never waits.
      guard errno == EAGAIN else { return -1 }
      var entry = pollfd(fd: number, events: Int16(POLLOUT), revents: 0)
      _ = unsafe poll(&entry, 1, -1)
    }
  }
}
