import Bundles
import Canary
import MCP
import Platform
import Publishing
import Releases
import Sandbox
import Signing
import StrictJSON
import SystemPackage
import TestSupport
import Testing

/// Permissions drafted from real plugins in real sandboxes, and releases that run with them.
@Suite(.enabled("needs a runtime that hands over its listener") { await DraftMachine.works() }, .serialized)
struct PermissionDraftTests {
  private let scratch: Scratch
  private let runner: SandboxRunner
  private let files = Machine.live.files

  init() throws {
    let machine = try DraftMachine()
    (scratch, runner) = (machine.scratch, machine.runner)
  }

  private func draft(
    _ source: FilePath, settings: [String] = [], calls: [String] = []
  ) async throws -> DraftedPermissions {
    let tree = try BundlePacker(files: files, options: options()).prepare(source, scratch: scratch.path)
    let drafter = PermissionDrafter(machine: .live, runner: runner, work: scratch / "rounds")
    return try await drafter.draft(
      tree, settings: settings, calls: calls.map { ToolCallProbe(tool: $0, arguments: JSON.Object()) })
  }

  private func options(_ permissions: Permissions? = nil) throws -> BundlePacker.Options {
    var options = BundlePacker.Options()
    options.plugin = try PluginName("io.github.acme/tried")
    options.version = try ReleaseVersion("1.0.0")
    options.permissions = permissions
    return options
  }

  /// Starts a release with the permissions of its manifest, as `serin run` does, and lists its tools.
  private func answers(_ source: FilePath, _ permissions: Permissions, _ settings: [String: UserConfigValue] = [:])
    async throws -> Int
  {
    let tree = try BundlePacker(files: files, options: options(permissions)).prepare(source, scratch: scratch.path)
    #expect(tree.manifest.permissions == permissions)
    for name in ["state", "cache"] { try files.makeDirectories(scratch / "live/\(name)", mode: 0o700) }
    let request = try LaunchPlan(
      manifest: tree.manifest, tree: tree.folder, state: scratch / "live/state", cache: scratch / "live/cache",
      configuration: settings, mode: .run, environment: [:]
    ).request()
    return try await runner.withSession(runner.plan(request)) { session in
      let client = MCPClient(channel: ProcessChannel(session, clock: Machine.live.clock))
      _ = try await client.handshake(within: .seconds(60))
      return try await client.tools(within: .seconds(60)).tools.count
    }.value
  }

  private func texts(_ json: JSON?) -> [String] { json?.arrayValue?.compactMap(\.stringValue) ?? [] }

  /// A plugin whose tools do what their names say.
  private func plugin(start: String = "pass") throws -> FilePath {
    try scratch.write(
      """
      {"manifest_version": "0.3", "name": "tried", "version": "1.0.0", "description": "Tries.", "author": {"name": "A"},
       "server": {"type": "python", "entry_point": "server.py", "mcp_config": {"command": "python3",
         "args": ["-S", "-E", "${__dirname}/server.py", "${user_config.folder}"]}},
       "user_config": {"folder": {"type": "directory", "title": "F", "description": "F", "default": "/nowhere/at/all"}}}
      """, to: "plugin/manifest.json")
    try scratch.write(
      """
      import json, os, socket, subprocess, sys
      \(start)
      def read():
          return [open(os.path.join(top, name)).read()
                  for top, _, names in os.walk("\(scratch / "data")") for name in names]
      def configured():
          return open(os.path.join(sys.argv[1], "note")).read()
      def web():
          try:
              socket.create_connection(("api.example.com", 8443), timeout=3)
          except OSError:
              pass
      def run():
          return subprocess.run(["ls", "/"], capture_output=True).returncode
      def keep():
          open(os.path.expanduser("~/kept"), "w").write("kept")
      def outside():
          open("\(scratch / "data")/new", "w").write("new")
      def steal():
          return open(os.path.expanduser("~/.aws/credentials")).read()
      TOOLS = {f.__name__: f for f in (read, configured, web, run, keep, outside, steal)}
      for line in sys.stdin:
          request = json.loads(line)
          method = request["method"]
          if "id" not in request:
              continue
          reply = {"jsonrpc": "2.0", "id": request["id"]}
          if method == "initialize":
              reply["result"] = {"protocolVersion": "2025-11-25", "capabilities": {"tools": {}},
                                 "serverInfo": {"name": "tried", "version": "1"}}
          elif method == "tools/list":
              reply["result"] = {"tools": [{"name": n, "inputSchema": {"type": "object"}} for n in TOOLS]}
          elif method == "tools/call":
              try:
                  reply["result"] = {"content": [{"type": "text", "text": str(TOOLS[request["params"]["name"]]())}]}
              except Exception as error:
                  reply["result"] = {"content": [{"type": "text", "text": repr(error)}], "isError": True}
          else:
              reply["error"] = {"code": -32601, "message": "unknown"}
          print(json.dumps(reply), flush=True)
      """, to: "plugin/server.py")
    return scratch / "plugin"
  }

  @Test func `a plugin that touches nothing needs nothing`() async throws {
    let source = try plugin()
    let drafted = try await draft(source)
    #expect(drafted.complaint == nil)
    #expect(drafted.block.objectValue?.members.map(\.key) == ["version", "limits"])
    #expect(try await answers(source, drafted.permissions) == 7)
  }

  @Test func `what a plugin does is what is drafted, and the host is as it was`() async throws {
    let source = try plugin()
    try scratch.write("a", to: "data/deep/a")
    try scratch.write("note", to: "configured/note")
    let drafted = try await draft(
      source, settings: ["folder=\(scratch / "configured")"],
      calls: ["read", "configured", "web", "run", "keep", "outside", "steal"])
    #expect(drafted.complaint == nil)
    #expect(texts(drafted.block["read"]) == ["${user_config.folder}", "\(scratch / "data")"])
    #expect(texts(drafted.block["write"]) == ["@state", "\(scratch / "data")"])
    #expect(texts(drafted.block["net"]?["allow"]) == ["api.example.com:8443"])
    #expect(texts(drafted.block["run"]) == ["ls"])
    #expect(
      drafted.remarks.contains { $0.contains("secrets") && $0.contains(".aws/credentials") }, "\(drafted.remarks)")
    #expect(try files.list(scratch / "data").map(\.name) == ["deep"], "a draft wrote on the machine")
    #expect(try !files.exists(scratch / "rounds/round-1"))
    let settings = ["folder": UserConfigValue.string((scratch / "configured").string)]
    #expect(try await answers(source, drafted.permissions, settings) == 7)
  }

  @Test func `a plugin that does not answer is told by its last words`() async throws {
    let source = try plugin(start: "sys.exit('nothing works')")
    let error = await #expect(throws: DraftError.self) { try await draft(source) }
    guard case .noAnswer(let reason)? = error else {
      Issue.record("\(String(describing: error))")
      return
    }
    #expect(reason.contains("nothing works"))
    #expect(error?.blame == .plugin)
    #expect(error?.help?.isEmpty == false)
    #expect(DraftError.cannotObserve(reason: "x").blame == .machine)
  }

  @Test func `the real time server needs nothing but memory, and answers with it`() async throws {
    let name = "mcp-server-time-2026.10.19"
    let packages = try await PythonPackages.shared.folder(name, ["mcp-server-time==2026.10.19"])
    let source = scratch / "time"
    let copy = Command(executable: "/bin/cp", arguments: ["-a", packages.string, source.string])
    _ = try await Machine.live.processes.run(copy, input: [], outputLimit: 1 << 16, timeout: .seconds(60))
    try scratch.write(
      """
      {"manifest_version": "0.3", "name": "time", "version": "1.0.0", "description": "T", "author": {"name": "A"},
       "server": {"type": "python", "entry_point": "mcp_server_time/__main__.py", "mcp_config": {"command": "python3",
         "args": ["-m", "mcp_server_time"], "env": {"PYTHONPATH": "${__dirname}"}}},
       "_meta": {"io.github.serin": {"probes": [{"tool": "get_current_time", "arguments": {"timezone": "UTC"}}]}}}
      """, to: "time/manifest.json")
    let drafted = try await draft(source)
    #expect(drafted.complaint == nil)
    #expect(drafted.block["read"] == nil && drafted.block["write"] == nil && drafted.block["net"] == nil)
    #expect(drafted.permissions.limits.memory.bytes <= 512 << 20)
    #expect(!drafted.remarks.contains { $0.contains("the call of") }, "\(drafted.remarks)")
  }
}

/// A runner of this machine with folders of its own.
private struct DraftMachine {
  let scratch: Scratch
  let runner: SandboxRunner

  init() throws {
    // Not below `/tmp`, which every sandbox has of its own.
    scratch = try Scratch(in: "/var/tmp")
    let surroundings = try Surroundings.gather(
      environment: ProcessEnvironment.current, ownFolders: [scratch / "own"], files: Machine.live.files)
    runner = try SandboxRunner(machine: .live, surroundings: surroundings, workFolder: scratch / "work")
  }

  /// Whether what a plugin tries can be observed here.
  static func works() async -> Bool {
    guard let machine = try? DraftMachine(),
      let runtime = try? await machine.runner.probe.best(for: .container)
    else { return false }
    let silence = await machine.runner.probe.silence(of: runtime)
    // Its folder goes with it.
    return withExtendedLifetime(machine) { silence == nil }
  }
}
