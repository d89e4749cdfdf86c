import Platform
import Releases
import Sandbox
import StrictJSON
import SystemPackage
import TestSupport
import Testing

/// What a plugin is given and what it is not.
@Suite struct PlanTests {
  @Test func `the environment holds nothing of the user's`() throws {
    let plan = try Fixtures.plan { $0.userVariables = ["AWS_SECRET": "x", "PATH": "/evil", "HOME": "/root"] }
    #expect(
      plan.environment == [
        "PATH": "/usr/local/bin:/usr/bin:/bin", "LANG": "C.UTF-8", "TZ": "UTC", "HOME": "/tmp", "TMPDIR": "/tmp",
        "HOSTNAME": "plugin",
      ])
  }

  @Test func `declared variables are passed on in use, and not to a canary`() throws {
    let change: (inout SandboxRequest) -> Void = {
      $0.passedVariables = ["LANG", "EDITOR", "ABSENT"]
      $0.userVariables = ["LANG": "de_DE.UTF-8", "EDITOR": "vi", "SECRET": "x"]
    }
    let run = try Fixtures.plan(mode: .run, change).environment
    #expect(run["LANG"] == "de_DE.UTF-8")
    #expect(run["EDITOR"] == "vi")
    #expect(run["SECRET"] == nil)
    #expect(run["ABSENT"] == nil)
    let canary = try Fixtures.plan(mode: .canary, change).environment
    #expect(canary["LANG"] == "C.UTF-8")
    #expect(canary["EDITOR"] == nil)
  }

  @Test func `a canary always runs in UTC, and the user in the zone that was granted`() throws {
    #expect(try Fixtures.plan(mode: .canary) { $0.read = ["@timezone"] }.environment["TZ"] == "UTC")
    #expect(try Fixtures.plan(mode: .run) { $0.read = ["@timezone"] }.environment["TZ"] == nil)
    #expect(try Fixtures.plan(mode: .run).environment["TZ"] == "UTC")
  }

  @Test func `no plugin moves its home`() throws {
    let plan = try Fixtures.plan { $0.environment = ["HOME": "/usr", "HOSTNAME": "x", "API": "y"] }
    #expect(plan.environment["HOME"] == "/tmp")
    #expect(plan.environment["HOSTNAME"] == "plugin")
    #expect(plan.environment["API"] == "y")
  }

  @Test func `a secret without a value is named`() {
    #expect(throws: SandboxError.missingSecret(name: "API_TOKEN")) {
      try Fixtures.plan { $0.secretNames = ["API_TOKEN"] }
    }
  }

  @Test func `state is mounted where it is granted and nowhere else`() throws {
    let state = try Scratch()
    let without = try Fixtures.plan { $0.state = state.path }
    #expect(!without.mounts.contains { $0.destination == "/state" })
    let with = try Fixtures.plan {
      $0.state = state.path
      $0.write = ["@state"]
    }
    #expect(
      with.mounts.last
        == SandboxMount(source: state.path, destination: "/state", access: .readWrite, isFolder: true))
    #expect(with.environment["HOME"] == "/state")
    #expect(throws: SandboxError.missingFolder(token: "@state")) { try Fixtures.plan { $0.write = ["@state"] } }
  }

  @Test func `a tree behind a link is mounted itself`() throws {
    let scratch = try Scratch()
    let files = LocalFileSystem()
    try files.makeDirectory(scratch / "tree", mode: 0o755)
    try files.symlink(to: "tree", at: scratch / "current")
    let plan = try Fixtures.plan { $0.tree = scratch / "current" }
    #expect(plan.mounts.first { $0.destination == "/plugin" }?.source == scratch / "tree")
  }

  @Test func `a declared network is planned, and the plugin's libraries are told of the proxy`() throws {
    let plan = try Fixtures.plan {
      $0.network = ["api.example.com", "*.example.org:8443"]
      $0.environment = ["HTTPS_PROXY": "http://elsewhere.example"]
    }
    #expect(plan.network == [.host("api.example.com", port: 443), .subdomains(of: "example.org", port: 8443)])
    for name in ["HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "http_proxy", "https_proxy", "all_proxy"] {
      #expect(plan.environment[name] == "http://127.0.0.1:3199")
    }
    #expect(plan.environment["NO_PROXY"] == "localhost,127.0.0.1,::1")
    #expect(plan.environment["NODE_USE_ENV_PROXY"] == "1")
    #expect(try Fixtures.plan().environment["HTTP_PROXY"] == nil)
    #expect(throws: SandboxError.self) { try Fixtures.plan { $0.network = ["10.0.0.1:80"] } }
    #expect(throws: SandboxError.self) {
      try Fixtures.plan { $0.network = (1...17).map { "localhost:\(8000 + $0)" } }
    }
  }

  @Test func `impossible commands are refused`() {
    for arguments in [[], [""], ["a\u{0}b"], [String(repeating: "x", count: 2 << 20)]] {
      #expect(throws: SandboxError.self) { try Fixtures.plan { $0.arguments = arguments } }
    }
  }

  @Test func `unknown tokens are refused`() {
    #expect(throws: SandboxError.badPath(declared: "@home", reason: "there is no such token")) {
      try Fixtures.plan { $0.read = ["@home"] }
    }
  }

  @Test func `a release's permissions and launch command become a request`() throws {
    let permissions = try Permissions(json: [
      "read": ["@timezone", "${user_config.folder}"], "write": ["@state"],
      "net": ["allow": ["api.example.com"]], "env": ["set": ["A": "1"], "secret": ["TOKEN"]],
      "limits": ["memory": "32MiB", "pids": 8], "runtime": ["min": "gvisor", "prefer": ["runsc"]],
    ])
    let launch = try LaunchCommand(
      command: "python3", arguments: ["${__dirname}/main.py", "${user_config.folder}"],
      environment: ["PYTHONPATH": "${__dirname}/lib", "B": "${HOME}"])
    let request = try SandboxRequest(
      name: "time", mode: .run, tree: "/t", state: "/s", launch: launch, permissions: permissions,
      userConfig: ["folder": .list(["/data/a", "/data/b"])], secrets: ["TOKEN": "x"])
    #expect(request.arguments == ["python3", "/plugin/main.py", "/data/a", "/data/b"])
    #expect(request.environment == ["A": "1", "PYTHONPATH": "/plugin/lib", "B": "/state"])
    #expect(request.read == ["@timezone", "/data/a", "/data/b"])
    #expect(request.write == ["@state"])
    #expect(request.network == ["api.example.com:443"])
    #expect(request.limits == SandboxLimits(memory: 32 << 20, cpus: 1, pids: 8, files: 256, tmp: 16 << 20))
    #expect(request.minimumLevel == .gvisor)
    #expect(request.preferred == [.runsc])
  }
}
