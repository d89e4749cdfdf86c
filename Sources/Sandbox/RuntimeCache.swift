import Platform
import StrictJSON
import SystemPackage

/// Keeps the runtime that was found over the end of the program, because trying costs as much as running.
///
/// What is kept is believed only in the same boot, for the same user and the same program file; whoever finds that a
/// runtime does not start makes it be forgotten.
struct RuntimeCache: Sendable {
  let file: FilePath
  let surroundings: Surroundings
  let files: any FileSystem

  /// What was found, if nothing has changed since.
  func read() -> SandboxRuntime? {
    guard let bytes = try? files.readAll(file, limit: 64 << 10), let json = try? JSON.parse(bytes),
      let runtime = Self.runtime(json["runtime"]),
      let print = json["fingerprint"]?.stringValue, print == fingerprint(of: runtime.program)
    else { return nil }
    return SandboxIdentity.candidates(for: surroundings).contains(runtime.identity) ? runtime : nil
  }

  /// Why the kept runtime cannot be observed, empty when it can; nil when nobody has tried yet.
  func silence() -> String? {
    (try? files.readAll(file, limit: 64 << 10)).flatMap { try? JSON.parse($0) }?["silence"]?.stringValue
  }

  /// Keeps a runtime; a folder that cannot be written only costs time.
  func write(_ runtime: SandboxRuntime, silence: String? = nil) {
    guard let print = fingerprint(of: runtime.program) else { return }
    var object = JSON.Object([("fingerprint", .string(print)), ("runtime", Self.json(runtime))])
    if let silence { object.set("silence", .string(silence)) }
    try? files.write(JSON.object(object).serialized(pretty: false), atomicallyTo: file, mode: 0o600)
  }

  /// Forgets what was kept.
  func remove() { try? files.removeIfPresent(file) }

  private func fingerprint(of program: FilePath) -> String? {
    guard let boot = try? files.readAll("/proc/sys/kernel/random/boot_id", limit: 256),
      let target = PathResolver(files: files).resolve(program), let status = try? files.status(target)
    else { return nil }
    let identity = "\(status.device) \(status.inode) \(status.size) \(status.modified.seconds)"
    let manager = surroundings.hasUserManager ? "systemd" : "none"
    return "\(surroundings.user) \(identity) \(manager) " + String(decoding: boot.filter { $0 > 32 }, as: UTF8.self)
  }

  private static func json(_ runtime: SandboxRuntime) -> JSON {
    func numbers(_ mappings: [IdentityMapping]) -> JSON {
      .array(mappings.map { [.integer(Int64($0.inside)), .integer(Int64($0.outside))] })
    }
    let identity = runtime.identity
    return [
      "kind": .string(runtime.kind.rawValue), "program": .string(runtime.program.string),
      "version": .string(runtime.version), "limitKeeper": .string(runtime.limitKeeper.rawValue),
      "keepsEnded": .bool(runtime.keepsEnded), "user": .integer(Int64(identity.user)),
      "group": .integer(Int64(identity.group)), "users": numbers(identity.users), "groups": numbers(identity.groups),
      "ownerIsRoot": .bool(identity.ownerIsRoot), "carriesNetwork": .bool(runtime.carriesNetwork),
    ]
  }

  private static func runtime(_ json: JSON?) -> SandboxRuntime? {
    func numbers(_ name: String) -> [IdentityMapping]? {
      json?[name]?.arrayValue?.compactMap { pair in
        guard let values = pair.arrayValue?.compactMap({ $0.intValue.flatMap { UInt32(exactly: $0) } }),
          values.count == 2
        else { return nil }
        return IdentityMapping(inside: values[0], outside: values[1])
      }
    }
    func number(_ name: String) -> UInt32? { json?[name]?.intValue.flatMap { UInt32(exactly: $0) } }
    guard let kind = json?["kind"]?.stringValue.flatMap(RuntimeKind.init), let user = number("user"),
      let program = json?["program"]?.stringValue, let version = json?["version"]?.stringValue,
      let keeper = json?["limitKeeper"]?.stringValue.flatMap(LimitKeeper.init), let group = number("group"),
      let keepsEnded = json?["keepsEnded"]?.boolValue, let users = numbers("users"), let groups = numbers("groups"),
      let ownerIsRoot = json?["ownerIsRoot"]?.boolValue, let carriesNetwork = json?["carriesNetwork"]?.boolValue
    else { return nil }
    return SandboxRuntime(
      kind: kind, program: FilePath(program), version: version, limitKeeper: keeper,
      identity: SandboxIdentity(user: user, group: group, users: users, groups: groups, ownerIsRoot: ownerIsRoot),
      keepsEnded: keepsEnded, carriesNetwork: carriesNetwork)
  }
}
