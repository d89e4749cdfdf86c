import Canary
import CanarySupport
import MCP
import Platform
import Releases
import Signing
import StrictJSON
import SystemPackage
import Testing

/// A release in a plain process session, for tests of everything but containment.
struct BareSubject: CanarySubject {
  let command: Command
  let machine = Machine.live

  func withSession<R: Sendable>(
    _ purpose: SessionPurpose, _ body: (any CanarySession) async throws -> R
  ) async throws -> (R, SessionReport) {
    let value = try await machine.processes.withSession(command) { session in
      try await body(ProcessChannel(session, clock: machine.clock))
    }
    return (value, SessionReport())
  }
}

@Suite(.timeLimit(.minutes(6))) struct RealServerTests {
  let limit = Duration.seconds(60)

  /// Opens a conversation with a real server and lends client and session to the body.
  private func talk<R: Sendable>(
    _ release: RealServers.Release, _ body: (MCPClient, any CanarySession) async throws -> R
  ) async throws -> R {
    let tree = try await RealServers.tree(release)
    let subject = BareSubject(command: RealServers.command(tree))
    return try await subject.withSession(.soak) { session in
      let client = MCPClient(channel: session)
      _ = try await client.handshake(within: limit)
      return try await body(client, session)
    }.0
  }

  @Test(arguments: RealServers.Release.allCases)
  func `a real server answers in its era and leaves on end of input`(release: RealServers.Release) async throws {
    try await talk(release) { client, session in
      let peer = try #require(client.peer)
      #expect(peer.era == (release == .legacy ? .legacy : .modern))
      #expect(peer.protocolVersion == (release == .legacy ? "2025-11-25" : "2026-07-28"))
      #expect(peer.name == "mcp-time")
      try await client.checkAlive(within: limit)
      #expect(try await client.tools(within: limit).tools.map(\.name) == ["convert_time", "get_current_time"])
      let result = try await client.call("get_current_time", arguments: ["timezone": "UTC"], within: limit)
      #expect(!result.isError)
      #expect(result.text.contains("\"timezone\": \"UTC\""))
      #expect((result.structured != nil) == (release == .modern))
      let wrong = try await client.call("get_current_time", arguments: ["timezone": "Nowhere"], within: limit)
      #expect(wrong.isError)
      #expect(client.conduct == MCPConduct())
      await session.closeInput()
      #expect(await session.waitForExit(within: .seconds(20)) == .code(0))
    }
  }

  @Test func `the update across the protocol eras is reported and needs no approval`() async throws {
    let old = try await talk(.legacy) { client, _ in try await client.tools(within: limit) }
    let new = try await talk(.modern) { client, _ in try await client.tools(within: limit) }
    let changes = old.changes(to: new)
    #expect(changes.allSatisfy { $0.kind == .reported })
    #expect(changes.reduce(0) { $0 + $1.fields } == 35)
    #expect(
      changes.map(\.sentence) == [
        "4 titles in what “convert_time” takes changed",
        "what “convert_time” gives back is now described (18 fields)",
        "2 titles in what “get_current_time” takes changed",
        "what “get_current_time” gives back is now described (11 fields)",
      ])
    #expect(try old.pins().changes(to: new.pins()).allSatisfy { $0.kind == .reported })
    let again = try await talk(.modern) { client, _ in try await client.tools(within: limit) }
    #expect(again.digest == new.digest)
  }

  @Test func `a real soak of the candidate against the installed release passes`() async throws {
    let installed = try await talk(.legacy) { client, _ in try await client.tools(within: limit) }
    let tree = try await RealServers.tree(.modern)
    let machine = Machine.live
    var schedule = CanarySchedule(for: .seconds(1))
    schedule.interval = .milliseconds(250)
    let plan = CanaryPlan(
      plugin: try PluginName("io.github.modelcontextprotocol/time"), version: try ReleaseVersion("2026.10.19"),
      platform: .current, tree: SHA256Digest.of(Array("time".utf8)),
      gates: CanaryGates(required: .seconds(1), minimumProbes: 4, start: limit, stop: .seconds(20)),
      policyRequired: .seconds(86_400),
      baseline: CanaryBaseline(version: try ReleaseVersion("2026.10.10"), tools: installed),
      calls: [ToolCallProbe(tool: "get_current_time", arguments: ["timezone": "UTC"])], schedule: schedule)
    let outcome = try await CanaryRun(
      plan: plan, subject: BareSubject(command: RealServers.command(tree)), ledger: MemoryLedger(),
      clock: machine.clock
    ).run()
    #expect(outcome.verdict.kind == .pass, "\(outcome.verdict.findings)")
    #expect(outcome.verdict.approvalsNeeded.isEmpty)
    #expect(outcome.progress.record.coldStarts == 1)
    #expect(outcome.progress.record.cleanStops == 2)
    #expect(outcome.progress.observed >= .seconds(1))
  }

  @Test func `a real program that is no MCP server fails with its last words`() async throws {
    let command = Command(
      executable: "/usr/bin/python3", arguments: ["-c", "import sys; sys.exit('this is no server')"],
      environment: ["PATH": "/usr/bin:/bin"])
    let outcome = try await CanaryRun(
      plan: plan(), subject: BareSubject(command: command), ledger: MemoryLedger(), clock: Machine.live.clock
    ).run()
    #expect(outcome.verdict.kind == .fail)
    #expect(
      outcome.verdict.findings.first?.sentence
        == "it ended by itself with code 1 before it answered; its last words: “this is no server”")
  }
}
