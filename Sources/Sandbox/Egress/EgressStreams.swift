import NIOCore
import NIOPosix

/// A connection of the proxy, on either side.
typealias EgressChannel = NIOAsyncChannel<ByteBuffer, ByteBuffer>
/// The writing half of a connection.
typealias EgressWriter = NIOAsyncChannelOutboundWriter<ByteBuffer>

/// What a proxy allows each plugin.
package struct EgressLimits: Hashable, Sendable {
  /// Connections of one sandbox at the same time.
  package var connections = 64
  /// The longest head of a request in bytes.
  package var head = 16 << 10
  /// After this time without a byte in either direction a connection is closed.
  package var idle = Duration.seconds(600)
  /// The most that making a connection to one address may take.
  package var connecting = Duration.seconds(10)
  /// The most addresses of a name that are tried.
  package var addresses = 4

  /// What every sandbox gets.
  package static let standard = EgressLimits()
}

/// The reading half of a plugin's connection, from which heads are read before the rest goes on.
struct EgressReader {
  private var iterator: NIOAsyncChannelInboundStream<ByteBuffer>.AsyncIterator
  private var buffer = ByteBuffer()

  init(_ inbound: NIOAsyncChannelInboundStream<ByteBuffer>) { iterator = inbound.makeAsyncIterator() }

  /// The first byte, which stays; nil at the end.
  mutating func peek() async throws -> UInt8? {
    while buffer.readableBytes == 0 { guard try await fill() else { return nil } }
    return buffer.getInteger(at: buffer.readerIndex)
  }

  /// Exactly so many bytes; nil when the stream ends before.
  mutating func take(_ count: Int) async throws -> [UInt8]? {
    while buffer.readableBytes < count { guard try await fill() else { return nil } }
    return buffer.readBytes(length: count)
  }

  /// Everything up to and with the first empty line; nil when that is longer than the limit, or never comes.
  mutating func head(limit: Int) async throws -> [UInt8]? {
    var searched = 0
    while true {
      let bytes = buffer.readableBytesView
      let start = bytes.startIndex + max(0, searched - 3)
      for index in bytes.indices[start...] where bytes[index] == 10 && index >= bytes.startIndex + 3 {
        guard bytes[index - 1] == 13, bytes[index - 2] == 10, bytes[index - 3] == 13 else { continue }
        let length = index - bytes.startIndex + 1
        return length > limit ? nil : buffer.readBytes(length: length)
      }
      searched = bytes.count
      guard searched < limit, try await fill() else { return nil }
    }
  }

  /// The next bytes, whatever they are; nil at the end.
  mutating func next() async throws -> ByteBuffer? {
    if buffer.readableBytes > 0 {
      defer { buffer = ByteBuffer() }
      return buffer
    }
    return try await iterator.next(isolation: #isolation)
  }

  private mutating func fill() async throws -> Bool {
    guard var more = try await iterator.next(isolation: #isolation) else { return false }
    buffer.writeBuffer(&more)
    return true
  }
}

extension EgressChannel {
  /// Makes a connection that closes itself when it has been idle too long.
  static func wrap(_ channel: any Channel, idle: Duration) -> EventLoopFuture<EgressChannel> {
    channel.eventLoop.makeCompletedFuture {
      try channel.pipeline.syncOperations.addHandler(IdleStateHandler(allTimeout: TimeAmount(idle)))
      try channel.pipeline.syncOperations.addHandler(CloseWhenIdle())
      return try EgressChannel(
        wrappingChannelSynchronously: channel, configuration: .init(isOutboundHalfClosureEnabled: true))
    }
  }
}

/// Closes a connection over which nothing went for too long.
private final class CloseWhenIdle: ChannelInboundHandler, Sendable {
  typealias InboundIn = ByteBuffer

  func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
    if event is IdleStateHandler.IdleStateEvent {
      context.close(promise: nil)
    } else {
      context.fireUserInboundEventTriggered(event)
    }
  }
}
