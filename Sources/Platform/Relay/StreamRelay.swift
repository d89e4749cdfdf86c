/// What stands between this process's own standard streams and those of a command: one lane each way.
///
/// The two streams belong to the relay from the start of the command on: when a side is done with one of them it is
/// closed, so that the other side notices exactly as it would without a relay.
package struct StreamRelay: Sendable {
  /// What passes from this process's standard input to the command.
  package let toCommand: any StreamLane
  /// What passes from the command to this process's standard output.
  package let fromCommand: any StreamLane
  /// Told what the client does that shows that it does not want to go on.
  package let clientLeft: @Sendable (ClientDeparture) -> Void
  /// What stands for the standard streams in tests: two descriptors that the relay closes.
  let substitutes: (input: Int32, output: Int32)?

  /// Makes a relay of its parts.
  package init(
    toCommand: any StreamLane, fromCommand: any StreamLane, substitutes: (input: Int32, output: Int32)? = nil,
    clientLeft: @escaping @Sendable (ClientDeparture) -> Void = { _ in }
  ) {
    self.toCommand = toCommand
    self.fromCommand = fromCommand
    self.substitutes = substitutes
    self.clientLeft = clientLeft
  }
}

/// What shows that a client does not want to go on.
package enum ClientDeparture: Hashable, Sendable {
  /// Its input has ended: the command gets no more, and may still answer what it was asked.
  case inputEnded
  /// It reads no more, or it sent a signal: the command should leave.
  case gone
}

/// One direction of a relay: looks at everything that was read and says what is written for it.
///
/// Each lane is used by one thread. What it passes on is written before the next bytes are read, so that whoever does
/// not read slows down whoever writes, and nothing is kept but what the lane itself holds back.
package protocol StreamLane: AnyObject, Sendable {
  /// Looks at the first `count` bytes of a buffer.
  func take(_ buffer: [UInt8], _ count: Int) -> LaneOutput
  /// Called when what `take` asked for is written: what need not be known before can be looked at now.
  func passed(_ buffer: [UInt8], _ count: Int)
  /// No more bytes will come.
  func ended() -> LaneOutput
  /// How long the lane can wait for more bytes; nil for as long as it takes.
  var patience: Duration? { get }
  /// Called when that time is over.
  func idle() -> LaneOutput
}

extension StreamLane {
  /// A lane waits for as long as it takes, unless it says otherwise.
  package var patience: Duration? { nil }
  /// Nothing happens with time, unless a lane says otherwise.
  package func idle() -> LaneOutput { LaneOutput() }
}

/// What a lane wants to be written.
package struct LaneOutput: Sendable {
  /// A piece of what goes on in the lane's own direction.
  package enum Piece: Hashable, Sendable {
    /// A part of the buffer as it was read.
    case read(Range<Int>)
    /// Bytes of the lane's own.
    case own([UInt8])
  }

  /// What goes on, in this order.
  package private(set) var pieces: [Piece] = []
  /// Whole lines that go back to where the bytes came from; they come there between two lines of the other direction.
  package private(set) var back: [[UInt8]] = []

  /// Nothing.
  package init() {}

  /// Everything that was read, unchanged.
  package init(all count: Int) { pieces = [.read(0..<count)] }

  /// Passes a part of the buffer on.
  package mutating func pass(_ range: Range<Int>) {
    if range.isEmpty { return }
    if case .read(let last) = pieces.last, last.upperBound == range.lowerBound {
      pieces[pieces.count - 1] = .read(last.lowerBound..<range.upperBound)
    } else {
      pieces.append(.read(range))
    }
  }

  /// Passes other bytes on.
  package mutating func pass(_ bytes: [UInt8]) {
    if !bytes.isEmpty { pieces.append(.own(bytes)) }
  }

  /// Sends a whole line back.
  package mutating func answer(_ line: [UInt8]) { back.append(line) }
}
