import StrictJSON
import TUF
import Testing

/// A client that waits for one file.
struct WaitingClient: Sendable {
  /// The file, as a repository names it.
  let path: String
  let mutator: Mutator
  /// Whether a signed digest covers the file's bytes, so that not even white space may change.
  let isPinned: Bool
  /// Every file of the repository.
  let files: [String: [UInt8]]
  /// The canonical form of what is signed.
  let meaning: [UInt8]
  /// Gives the client a file; throws ``TUFError`` when it is refused.
  let offer: @Sendable ([UInt8]) throws(TUFError) -> Void

  /// Clients that wait for the root, the timestamp, the snapshot role, the targets role and a delegated role.
  static func all(digests: Bool) throws -> [WaitingClient] {
    var repository = try SimulatedRepository()
    repository.listsDigests = digests
    try repository.delegate(to: "stable", paths: ["f*"])
    repository.addTarget("file", to: "stable")
    repository.addTarget("other")
    let online = [try TestKey.ed25519(), try TestKey.ed25519(), try TestKey.ed25519()]
    try repository.setKeys(online, of: "timestamp", threshold: 2)
    repository.bump("root")
    try repository.publishRoot()
    try repository.publishNext()
    let files = repository.files
    return try all(files, digests: digests)
  }

  private static func all(_ files: [String: [UInt8]], digests: Bool) throws -> [WaitingClient] {
    let foreign = try files.values.flatMap { try JSON.parse($0)["signatures"]?.arrayValue ?? [] }

    func place(_ path: String, pinned: Bool, _ offer: @escaping @Sendable ([UInt8]) throws(TUFError) -> Void) throws
      -> WaitingClient
    {
      let original = try #require(files[path])
      let signed = try #require(try JSON.parse(original)["signed"])
      return WaitingClient(
        path: path, mutator: try Mutator(original, foreign: foreign), isPinned: pinned, files: files,
        meaning: try signed.canonicalBytes(), offer: offer)
    }

    var clients: [WaitingClient] = []
    var workflow = try RefreshWorkflow(
      trustedRoot: try #require(files["1.root.json"]), at: SimulatedRepository.now)
    while true {
      let action = try workflow.next()
      if action == .finished { break }
      guard case .fetch(let request) = action else {
        if case .load = action { try workflow.absent() }
        continue
      }
      guard let bytes = files[request.path] else {
        try workflow.absent()
        continue
      }
      let waiting = workflow
      let pinned = digests && !request.path.contains("root") && request.path != "timestamp.json"
      clients.append(
        try place(request.path, pinned: pinned) { (bytes) throws(TUFError) in
          var client = waiting
          try client.supply(bytes)
        })
      try workflow.supply(bytes)
    }
    var search = TargetSearch(for: "file", in: workflow.trusted)
    guard case .load = try search.next() else { throw TUFError.unexpectedAnswer }
    try search.absent()
    guard case .fetch(let request) = try search.next() else { throw TUFError.unexpectedAnswer }
    let waiting = search
    clients.append(
      try place(request.path, pinned: digests) { (bytes) throws(TUFError) in
        var client = waiting
        try client.supply(bytes)
      })
    return clients
  }
}
