import Platform
import Releases
import Sandbox
import SystemPackage
import TestSupport
import Testing

private var realTrees: [String] {
  (ProcessEnvironment.current["SERIN_TEST_TIME_TREE"] ?? "").split(separator: ":").map(String.init)
}

/// A real MCP server from PyPI in the sandbox: set `SERIN_TEST_TIME_TREE` to a folder made by
/// `pip install --target FOLDER mcp-server-time`, or to several, separated by colons.
@Suite(
  .enabled("needs a tree of mcp-server-time in SERIN_TEST_TIME_TREE") {
    realTrees.isEmpty ? false : await RealSandbox.works()
  }, .serialized)
struct RealServerTests {
  private static let greeting =
    #"{"jsonrpc":"2.0","id":1,"method":"initialize","params":{"protocolVersion":"2025-06-18","capabilities":{},"#
    + #""clientInfo":{"name":"test","version":"1"}}}"#

  @Test(arguments: realTrees)
  func `it answers with the standard limits, and leaves on end of input`(tree: String) async throws {
    let sandbox = try await RealSandbox()
    let launch = try LaunchCommand(
      command: "python3", arguments: ["-m", "mcp_server_time"], environment: ["PYTHONPATH": "${__dirname}"])
    let request = try SandboxRequest(
      name: "time", mode: .canary, tree: FilePath(tree), state: nil, launch: launch, permissions: .none)
    for _ in 0..<2 {
      let outcome = try await sandbox.runner.withSession(sandbox.runner.plan(request)) { session in
        try await session.send(Array((Self.greeting + "\n").utf8))
        guard case .line(let reply) = await session.nextLine(limit: 1 << 20, timeout: .seconds(60)) else {
          Issue.record("no answer: \(String(decoding: session.stderrTail, as: UTF8.self))")
          return
        }
        #expect(String(decoding: reply, as: UTF8.self).contains("serverInfo"))
        await session.closeInput()
        let status = await session.wait(timeout: .seconds(30))
        #expect(status == .exited(0))
      }
      #expect(!outcome.report.outOfMemory)
      #expect(outcome.report.runtimeError == nil)
    }
  }
}
