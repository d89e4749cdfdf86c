import StrictJSON
import TUF

/// A client that waits for one file of a small repository.
struct Place: Sendable {
  let name: String
  /// The file that it should get.
  let original: [UInt8]
  /// Who signs it; two, of whom the old one counts, for a root.
  let signers: [FixedKey]
  /// Gives the client a file and goes on with what it believes then; throws when the file is refused.
  let offer: @Sendable ([UInt8]) throws -> Void

  static let time = MetadataTime(seconds: 1_800_000_000)

  /// Clients that wait for each kind of file.
  static func all() throws -> [Place] {
    let (root, targets, online, stable) = (try FixedKey(1), try FixedKey(2), try FixedKey(3), try FixedKey(4))
    let everybody = [root, targets, online, stable]
    func authority(_ key: FixedKey) throws -> Authority { try Authority(keys: [key.key], threshold: 1) }
    let plan = RepositoryPlan(
      root: try authority(root), targets: try authority(targets), snapshot: try authority(online),
      timestamp: try authority(online),
      delegations: [try DelegationPlan(role: "stable", authority: authority(stable), paths: ["f*", "dir/?.txt"])])
    var writer = try RepositoryWriter(creating: plan, at: time)
    // Digests of files would leave nothing but the good bytes to be believed.
    writer.listsDigests = false
    guard let role = RoleName(delegated: "stable") else { throw TUFError.unknownRole("stable") }
    try writer.add(NewTarget(path: "file", bytes: [1]), to: role)
    try writer.add(NewTarget(path: "top", bytes: [2], custom: ["any": [1, nil]]))
    let first = try writer.publish(signedBy: everybody).state
    var renewal = RepositoryWriter(editing: first, at: time)
    try renewal.renew(.root)
    let files = try renewal.publish(signedBy: everybody).state.files
    return try places(files, ["root": root, "timestamp": online, "snapshot": online, "targets": targets], stable)
  }

  private static func places(
    _ files: [String: [UInt8]], _ keys: [String: FixedKey], _ stable: FixedKey
  ) throws -> [Place] {
    func file(_ path: String) throws -> [UInt8] {
      guard let bytes = files[path] else { throw TUFError.missing(file: path) }
      return bytes
    }
    var places: [Place] = []
    var workflow = try RefreshWorkflow(trustedRoot: try file("1.root.json"), at: time)
    while true {
      switch try workflow.next() {
      case .finished:
        places.append(try delegated(workflow, try file("1.stable.json"), stable))
        return places
      case .load: try workflow.absent()
      case .persist, .discard: continue
      case .fetch(let request):
        guard let bytes = files[request.path] else {
          try workflow.absent()
          continue
        }
        let waiting = workflow
        let name = request.path.split(separator: ".").dropLast().last.map(String.init) ?? ""
        places.append(
          Place(name: name, original: bytes, signers: [keys[name]].compactMap(\.self)) { bytes in
            var client = waiting
            try client.supply(bytes)
            Invariants.check(client.trusted)
            _ = try client.next()
          })
        try workflow.supply(bytes)
      }
    }
  }

  private static func delegated(_ workflow: RefreshWorkflow, _ original: [UInt8], _ key: FixedKey) throws -> Place {
    var search = TargetSearch(for: "file", in: workflow.trusted)
    _ = try search.next()
    try search.absent()
    _ = try search.next()
    let waiting = search
    return Place(name: "stable", original: original, signers: [key]) { bytes in
      var client = waiting
      try client.supply(bytes)
      Invariants.check(client.trusted)
      while try client.next() != .finished { try client.absent() }
      _ = client.result?.urlPath(consistent: true)
    }
  }
}
