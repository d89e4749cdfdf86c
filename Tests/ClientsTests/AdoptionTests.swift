import Clients
import Platform
import StrictJSON
import SystemPackage
import TestSupport
import Testing

/// What clients start today, what is unpinned about it, and which secrets stand beside it.
@Suite struct AdoptionTests {
  private func found(_ entry: String, _ client: AIClient = .cursor) throws -> FoundEntry {
    let desk = try Desk()
    try desk.write("{\"mcpServers\": {\"e\": \(entry)}}", for: client)
    return try #require(desk.desk.findEntries(of: [client]).entries.first)
  }

  static let launchers: [(String, Launcher, Bool)] = [
    (
      #"{"command":"npx","args":["-y","@acme/time-mcp"]}"#,
      .package(runner: "npx", registry: "npm", name: "@acme/time-mcp", version: nil), false
    ),
    (
      #"{"command":"/usr/bin/npx","args":["--yes","@acme/time-mcp@latest"]}"#,
      .package(runner: "npx", registry: "npm", name: "@acme/time-mcp", version: "latest"), false
    ),
    (
      #"{"command":"npx","args":["-y","time-mcp@1.2.3","--tz","x@1"]}"#,
      .package(runner: "npx", registry: "npm", name: "time-mcp", version: "1.2.3"), true
    ),
    (
      #"{"command":"npx","args":["-p","@acme/time@^1.2.0","time"]}"#,
      .package(runner: "npx", registry: "npm", name: "@acme/time", version: "^1.2.0"), false
    ),
    (
      #"{"command":"pnpm","args":["dlx","time-mcp@1.x"]}"#,
      .package(runner: "pnpm dlx", registry: "npm", name: "time-mcp", version: "1.x"), false
    ),
    (
      #"{"command":"uvx","args":["mcp-server-time","--local-timezone=X"]}"#,
      .package(runner: "uvx", registry: "PyPI", name: "mcp-server-time", version: nil), false
    ),
    (
      #"{"command":"uvx","args":["--python","3.12","mcp-server-time==2026.10.19"]}"#,
      .package(runner: "uvx", registry: "PyPI", name: "mcp-server-time", version: "2026.10.19"), true
    ),
    (
      #"{"command":"uvx","args":["--from","mcp-server-time[x]>=1","time"]}"#,
      .package(runner: "uvx", registry: "PyPI", name: "mcp-server-time", version: ">=1"), false
    ),
    (
      #"{"command":"uv","args":["tool","run","mcp-server-time@1.0.0"]}"#,
      .package(runner: "uv tool run", registry: "PyPI", name: "mcp-server-time", version: "1.0.0"), true
    ),
    (
      #"{"command":"uvx","args":["--from","git+https://e.org/x","x"]}"#,
      .package(runner: "uvx", registry: "git", name: "git+https://e.org/x", version: nil), false
    ),
    (
      #"{"command":"pipx","args":["run","mcp-server-time"]}"#,
      .package(runner: "pipx run", registry: "PyPI", name: "mcp-server-time", version: nil), false
    ),
    (
      #"{"command":"docker","args":["run","-i","--rm","-e","A","mcp/time:1.0"]}"#,
      .image(runner: "docker", reference: "mcp/time:1.0", digest: nil), false
    ),
    (
      #"{"command":"docker","args":["run","-i","mcp/time@sha256:abcd"]}"#,
      .image(runner: "docker", reference: "mcp/time@sha256:abcd", digest: "sha256:abcd"), true
    ),
    (#"{"command":"/opt/time/server","args":[]}"#, .program(path: "/opt/time/server"), false),
    (
      #"{"command":"env","args":["A=b","npx","time-mcp"]}"#,
      .package(runner: "npx", registry: "npm", name: "time-mcp", version: nil), false
    ),
    (#"{"url":"https://e.org/mcp"}"#, .remote(url: "https://e.org/mcp"), false),
    (#"{"disabled":true}"#, .unknown, false), (#"{"command":"npx","args":["-y"]}"#, .unknown, false),
  ]

  @Test(arguments: launchers)
  func `each way to start a server is known, and whether it is pinned`(
    entry: String, launcher: Launcher, isPinned: Bool
  ) throws {
    let found = try found(entry)
    #expect(found.launcher == launcher)
    #expect(found.launcher.isPinned == isPinned)
    #expect((found.launcher.looseness == nil) == isPinned)
    #expect(found.plugin == nil)
  }

  /// Entries with the word "s3cret", which nothing may show, and where it stands.
  static let secrets: [(String, [String])] = [
    (#"{"command":"x","env":{"API_KEY":"s3cret","DEBUG":"1"}}"#, ["env.API_KEY"]),
    (#"{"command":"x","env":{"PLAIN":"sk-s3cretaaaaaaaaaaaa"}}"#, ["env.PLAIN"]),
    (#"{"command":"x","args":["--token","s3cret"]}"#, ["args --token"]),
    (#"{"command":"x","args":["--api-key=s3cret","-v"]}"#, ["args --api-key"]),
    (#"{"command":"docker","args":["run","-e","GH_TOKEN=s3cret","i"]}"#, ["args GH_TOKEN"]),
    (#"{"command":"uvx","args":["pg","postgres://u:s3cret@db/x"]}"#, ["args number 2"]),
    (#"{"url":"https://e.org/mcp?api_key=s3cret"}"#, ["url"]),
    (#"{"url":"https://u:s3cret@e.org/mcp"}"#, ["url"]),
    (#"{"url":"https://e.org","headers":{"Authorization":"Bearer s3cret"}}"#, ["headers.Authorization"]),
    (#"{"command":"x","args":["ghp_s3cret0123456789abcdefgh"]}"#, ["args number 1"]),
  ]

  @Test(arguments: secrets)
  func `secrets are named and never shown`(entry: String, places: [String]) async throws {
    let desk = try Desk()
    try desk.write("{\"mcpServers\": {\"time\": \(entry)}, \"x\": \"y\"}", for: .cursor)
    let found = try #require(desk.desk.findEntries(of: [.cursor]).entries.first)
    #expect(found.secrets == places)
    #expect(!found.commandLine.contains("s3cret"), "\(found.commandLine)")
    // Neither in the difference of an entry that is written over, nor in that of its neighbour.
    let plan = try desk.desk.planConnecting(desk.request(.cursor, replaces: true), desk.entry)
    #expect(!plan.difference.isEmpty && !plan.difference.joined().contains("s3cret"), "\(plan.difference)")
    let beside = try desk.desk.planConnecting(desk.request(.cursor, key: "other"), desk.entry)
    #expect(!beside.difference.isEmpty && !beside.difference.joined().contains("s3cret"), "\(beside.difference)")
    #expect(plan.replaced?.contains("s3cret") == false)
    let refused = #expect(throws: ClientError.self) { try desk.desk.planConnecting(desk.request(.cursor), desk.entry) }
    #expect(refused?.description.contains("s3cret") == false)
  }

  static let references = [
    #"{"command":"x","env":{"API_KEY":"${env:API_KEY}"}}"#, #"{"command":"x","env":{"TOKEN":""}}"#,
    #"{"command":"x","env":{"TOKEN":"$TOKEN"}}"#, #"{"command":"x","env":{"API_KEY":"<your key>"}}"#,
    #"{"command":"x","args":["--token","${input:t}"]}"#, #"{"command":"docker","args":["run","-e","GH_TOKEN","i"]}"#,
    #"{"command":"/home/ann/projects/some-long-name-2026/server","args":["--timeout=30","--keys-file"]}"#,
    #"{"command":"npx","args":["-y","@modelcontextprotocol/server-filesystem@2026.1.14"]}"#,
  ]

  @Test(arguments: references)
  func `references, names and paths are no secrets`(entry: String) throws {
    #expect(try found(entry).secrets == [])
  }

  @Test func `secrets in TOML and in comments are not shown either`() async throws {
    let desk = try Desk()
    let text = """
      # old: GH_TOKEN=ghp_s3cret0123456789abcdefgh
      [mcp_servers.time]
      command = "npx"
      args = ["x", "--token", "s3cret"]
      env = { A = "s3cret" } # s3cret-word-0123
      [mcp_servers.time.http_headers]
      B = '''
      s3cret'''
      """
    try desk.write(text, for: .codex)
    let plan = try desk.desk.planConnecting(desk.request(.codex, replaces: true), desk.entry)
    #expect(!plan.difference.isEmpty && !plan.difference.joined().contains("s3cret"), "\(plan.difference)")
    let found = try #require(desk.desk.findEntries(of: [.codex]).entries.first)
    #expect(found.secrets == ["args --token"])
  }

  @Test func `all clients, scopes and folders are looked through, and what cannot be read is named`() async throws {
    let desk = try Desk()
    for client in AIClient.allCases { try await desk.connect(client) }
    try desk.write(
      #"{"mcpServers":{"a":{"command":"x"}},"projects":{"/home/ann/p":{"mcpServers":{"b":{"command":"y"}}}}}"#,
      for: .claudeCode)
    try desk.scratch.write(#"{"servers":{"c":{"command":"z"}}}"#, to: "project/.vscode/mcp.json")
    try desk.write("{", for: .windsurf)
    let (entries, unread) = desk.desk.findEntries()
    #expect(entries.filter { $0.plugin == desk.plugin }.count == AIClient.allCases.count - 2)
    let own = entries.filter { $0.plugin == nil }
    #expect(own.map(\.key) == ["a", "b", "c"])
    #expect(own.map(\.folder) == [nil, "/home/ann/p", (desk.scratch / "project").string])
    #expect(own.map(\.scope) == [.user, nil, .project])
    #expect(unread.map(\.client) == [.windsurf])
  }

  @Test func `a package fits a plugin of its name, and no other`() throws {
    func fits(_ entry: String, _ plugin: String) throws -> Bool { try found(entry).fits(plugin: plugin) }
    let time = #"{"command":"uvx","args":["mcp-server-time"]}"#
    #expect(try fits(time, "io.github.acme/time"))
    #expect(try fits(time, "io.github.acme/mcp-server-time"))
    #expect(try !fits(time, "io.github.acme/times"))
    #expect(try fits(#"{"command":"npx","args":["@acme/notes-mcp@1.0.0"]}"#, "io.github.acme/notes"))
    #expect(try fits(#"{"command":"docker","args":["run","ghcr.io/acme/notes:2"]}"#, "io.github.acme/notes"))
    #expect(try !fits(#"{"command":"/opt/notes"}"#, "io.github.acme/notes"))
    #expect(try !fits(#"{"url":"https://e.org/notes"}"#, "io.github.acme/notes"))
  }
}
