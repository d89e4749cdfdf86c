import Signing
import TUF

/// The names that a workspace gives to keys: metadata know keys only by their bytes.
struct KeyNames: Sendable {
  private let names: [[UInt8]: [String]]
  private let keys: [[UInt8]: PublicKey]

  /// The names of `keys/`, and those of keys that are about to be added.
  init(_ workspace: Workspace, adding more: [String: PublicKey] = [:]) throws {
    let listed = try workspace.publicKeys().map { (name: $0.name, key: $0.key) }
    self.init(listed + more.sorted { $0.key < $1.key }.map { (name: $0.key, key: $0.value) })
  }

  init(_ keys: [(name: String, key: PublicKey)]) {
    var names: [[UInt8]: [String]] = [:]
    for (name, key) in keys { names[key.bytes, default: []].append(name) }
    self.names = names
    self.keys = Dictionary(keys.map { ($0.key.bytes, $0.key) }, uniquingKeysWith: { first, _ in first })
  }

  /// A key's name; one of those preferred if it has several, and one made of its id if it has none.
  func name(of key: MetadataKey, preferring preferred: [String] = []) -> String {
    let known = key.ed25519.flatMap { names[$0.bytes] } ?? []
    return known.first { preferred.contains($0) } ?? known.first ?? "key-" + String(key.keyID.prefix(8))
  }

  /// The key with the number that minisign gives it.
  func publicKey(of key: MetadataKey) -> PublicKey? { key.ed25519.flatMap { keys[$0.bytes] } }

  /// Whether the workspace has a name for the key.
  func knows(_ key: MetadataKey) -> Bool { key.ed25519.map { names[$0.bytes] != nil } ?? false }
}

/// Who may sign what, as a repository's metadata say.
struct SignedAuthorities {
  private let root: RootMetadata
  private let delegated: [DelegatedRole]

  init(_ state: RepositoryState) {
    self.init(root: state.root, targets: state.targets(of: .targets))
  }

  init(root: RootMetadata, targets: TargetsMetadata?) {
    self.root = root
    if case .roles(let roles)? = targets?.delegations { delegated = roles } else { delegated = [] }
  }

  /// The roles to which the top-level targets role delegates, in the order in which they are asked.
  var delegations: [DelegatedRole] { delegated }

  /// The authority of a top-level role, or of one to which the top-level targets role delegates.
  func authority(of role: RoleName) -> Authority? {
    root.authority(of: role) ?? delegated.first { $0.name == role }?.authority
  }
}

extension RoleName {
  /// The role of that name, top-level or delegated; nil for what can name no role.
  init?(named text: String) {
    if let top = RoleName.topLevel.first(where: { $0.text == text }) {
      self = top
    } else if let delegated = RoleName(delegated: text) {
      self = delegated
    } else {
      return nil
    }
  }
}
