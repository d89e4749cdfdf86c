package import Platform
import Synchronization
package import SystemPackage

/// A network that holds exactly what a test wrote into it; everything else throws `.unscripted`.
package final class ScriptedTransport: Transport {
  /// What an address answers.
  package enum Answer: Sendable {
    /// A body, with the entity tag that it has.
    case body([UInt8], etag: String? = nil)
    /// An error.
    case failure(TransferError)
  }

  private struct State {
    var answers: [String: Answer] = [:]
    var requests: [TransferRequest] = []
  }

  private let state: Mutex<State>
  private let files: any FileSystem

  /// Makes a network from its answers.
  package init(_ answers: [String: Answer] = [:], files: any FileSystem = LocalFileSystem()) {
    self.state = Mutex(State(answers: answers))
    self.files = files
  }

  /// Sets or (nil) removes what an address answers.
  package subscript(url: String) -> Answer? {
    get { state.withLock { $0.answers[url] } }
    set { state.withLock { $0.answers[url] = newValue } }
  }

  /// Lets an address answer a text.
  package func serve(_ text: String, at url: String) { self[url] = .body(Array(text.utf8)) }

  /// Lets an address answer 404.
  package func miss(_ url: String) { self[url] = .failure(.notFound(url: url, status: 404)) }

  /// Everything that was asked for, in order.
  package var requests: [TransferRequest] { state.withLock { $0.requests } }

  /// Answers from the script, keeping the request's limit and entity tag.
  package func fetch(_ request: TransferRequest) async throws(TransferError) -> TransferResponse {
    let (body, etag) = try answer(request)
    if let etag, request.ifNoneMatch == etag { return TransferResponse(status: 304, url: request.url, etag: etag) }
    return TransferResponse(body: body, url: request.url, etag: etag)
  }

  /// Writes the answer from the script into a file; goes on where the file ends unless the entity tag has changed.
  package func download(
    _ request: TransferRequest, to path: FilePath, resumingFrom offset: Int64?,
    progress: (@Sendable (Int64, Int64?) -> Void)?
  ) async throws(TransferError) -> TransferResponse {
    let (body, etag) = try answer(request)
    let offset = offset ?? 0
    let resumes = offset > 0 && offset <= Int64(body.count) && (request.ifRange == nil || request.ifRange == etag)
    do throws(FileError) {
      if resumes {
        try files.truncate(path, to: offset)
        let file = try files.openForAppending(path)
        try file.write(body[Int(offset)...])
        try file.close()
      } else {
        try files.removeIfPresent(path)
        try files.write(body, creating: path, mode: 0o600)
      }
    } catch {
      throw .file(error)
    }
    progress?(Int64(body.count), Int64(body.count))
    return TransferResponse(
      status: resumes ? 206 : 200, url: request.url, etag: etag, resumedFrom: resumes ? offset : 0,
      length: Int64(body.count))
  }

  private func answer(_ request: TransferRequest) throws(TransferError) -> ([UInt8], String?) {
    let answer = state.withLock { state in
      state.requests.append(request)
      return state.answers[request.url]
    }
    switch answer {
    case nil: throw .unscripted(url: request.url)
    case .failure(let error): throw error
    case .body(let bytes, let etag):
      guard Int64(bytes.count) <= request.limit else {
        throw .tooLarge(url: request.url, limit: request.limit, offered: Int64(bytes.count))
      }
      return (bytes, etag)
    }
  }
}
