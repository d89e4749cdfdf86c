import Clients
import Platform
import Releases
import StrictJSON
import Synchronization
import SystemPackage
import TestSupport
import Testing

@testable import Storage
@testable import Updating

/// What a host remembers of the entries that it made, whatever happens in between.
@Suite struct ClientConnectionTests {
  let scratch: Scratch
  let plugin: PluginName
  let program: FilePath
  let original = "{\n  // mine\n  \"theme\": \"x\"\n}\n"

  init() throws {
    let memory: FilePath = "/dev/shm"
    let isUsable = (try? LocalFileSystem().status(memory))?.kind == .directory
    scratch = try (isUsable ? try? Scratch(in: memory) : nil) ?? Scratch()
    plugin = try PluginName("io.github.acme/time")
    program = try scratch.write("#!/bin/sh\n", to: "bin/serin", mode: 0o755)
    try scratch.write(original, to: "home/.cursor/mcp.json")
  }

  private var path: FilePath { scratch / "home/.cursor/mcp.json" }

  private func host(_ files: any FileSystem = LocalFileSystem(), home: String? = nil) throws -> PluginHost {
    var environment = ["HOME": (scratch / "home").string, "PATH": (scratch / "bin").string]
    if let home { environment["SERIN_HOME"] = (scratch / home).string }
    let clock = ManualClock()
    let host = try PluginHost.open(
      Folders(environment: environment), environment: environment,
      machine: Machine(
        files: files, clock: clock, transport: ScriptedTransport(), processes: ScriptedProcesses()))
    try host.ledger.save(
      InstallRecord(
        plugin: plugin, repository: "acme", channel: .stable, installed: clock.now(), changed: clock.now()))
    return host
  }

  private func connect(_ host: PluginHost, replaces: Bool = false) async throws {
    let desk = host.clientDesk(project: scratch.path)
    let request = ConnectionRequest(
      client: .cursor, scope: .user, key: "time", plugin: plugin.text, replaces: replaces, editsFile: true)
    let plan = try desk.planConnecting(request, host.clientEntry(for: plugin, program: program))
    _ = try await host.connect(plan, at: desk)
  }

  @discardableResult
  private func disconnect(_ host: PluginHost) async throws -> Int {
    let desk = host.clientDesk(project: scratch.path)
    let plans = try host.planDisconnecting(
      "time", from: .cursor, .user, key: nil, editsFile: false, at: desk)
    for plan in plans { _ = try await host.disconnect(plan, at: desk) }
    return plans.count
  }

  @Test func `an entry is remembered, watched, and forgotten when it goes`() async throws {
    let host = try host()
    try await connect(host)
    let status = try #require(try host.connections(of: plugin).first)
    #expect(status.state == .asWritten && status.finding == nil)
    #expect(status.record.phase == .connected && status.record.key == "time" && status.record.path == path)
    #expect(try host.connections(of: PluginName("io.github.acme/other")).isEmpty)
    // Once more changes nothing and loses nothing.
    try await connect(host)
    #expect(try host.connections().map(\.record.details) == [status.record.details])
    #expect(try host.ledger.history().map(\.event) == ["connect"])
    #expect(try await disconnect(host) == 1)
    #expect(try scratch.text("home/.cursor/mcp.json") == original)
    #expect(try host.connections().isEmpty)
    #expect(try host.ledger.history().map(\.event) == ["disconnect", "connect"])
    #expect(try await disconnect(host) == 0)
  }

  @Test func `a change behind Serin's back is found, with the command that mends it`() async throws {
    let host = try host()
    try await connect(host)
    let good = try scratch.text("home/.cursor/mcp.json")
    func finding(_ text: String) throws -> HealthFinding? {
      try scratch.write(text, to: "home/.cursor/mcp.json")
      return try #require(try host.connections().first).finding
    }
    #expect(try finding("// more\n" + good) == nil)
    let changed = try finding(good.replacing(program.string, with: "/tmp/evil"))
    #expect(changed?.code == "entry-changed" && changed?.level == .problem)
    #expect(changed?.command == "serin connect cursor io.github.acme/time --as time --replace")
    #expect(try finding("{}")?.code == "entry-removed")
    #expect(try finding("{[")?.code == "entry-unreadable")
    // The command mends it, and the next disconnect still knows what was added at first.
    try scratch.write(good.replacing(program.string, with: "/tmp/evil"), to: "home/.cursor/mcp.json")
    try await connect(host, replaces: true)
    #expect(try #require(try host.connections().first).finding == nil)
    try await disconnect(host)
    #expect(try scratch.text("home/.cursor/mcp.json") == original)
    // What somebody else removed is forgotten when it is asked for.
    try await connect(host)
    try scratch.write("{}", to: "home/.cursor/mcp.json")
    #expect(try await disconnect(host) == 0)
    #expect(try host.connections().isEmpty)
    #expect(try scratch.text("home/.cursor/mcp.json") == "{}")
  }

  /// What an agent tells in one scan.
  ///
  /// It is killed and started anew each time: what was told is on the disk.
  private func scan(_ host: PluginHost) async throws -> [String] {
    let warnings = Warnings()
    let agent = try Agent(
      host, hands: MonthHands(host, verdicts: [:]), pid: 1, tell: { warnings.append($0.sentence) })
    await agent.scan()
    try await host.keep(agent.latestReport)
    return warnings.texts
  }

  @Test func `an agent tells once what was changed behind its back, and again when it changes again`() async throws {
    let host = try host()
    try await connect(host)
    let good = try scratch.text("home/.cursor/mcp.json")
    func scanned(_ text: String) async throws -> [String] {
      try scratch.write(text, to: "home/.cursor/mcp.json")
      return try await scan(host)
    }
    #expect(try await scanned(good) == [])
    let changed = good.replacing(program.string, with: "/tmp/evil")
    let told = try await scanned(changed)
    #expect(told.count == 1 && told.first?.contains("starts now: /tmp/evil") == true, "\(told)")
    #expect(told.first?.contains("serin connect cursor io.github.acme/time --as time --replace") == true)
    #expect(try await scanned(changed) == [])
    #expect(try await scanned("{}").count == 1)
    #expect(try await scanned(good) == [])
    #expect(try await scanned("{}").count == 1)
    #expect(
      try host.ledger.history().map(\.event) == ["entry-removed", "entry-removed", "entry-changed", "connect"])
  }

  @Test func `an agent notes how far the logs of calls go, and tells once when one was cut short`() async throws {
    let host = try host()
    let home = try host.folder.plugin(plugin)
    try LocalFileSystem().makeDirectories(home.root)
    func call(_ count: Int) throws {
      let writer = AuditWriter(home)
      for _ in 0..<count {
        writer.append(
          AuditCall(
            session: "0123456789abcdef", version: "1.0.0", method: "tools/call", name: "count", outcome: .ok,
            microseconds: 5, bytesIn: 1, bytesOut: 1))
      }
      #expect(try writer.close() == 0)
    }
    try call(3)
    #expect(try await scan(host).isEmpty)
    #expect(try host.ledger.auditHeads().map(\.head.number) == [3])
    try call(2)
    #expect(try await scan(host).isEmpty)
    #expect(try host.ledger.auditHeads().map(\.head.number) == [5])
    // Whoever cuts the log can write the word beside it anew as well; the ledger still knows.
    let path = "home/.local/share/serin/plugins/\(plugin)/audit/"
    let lines = try scratch.text(path + "log").split(separator: "\n")
    try scratch.write(lines.prefix(4).joined(separator: "\n") + "\n", to: path + "log", mode: 0o600)
    try LocalFileSystem().remove(scratch / (path + "head"))
    let told = try await scan(host)
    #expect(told.count == 1 && told.first?.contains("cut short") == true, "\(told)")
    #expect(try await scan(host).isEmpty)
    #expect(try host.ledger.history().map(\.event) == ["audit-changed"])
  }

  @Test func `a kill at any step is never taken for somebody else's deed, and the way back stays exact`() async throws {
    let local = LocalFileSystem()
    for connecting in [true, false] {
      var step = 0
      var wasHit = true
      while wasHit {
        for name in ["home/.local", "home/.cursor"] { try local.removeTree(scratch / name) }
        try scratch.write(original, to: "home/.cursor/mcp.json")
        // The folder is there before the count begins.
        let before = try host()
        if !connecting { try await connect(before) }
        let faulty = FaultyFileSystem(failsAt: nil)
        _ = try host(faulty)
        let cut = FaultyFileSystem(failsAt: faulty.steps + step)
        do {
          let killed = try host(cut)
          if connecting { try await connect(killed) } else { try await disconnect(killed) }
        } catch is ClientError {}
        wasHit = cut.isDead
        let after = try host()
        #expect(try after.connections().allSatisfy { $0.finding == nil }, "step \(step)")
        try await connect(after)
        #expect(try after.connections().map(\.record.phase) == [.connected], "step \(step)")
        try await disconnect(after)
        #expect(try scratch.text("home/.cursor/mcp.json") == original, "step \(step), connecting: \(connecting)")
        step += 1
      }
      #expect(step > 4, "an edit has several steps")
    }
  }

  @Test func `a host's folder that only this session knows is named in the entry`() throws {
    let usual = try host().clientEntry(for: plugin, program: program)
    #expect(usual.arguments == ["run", "io.github.acme/time"])
    let other = try host(home: "elsewhere").clientEntry(for: plugin, program: program)
    #expect(other.arguments == ["run", "--host-folder", (scratch / "elsewhere").string, "io.github.acme/time"])
  }

  @Test func `an entry is offered the installed plugin of its name, and one of Serin's is not`() async throws {
    let host = try host()
    try await connect(host)
    try scratch.write(
      #"{"mcpServers": {"clock": {"command": "uvx", "args": ["mcp-server-time"]}, "x": {"command": "x"}}}"#,
      to: "home/.codeium/windsurf/mcp_config.json")
    let found = host.clientDesk(project: scratch.path).findEntries().entries
    let offers = try await host.adoptionOffers(for: found, in: .stable)
    #expect(offers.map(\.entry.key) == ["time", "clock", "x"])
    #expect(offers.map(\.installed) == [[], [plugin], []])
    #expect(offers.allSatisfy { $0.offered.isEmpty })
  }

  @Test func `a plugin that a trusted repository carries is offered`() async throws {
    let shop = try Shop()
    _ = try shop.release("1.0.0", sequence: 1)
    _ = try await shop.trustingHost()
    let warnings = Warnings()
    let host = try shop.host(warn: { warnings.append($0) })
    try shop.scratch.write(
      #"{"mcpServers": {"clock": {"command": "uvx", "args": ["mcp-server-time"]}, "x": {"command": "x"}}}"#,
      to: "home/.cursor/mcp.json")
    let found = host.clientDesk(project: shop.scratch.path).findEntries().entries
    let offers = try await host.adoptionOffers(for: found, in: shop.channel)
    #expect(offers.map(\.offered) == [[shop.plugin], []])
    #expect(offers.allSatisfy { $0.installed.isEmpty })
    // Asked for nothing, it asks nobody; and a network that is down ends nothing.
    let asked = shop.transport.requests.count
    #expect(try await host.adoptionOffers(for: found, in: shop.channel, asking: false).map(\.offered) == [[], []])
    #expect(shop.transport.requests.count == asked)
    shop.transport.isDown = true
    #expect(try await host.adoptionOffers(for: found, in: shop.channel).map(\.offered) == [[], []])
    #expect(warnings.texts.contains { $0.hasPrefix("the repository acme could not be asked") }, "\(warnings.texts)")
  }
}

/// What a host said besides.
private final class Warnings: Sendable {
  private let said = Mutex<[String]>([])
  var texts: [String] { said.withLock { $0 } }
  func append(_ text: String) { said.withLock { $0.append(text) } }
}
