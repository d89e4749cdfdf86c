import Canary
import CanarySupport
import MCP
import Platform
import Releases
import Sandbox
import Signing
import StrictJSON
import SystemPackage
import TestSupport
import Testing

/// A sandbox of this machine with a work folder of its own.
struct TestSandbox {
  let scratch: Scratch
  let runner: SandboxRunner

  init() throws {
    scratch = try Scratch()
    let surroundings = try Surroundings.gather(
      environment: ProcessEnvironment.current, ownFolders: [scratch / "own"], files: Machine.live.files)
    runner = try SandboxRunner(machine: .live, surroundings: surroundings, workFolder: scratch / "work")
  }

  /// Whether a container can be run here at all.
  static func works() async -> Bool {
    guard let sandbox = try? TestSandbox() else { return false }
    return (try? await sandbox.runner.probe.best(for: .container)) != nil
  }
}

/// Soaks in a real sandbox of this machine.
@Suite(
  .enabled("needs an OCI runtime that works here") { await TestSandbox.works() }, .serialized,
  .timeLimit(.minutes(10)))
struct SandboxedCanaryTests {
  let scratch: Scratch
  let runner: SandboxRunner

  init() throws {
    let sandbox = try TestSandbox()
    (scratch, runner) = (sandbox.scratch, sandbox.runner)
  }

  /// A subject that runs these arguments in this tree with 128 MiB of memory.
  private func subject(_ tree: FilePath, _ arguments: [String]) -> SandboxSubject {
    SandboxSubject(runner: runner, clock: Machine.live.clock) { [runner] _ in
      var request = SandboxRequest(
        name: "test", mode: .canary, tree: tree, arguments: arguments,
        limits: SandboxLimits(memory: 128 << 20, cpus: 2, pids: 32, files: 256, tmp: 1 << 20))
      request.environment = ["PYTHONPATH": SandboxPaths.plugin.string]
      return try runner.plan(request)
    }
  }

  private func soak(_ subject: SandboxSubject, baseline: CanaryBaseline? = nil) async throws -> CanaryOutcome {
    var schedule = CanarySchedule(for: .seconds(2))
    schedule.interval = .milliseconds(300)
    let plan = CanaryPlan(
      plugin: try PluginName("io.github.acme/time"), version: try ReleaseVersion("2.0"), platform: .current,
      tree: SHA256Digest.of([]),
      gates: CanaryGates(
        required: .seconds(2), minimumProbes: 5, start: .seconds(60), call: .seconds(30), stop: .seconds(30),
        memory: 128 << 20),
      policyRequired: .seconds(86_400), baseline: baseline, schedule: schedule)
    return try await CanaryRun(
      plan: plan, subject: subject, ledger: MemoryLedger(), clock: Machine.live.clock
    ).run()
  }

  private let server = ["/usr/bin/python3", "\(SandboxPaths.plugin)/server.py"]

  /// A tree with a small server that misbehaves as `fault` says when it is asked for its tools the fifth time.
  private func tree(fault: String) throws -> FilePath {
    let server = """
      import json, os, sys, threading
      asked = 0
      def answer(request):
          global asked
          method = request["method"]
          if method == "initialize":
              return {"protocolVersion": "2025-11-25", "capabilities": {"tools": {}}}
          if method == "ping":
              return {}
          if method == "tools/list":
              asked += 1
              if asked == 5:
                  \(fault)
              words = repr((os.environ.get("TZ"), os.environ.get("LANG"), os.uname().nodename))
              return {"tools": [{"name": "zone", "description": words, "inputSchema": {"type": "object"}}]}
      for line in sys.stdin:
          request = json.loads(line)
          if "id" not in request:
              continue
          result = answer(request)
          reply = {"jsonrpc": "2.0", "id": request["id"]}
          if result is None:
              reply["error"] = {"code": -32601, "message": "unknown"}
          else:
              reply["result"] = result
          print(json.dumps(reply), flush=True)
      """
    try Machine.live.files.makeDirectories(scratch / "tree", mode: 0o755)
    try scratch.write(server, to: "tree/server.py")
    return scratch / "tree"
  }

  @Test func `the real time server passes inside its sandbox`() async throws {
    let tree = try await RealServers.tree(.modern)
    let outcome = try await soak(subject(tree, ["/usr/bin/python3", "-m", "mcp_server_time"]))
    #expect(outcome.verdict.kind == .pass, "\(outcome.verdict.findings)")
    #expect(outcome.progress.record.era == .modern)
    #expect(outcome.progress.record.peakMemory ?? 0 > 1 << 20)
    // The list inside the sandbox is the list under the fixed environment outside of it.
    let bare = try await BareSubject(command: RealServers.command(tree)).withSession(.soak) { session in
      let client = MCPClient(channel: session)
      _ = try await client.handshake(within: .seconds(60))
      return try await client.tools(within: .seconds(60))
    }.0
    #expect(outcome.tools?.digest == bare.digest)
  }

  @Test func `a healthy server passes, under the same environment on every machine`() async throws {
    let outcome = try await soak(subject(tree(fault: "pass"), server))
    #expect(outcome.verdict.kind == .pass, "\(outcome.verdict.findings)")
    #expect(
      outcome.tools?.tools.first?.json["description"]?.stringValue
        == "('UTC', 'C.UTF-8', '\(SandboxPlan.hostName)')")
  }

  @Test func `a server that eats memory fails for it`() async throws {
    let outcome = try await soak(
      subject(tree(fault: "hog = bytearray(400 << 20)"), server))
    #expect(outcome.verdict.kind == .fail)
    let codes = outcome.verdict.findings.map(\.code)
    #expect(codes.contains("out-of-memory") || codes.contains("exited"), "\(outcome.verdict.findings)")
  }

  @Test func `a server that crashes is told by its code`() async throws {
    let outcome = try await soak(
      subject(tree(fault: "os._exit(9)"), server))
    #expect(outcome.verdict.kind == .fail)
    #expect(outcome.verdict.findings.first?.sentence == "it ended by itself with code 9 while it was watched")
  }
}
