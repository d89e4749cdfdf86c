import StrictJSON
import TUF
import Testing

/// A client with its store in memory that notes what it asked for.
struct TestClient {
  var store: [MetadataFile: [UInt8]] = [:]
  var requests: [String] = []
  var limits = TUFLimits.standard
  /// What was persisted and discarded, in order.
  var changes: [String] = []
  private(set) var trusted: TrustedMetadataSet?
  private let trustedRoot: [UInt8]

  init(_ repository: SimulatedRepository) throws {
    self.init(root: try #require(repository.files["1.root.json"]))
  }

  init(root: [UInt8]) {
    trustedRoot = root
  }

  /// The versions in the store by role; roots by their highest number.
  var versions: [String: Int] {
    var versions: [String: Int] = [:]
    for (file, bytes) in store {
      let version = (try? JSON.parse(bytes))?["signed"]?["version"]?.intValue ?? -1
      versions[file.role.text] = max(version, versions[file.role.text] ?? 0)
    }
    return versions
  }

  @discardableResult
  mutating func refresh(
    _ repository: SimulatedRepository, at time: MetadataTime = SimulatedRepository.now
  ) throws(TUFError) -> TrustedMetadataSet {
    requests = []
    changes = []
    var workflow = try RefreshWorkflow(trustedRoot: trustedRoot, at: time, limits: limits)
    while true {
      let action = try workflow.next()
      switch action {
      case .finished:
        trusted = workflow.trusted
        return workflow.trusted
      case .load, .fetch:
        if let bytes = answer(action, repository.files) { try workflow.supply(bytes) } else { try workflow.absent() }
      case .persist, .discard: change(action)
      }
    }
  }

  mutating func find(_ path: String, in repository: SimulatedRepository) throws -> TargetInfo? {
    requests = []
    changes = []
    var search = TargetSearch(for: path, in: try #require(trusted))
    defer { trusted = search.trusted }
    while true {
      let action = try search.next()
      switch action {
      case .finished: return search.result
      case .load, .fetch:
        if let bytes = answer(action, repository.files) { try search.supply(bytes) } else { try search.absent() }
      case .persist, .discard: change(action)
      }
    }
  }

  mutating func mustFind(_ path: String, in repository: SimulatedRepository) throws -> TargetInfo {
    let found = try find(path, in: repository)
    return try #require(found)
  }

  private mutating func answer(_ action: WorkflowAction, _ files: [String: [UInt8]]) -> [UInt8]? {
    if case .load(let file) = action { return store[file] }
    guard case .fetch(let request) = action else { return nil }
    requests.append(request.path)
    return files[request.path]
  }

  private mutating func change(_ action: WorkflowAction) {
    switch action {
    case .persist(let file, let bytes):
      store[file] = bytes
      changes.append("keep \(file.name)")
    case .discard(let file):
      store[file] = nil
      changes.append("drop \(file.name)")
    default: break
    }
  }
}
