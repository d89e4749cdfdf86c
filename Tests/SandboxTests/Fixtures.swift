import Platform
import Releases
import Sandbox
import StrictJSON
import SystemPackage
import TestSupport

/// Values that the tests of this module start from.
enum Fixtures {
  static let limits = SandboxLimits(memory: 64 << 20, cpus: 0.5, pids: 16, files: 64, tmp: 1 << 20)

  static let ada = FilePath("/home/ada")
  private static let protectedOfAda = ProtectedPath.list(home: ada, environment: [:], ownFolders: [])

  /// Surroundings of an ordinary user on a modern machine, with nothing optional.
  static func surroundings(user: UInt32 = 1001, home: FilePath = ada) -> Surroundings {
    var found = Surroundings(user: user, group: user, home: home)
    found.kernel = [6, 1]
    found.mostFiles = 4096
    found.topLinks = ["/bin": "usr/bin", "/lib": "usr/lib", "/lib64": "usr/lib64"]
    found.protected =
      home == ada ? protectedOfAda : ProtectedPath.list(home: home, environment: [:], ownFolders: [])
    return found
  }

  static func identity(user: UInt32 = 1000) -> SandboxIdentity {
    SandboxIdentity(
      user: user, group: user,
      users: [IdentityMapping(inside: 0, outside: 100_000), IdentityMapping(inside: user, outside: 1001)],
      groups: [IdentityMapping(inside: 0, outside: 100_000), IdentityMapping(inside: user, outside: 1001)],
      ownerIsRoot: false)
  }

  static func runtime(_ keeper: LimitKeeper = .cgroupfs, identity: SandboxIdentity = identity()) -> SandboxRuntime {
    SandboxRuntime(
      kind: .runc, program: "/usr/sbin/runc", version: "runc version 1.1.5", limitKeeper: keeper, identity: identity,
      keepsEnded: true)
  }

  /// The configuration of a request over a scratch tree.
  static func configuration(
    keeper: LimitKeeper = .cgroupfs, surroundings: Surroundings = surroundings(), mode: SandboxRequest.Mode = .canary,
    _ change: (inout SandboxRequest) -> Void = { _ in }
  ) throws -> JSON {
    let plan = try plan(surroundings: surroundings, mode: mode, change)
    return RuntimeConfiguration(
      plan: plan, runtime: runtime(keeper), surroundings: surroundings, identifier: "serin-1-2-3"
    ).json
  }

  static func plan(
    surroundings: Surroundings = surroundings(), mode: SandboxRequest.Mode = .canary,
    _ change: (inout SandboxRequest) -> Void = { _ in }
  ) throws -> SandboxPlan {
    let scratch = try Scratch()
    var request = SandboxRequest(
      name: "time", mode: mode, tree: scratch.path, arguments: ["python3", "-m", "server"], limits: limits)
    change(&request)
    return try SandboxPlan.make(request, surroundings: surroundings, files: LocalFileSystem())
  }
}

extension JSON {
  /// The texts of an array of strings.
  var texts: [String] { arrayValue?.compactMap(\.stringValue) ?? [] }

  /// The mount with this destination in a configuration.
  func mount(_ destination: String) -> JSON? {
    self["mounts"]?.arrayValue?.first { $0["destination"]?.stringValue == destination }
  }

  /// The rlimit of this name in a configuration.
  func rlimit(_ name: String) -> Int64? {
    self["process"]?["rlimits"]?.arrayValue?.first { $0["type"]?.stringValue == "RLIMIT_" + name }?["hard"]?.int64Value
  }
}
