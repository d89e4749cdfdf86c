/// Where a client keeps its trusted metadata.
///
/// `persist` must be durable and all-or-nothing. `load` may be called while another call is under way. One process at a
/// time: hold a lock over the whole refresh.
public protocol MetadataStore: Sendable {
  /// The bytes of a file; nil when there is none or it cannot be read.
  func load(_ file: MetadataFile) async throws -> [UInt8]?
  /// Keeps a file that has been verified.
  func persist(_ file: MetadataFile, _ bytes: [UInt8]) async throws
  /// Removes a file, if it is there.
  func discard(_ file: MetadataFile) async throws
}

/// The answer to a ``FetchRequest``.
public enum FetchAnswer: Hashable, Sendable {
  /// The file.
  case bytes([UInt8])
  /// The repository says that there is no such file (404, 403 or 410). Every other failure is thrown.
  case absent
}

/// Drives the workflows with a store and a way to fetch; the only asynchronous part of this module, still without I/O
/// of its own.
///
/// ```swift
/// var client = MetadataClient(trustedRoot: root, store: store)
/// try await client.refresh(at: now) { request in try await download(request) }
/// let target = try await client.find("plugins/io.github.acme/time/stable.json") { try await download($0) }
/// ```
public struct MetadataClient: Sendable {
  /// What a caller provides to fetch a file of metadata.
  public typealias Fetch = (FetchRequest) async throws -> FetchAnswer

  private let trustedRoot: [UInt8]
  private let store: any MetadataStore
  private let limits: TUFLimits
  /// What the last refresh and the searches since then let the client believe; nil before the first refresh.
  public private(set) var trusted: TrustedMetadataSet?

  /// Makes a client that trusts a root.
  public init(trustedRoot: [UInt8], store: any MetadataStore, limits: TUFLimits = .standard) {
    self.trustedRoot = trustedRoot
    self.store = store
    self.limits = limits
  }

  /// Brings the top-level metadata up to date.
  ///
  /// - Throws: ``TUFError``, and whatever the store and `fetch` throw.
  @discardableResult
  public mutating func refresh(at time: MetadataTime, fetch: Fetch) async throws -> TrustedMetadataSet {
    trusted = nil
    var workflow = try RefreshWorkflow(trustedRoot: trustedRoot, at: time, limits: limits)
    var ahead: TargetsAhead?
    defer { ahead?.cancel() }
    while true {
      let action = try workflow.next()
      if action == .finished { break }
      // The first request goes out: there is time to read what will most likely turn out to be current.
      if case .fetch = action, ahead == nil {
        ahead = TargetsAhead(store: store, limits: limits, authority: try workflow.trusted.targetsAuthority())
      }
      let expected = workflow.trusted.snapshot?.content.reference(to: .targets)?.version
      if case .load(.targets) = action, let envelope = await ahead?.envelope(expecting: expected) {
        try workflow.supply(local: envelope)
        continue
      }
      switch try await perform(action, fetch: fetch) {
      case .bytes(let bytes): try workflow.supply(bytes)
      case .absent: try workflow.absent()
      case nil: continue
      }
    }
    trusted = workflow.trusted
    return workflow.trusted
  }

  /// Searches for a target through the delegations; refresh first.
  ///
  /// - Returns: What the responsible role says of it; nil when no role lists it.
  /// - Throws: ``TUFError``, and whatever the store and `fetch` throw.
  public mutating func find(_ path: String, fetch: Fetch) async throws -> TargetInfo? {
    guard let trusted else { throw TUFError.unexpectedAnswer }
    var search = TargetSearch(for: path, in: trusted)
    while true {
      let action = try search.next()
      if action == .finished { break }
      switch try await perform(action, fetch: fetch) {
      case .bytes(let bytes): try search.supply(bytes)
      case .absent: try search.absent()
      case nil: continue
      }
    }
    self.trusted = search.trusted
    return search.result
  }

  /// Does one action; nil when it needs no answer.
  private func perform(_ action: WorkflowAction, fetch: Fetch) async throws -> FetchAnswer? {
    switch action {
    case .load(let file):
      return try await store.load(file).map { .bytes($0) } ?? .absent
    case .fetch(let request):
      let answer = try await fetch(request)
      if case .bytes(let bytes) = answer, bytes.count > request.limit {
        throw TUFError.tooLarge(file: request.path, limit: request.limit, offered: bytes.count)
      }
      return answer
    case .persist(let file, let bytes):
      try await store.persist(file, bytes)
      return nil
    case .discard(let file):
      try await store.discard(file)
      return nil
    case .finished:
      return nil
    }
  }
}
