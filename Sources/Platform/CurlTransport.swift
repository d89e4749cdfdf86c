package import SystemPackage

/// The network through libcurl: one connection-keeping handle, away from the threads of Swift's concurrency.
package final class CurlTransport: Transport {
  private let worker: TransferWorker
  private let files: any FileSystem

  /// Makes a transport; libcurl is loaded by the first transfer.
  /// - Parameters:
  ///   - files: where downloads are written.
  ///   - version: what follows "serin/" in the name that servers see.
  package init(files: any FileSystem, version: String = ProgramVersion.text) {
    BrokenPipes.areIgnored
    self.files = files
    self.worker = TransferWorker(userAgent: "serin/\(version)")
  }

  /// Runs tasks where the transfers run, for a program that does one thing after the other: changing threads at each
  /// transfer would cost it more than the transfers.
  package var executor: any TaskExecutor { worker.forTasks }

  /// Fetches a whole body into memory.
  package func fetch(_ request: TransferRequest) async throws(TransferError) -> TransferResponse {
    try await cancellable { [worker] cancellation in
      await worker.fetch(request, cancellation: cancellation)
    }
  }

  /// Downloads a body into a file, or the rest of it.
  package func download(
    _ request: TransferRequest, to path: FilePath, resumingFrom offset: Int64?,
    progress: (@Sendable (Int64, Int64?) -> Void)?
  ) async throws(TransferError) -> TransferResponse {
    if let offset, offset > 0 {
      let size: Int64
      do throws(FileError) {
        size = try files.status(path)?.size ?? 0
      } catch {
        throw .file(error)
      }
      // A file that is shorter than claimed cannot be gone on with.
      if size >= offset {
        return try await cancellable { [worker, files] cancellation in
          await worker.download(
            request, files: files, path: path, offset: offset, progress: progress, cancellation: cancellation)
        }
      }
    }
    return try await cancellable { [worker, files] cancellation in
      await worker.download(
        request, files: files, path: path, offset: nil, progress: progress, cancellation: cancellation)
    }
  }

  private func cancellable(
    _ body: @Sendable (TransferCancellation) async -> Result<TransferResponse, TransferError>
  ) async throws(TransferError) -> TransferResponse {
    let cancellation = TransferCancellation()
    let result = await withTaskCancellationHandler {
      await body(cancellation)
    } onCancel: {
      cancellation.cancel()
    }
    return try result.get()
  }
}
