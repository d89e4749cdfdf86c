import Dispatch
import SystemPackage

/// Runs transfers one after the other on a thread of its own, since libcurl blocks.
actor TransferWorker {
  private nonisolated let executor = BlockingExecutor(label: "serin.transfer")
  private let userAgent: String
  private var handle: CurlHandle?

  nonisolated var forTasks: any TaskExecutor { executor.forTasks }

  nonisolated var unownedExecutor: UnownedSerialExecutor { unsafe executor.asUnownedSerialExecutor() }

  init(userAgent: String) { self.userAgent = userAgent }

  func fetch(
    _ request: TransferRequest, cancellation: TransferCancellation
  ) -> Result<TransferResponse, TransferError> {
    Result { () throws(TransferError) in
      let sink = MemorySink()
      let exchange = TransferExchange(request, offset: nil, sink: sink, cancellation: cancellation)
      var response = try perform(request, offset: nil, exchange: exchange)
      response.body = sink.bytes
      response.length = Int64(sink.bytes.count)
      return response
    }
  }

  func download(
    _ request: TransferRequest, files: any FileSystem, path: FilePath, offset: Int64?,
    progress: (@Sendable (Int64, Int64?) -> Void)?, cancellation: TransferCancellation
  ) -> Result<TransferResponse, TransferError> {
    Result { () throws(TransferError) in
      let sink = FileSink(files, path: path, offset: offset, progress: progress)
      let exchange = TransferExchange(request, offset: offset, sink: sink, cancellation: cancellation)
      var response = try perform(request, offset: offset, exchange: exchange)
      if response.status == 416, let offset {
        // The file is complete already when it is exactly as long as the server's, and else of no use.
        if exchange.head.unsatisfiedTotal == offset {
          do throws(FileError) { try files.truncate(path, to: offset) } catch { throw .file(error) }
          response.resumedFrom = offset
          response.length = offset
          return response
        }
        return try download(
          request, files: files, path: path, offset: nil, progress: progress, cancellation: cancellation
        ).get()
      }
      try sink.close()
      response.resumedFrom = exchange.start
      response.length = sink.length
      return response
    }
  }

  private func perform(
    _ request: TransferRequest, offset: Int64?, exchange: TransferExchange
  ) throws(TransferError) -> TransferResponse {
    let beginning = request.url.prefix(8).lowercased()
    guard beginning.hasPrefix("http://") || beginning == "https://",
      request.url.utf8.allSatisfy({ (0x21...0x7e).contains($0) })
    else {
      throw .badAddress(url: request.url)
    }
    guard !exchange.isCancelled else { throw .cancelled(url: request.url) }
    var headers: [String] = []
    if let tag = request.ifNoneMatch.flatMap(headerSafe) { headers.append("If-None-Match: \(tag)") }
    if offset != nil, let tag = request.ifRange.flatMap(headerSafe) { headers.append("If-Range: \(tag)") }
    if handle == nil { handle = try CurlHandle() }
    guard
      let outcome = try handle?.perform(
        request, headers: headers, range: offset.map { "\($0)-" }, userAgent: userAgent, exchange: exchange)
    else { throw .library(reason: "libcurl could not make a handle") }
    if let failure = exchange.failure { throw failure }
    if exchange.isCancelled { throw .cancelled(url: request.url) }
    let head = exchange.head
    switch head.status {
    case 403, 404, 410: throw .notFound(url: request.url, status: head.status)
    case 304 where request.ifNoneMatch != nil, 416 where offset != nil: break
    case 200, 206:
      try outcome.check(request, exchange: exchange)
      guard exchange.isAcceptable else {
        throw .malformed(url: request.url, reason: "it sent a part of the file that nobody asked for")
      }
      try exchange.begin()
    default:
      // The body of a refusal may have been cut short; the status says more than that.
      if head.status < 400 { try outcome.check(request, exchange: exchange) }
      throw .status(url: request.url, code: head.status)
    }
    return TransferResponse(
      status: head.status, url: outcome.url ?? request.url, etag: head.etag, contentType: head.contentType)
  }

  /// An entity tag that cannot smuggle in another header line; nil for one that could.
  private func headerSafe(_ tag: String) -> String? {
    tag.utf8.allSatisfy { (0x20...0x7e).contains($0) } && tag.utf8.count <= 1024 ? tag : nil
  }
}

extension CurlHandle.Outcome {
  /// Turns a code of libcurl into an error (numbers as in `curl/curl.h`, which they never leave).
  fileprivate func check(_ request: TransferRequest, exchange: TransferExchange) throws(TransferError) {
    let url = request.url
    switch code {
    case 0: return
    case 1 where exchange.head.status / 100 == 3: throw .redirectRefused(url: url, reason: "to another scheme")
    case 1 where reason.contains("HTTP/0.9"): throw .malformed(url: url, reason: reason)
    case 47: throw .redirectRefused(url: url, reason: "more than 3 times")
    case 1, 3: throw .badAddress(url: url)
    case 18: throw .truncated(url: url, received: exchange.start + exchange.received)
    case 28:
      if let rate = request.minimumRate, reason.hasPrefix("Operation too slow") {
        throw .tooSlow(url: url, minimum: rate)
      }
      let connecting = reason.hasPrefix("Connection timed") || reason.hasPrefix("Resolving timed")
      throw .timedOut(url: url, after: connecting ? min(request.connectTimeout, request.timeout) : request.timeout)
    case 42: throw .cancelled(url: url)
    case 90: throw .pinMismatch(url: url)
    case 35, 53, 54, 58, 59, 60, 64, 66, 77, 80, 82, 83, 91, 98: throw .tls(url: url, reason: reason)
    case 8, 61, 16, 92: throw .malformed(url: url, reason: reason)
    case 27, 2, 4: throw .library(reason: reason)
    default: throw .connection(url: url, reason: reason)
    }
  }
}

/// An executor with a queue of its own, for calls that block.
final class BlockingExecutor: SerialExecutor {
  private let queue: DispatchQueue

  init(label: String) { queue = DispatchQueue(label: label) }

  func enqueue(_ job: consuming ExecutorJob) {
    let job = UnownedJob(job)
    queue.async { unsafe job.runSynchronously(on: self.asUnownedSerialExecutor()) }
  }

  /// Runs tasks on the same queue, between the calls that block.
  var forTasks: any TaskExecutor { Neighbour(queue: queue) }

  private final class Neighbour: TaskExecutor {
    private let queue: DispatchQueue

    init(queue: DispatchQueue) { self.queue = queue }

    func enqueue(_ job: consuming ExecutorJob) {
      let job = UnownedJob(job)
      queue.async { unsafe job.runSynchronously(on: self.asUnownedTaskExecutor()) }
    }
  }
}
