import Synchronization

/// What a transfer is told from outside: to stop.
final class TransferCancellation: Sendable {
  private let flag = Atomic(false)
  var isCancelled: Bool { flag.load(ordering: .acquiring) }
  func cancel() { flag.store(true, ordering: .releasing) }
}

/// Where a body goes.
protocol BodySink: AnyObject {
  /// The body of an acceptable answer is about to come.
  func begin(_ head: ResponseHead) throws(TransferError)
  /// The next bytes of the body.
  func receive(_ bytes: RawSpan) throws(TransferError)
}

/// One request and its answer, fed by libcurl: judges the head, counts the bytes, parks the first error.
final class TransferExchange {
  /// All header lines of one transfer together may not be longer.
  private static let headerLimit = 64 * 1024
  /// The body of a refusal is read up to this size, since that keeps the connection for the next request.
  private static let refusalLimit: Int64 = 64 * 1024

  private let request: TransferRequest
  private let offset: Int64?
  private let sink: any BodySink
  private let cancellation: TransferCancellation
  private var headerBytes = 0
  private var refusedBytes: Int64 = 0
  private var begun = false

  /// The head of the last answer.
  private(set) var head = ResponseHead()
  /// How many bytes of an acceptable body have come.
  private(set) var received: Int64 = 0
  /// The first error; it outranks whatever libcurl says.
  private(set) var failure: TransferError?

  init(_ request: TransferRequest, offset: Int64?, sink: any BodySink, cancellation: TransferCancellation) {
    self.request = request
    self.offset = offset
    self.sink = sink
    self.cancellation = cancellation
  }

  var isCancelled: Bool { cancellation.isCancelled }

  /// Takes one header line; false ends the transfer.
  func receive(header line: [UInt8]) -> Bool {
    headerBytes += line.count
    guard headerBytes <= Self.headerLimit else {
      return park(.malformed(url: request.url, reason: "its header is longer than \(Self.headerLimit) bytes"))
    }
    guard head.take(line) else { return true }
    // The head is complete: refuse before the first byte of the body.
    guard isAcceptable else { return true }
    if let total = head.total(after: offset), total > request.limit {
      return park(.tooLarge(url: request.url, limit: request.limit, offered: total))
    }
    return true
  }

  /// Takes bytes of the body; false ends the transfer.
  func receive(body: RawSpan) -> Bool {
    let count = Int64(body.byteCount)
    guard isAcceptable else {
      refusedBytes += count
      return refusedBytes <= Self.refusalLimit
    }
    do throws(TransferError) {
      try begin()
      guard start + received <= request.limit - count else {
        throw .tooLarge(url: request.url, limit: request.limit, offered: nil)
      }
      received += count
      try sink.receive(body)
      return !isCancelled
    } catch {
      return park(error)
    }
  }

  /// Begins the body if no byte of it has come; an empty body is one as well.
  func begin() throws(TransferError) {
    guard !begun else { return }
    begun = true
    if head.status == 206, let offset {
      guard head.range?.start == offset else {
        throw .wrongRange(url: request.url, asked: offset, offered: head.contentRange ?? "")
      }
    }
    try sink.begin(head)
  }

  /// Whether the answer's body is what was asked for.
  var isAcceptable: Bool { head.status == 200 || (head.status == 206 && offset != nil) }

  /// The byte of the file at which the body starts.
  var start: Int64 { head.status == 206 ? offset ?? 0 : 0 }

  private func park(_ error: TransferError) -> Bool {
    if failure == nil { failure = error }
    return false
  }
}
