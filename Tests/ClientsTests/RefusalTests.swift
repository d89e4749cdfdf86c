import Clients
import Platform
import StrictJSON
import SystemPackage
import TestSupport
import Testing

/// What is not understood, or is somebody else's, is left alone.
@Suite struct RefusalTests {
  static let broken: [(AIClient, String, Int, Int)] = [
    (.cursor, "{\n  \"a\": 1,,\n}", 2, 10), (.cursor, "{ 'a': 1 }", 1, 3), (.cursor, "{\"a\": 1} x", 1, 10),
    (.cursor, "{\"a\": 1, \"a\": 2}", 1, 10), (.zed, "{ /* no end", 1, 12), (.zed, "{,}", 1, 2), (.zed, "[,]", 1, 2),
    (.zed, "{\"a\":,}", 1, 6), (.cursor, "{\"a\": \"\n\"}", 1, 8), (.zed, "{\"a\": 1 / 2}", 1, 9),
    (.codex, "a = \n", 1, 5), (.codex, "a = 1\na = 2\n", 2, 1), (.codex, "[a]\n[a]\n", 2, 1),
    (.codex, "a = { b = 1, }\n", 1, 14), (.codex, "a = \"\\q\"\n", 1, 8), (.codex, "a = 'x\n'", 1, 7),
    (.codex, "a = 01\n", 1, 5), (.codex, "a = 1 b = 2\n", 1, 7), (.codex, "[a\n", 1, 3), (.codex, "= 1\n", 1, 1),
    (.codex, "a.b = 1\n[a]\n", 2, 1), (.codex, "a = [1\n", 2, 1), (.codex, "a = 1979-5-27\n", 1, 5),
    (.codex, "a = \"\u{1}\"\n", 1, 6), (.codex, "a = 1\rb = 2\n", 1, 6), (.codex, "a = {b = 1}\n[a.c]\n", 2, 1),
    (.codex, "[[a]]\n[a]\n", 2, 1), (.codex, "a = 1_\n", 1, 5), (.codex, "a = \"\\uD800\"\n", 1, 8),
  ]

  @Test(arguments: broken)
  func `a file that cannot be read is refused with line and column, and stays`(
    client: AIClient, text: String, line: Int, column: Int
  ) throws {
    let desk = try Desk()
    try desk.write(text, for: client)
    let error = #expect(throws: ClientError.self) { try desk.desk.planConnecting(desk.request(client), desk.entry) }
    guard case .notUnderstood(_, let foundLine, let foundColumn, let reason)? = error else {
      Issue.record("\(String(describing: error))")
      return
    }
    #expect(foundLine == line && foundColumn == column, "\(foundLine):\(foundColumn) \(reason)")
    #expect(!reason.isEmpty)
    #expect(try desk.text(client) == text)
  }

  @Test func `bytes that are no UTF-8 are refused`() throws {
    let desk = try Desk()
    for client in [AIClient.cursor, .codex] {
      let bytes: [UInt8] = Array(client == .codex ? "a = \"".utf8 : "{\"a\": \"".utf8) + [0xFF, 0x22]
      try desk.write(bytes, for: client)
      #expect(throws: ClientError.self) { try desk.desk.planConnecting(desk.request(client), desk.entry) }
      #expect(try desk.read(client) == bytes)
    }
  }

  static let shapes: [(AIClient, String)] = [
    (.cursor, "[]"), (.cursor, "{\"mcpServers\": []}"), (.cursor, "{\"mcpServers\": null}"), (.zed, "1"),
    (.codex, "mcp_servers = 1\n"), (.codex, "[[mcp_servers]]\n"),
  ]

  @Test(arguments: shapes)
  func `what should be a list of servers and is none is refused`(client: AIClient, text: String) throws {
    let desk = try Desk()
    try desk.write(text, for: client)
    let error = #expect(throws: ClientError.self) { try desk.desk.planConnecting(desk.request(client), desk.entry) }
    guard case .wrongShape? = error else {
      Issue.record("\(String(describing: error))")
      return
    }
  }

  static let taken: [(AIClient, String)] = [
    (.cursor, "{\"mcpServers\": {\"time\": {\"command\": \"npx\", \"args\": [\"-y\", \"x\", \"--token=abc-9\"]}}}"),
    (
      .codex,
      "# a\n[mcp_servers.time]\ncommand = \"npx\"\nargs = [\"-y\", \"x\", \"--token=abc-9\"]\n\n"
        + "[mcp_servers.time.env]\nA = \"b\"\n\n[z]\n"
    ),
    (.codex, "mcp_servers.time.command = \"npx\"\nmcp_servers.time.args = [\"-y\", \"x\", \"--token=abc-9\"]\n"),
    (.codex, "mcp_servers = { b = {}, time = { command = \"npx\", args = [\"-y\", \"x\", \"--token=abc-9\"] } }\n"),
    (.codex, "mcp_servers = { time.command = \"npx\", time.args = [\"-y\", \"x\", \"--token=abc-9\"], b = {} }\n"),
    (.codex, "[mcp_servers]\ntime = { command = \"npx\", args = [\"-y\", \"x\", \"--token=abc-9\"] }\nb = {}\n"),
  ]

  @Test(arguments: taken)
  func `an entry of the same name is written over only when told to, and others stay`(
    client: AIClient, text: String
  ) async throws {
    let desk = try Desk()
    try desk.write(text, for: client)
    let error = #expect(throws: ClientError.self) { try desk.desk.planConnecting(desk.request(client), desk.entry) }
    let path = try desk.path(client)
    #expect(error == .entryExists(path: path.string, key: "time", command: "npx -y x --token=•••"))
    var before = try desk.desk.entries(of: client, at: path)
    let plan = try desk.desk.planConnecting(desk.request(client, replaces: true), desk.entry)
    #expect(plan.replaced == "npx -y x --token=•••")
    #expect(!plan.difference.joined().contains("abc-9"))
    try await desk.connect(client, replaces: true)
    var after = try desk.desk.entries(of: client, at: path)
    #expect(after["time"]?["command"]?.stringValue == desk.program.string)
    before["time"] = nil
    after["time"] = nil
    #expect(before == after)
    try await desk.disconnect(client, nil)
    #expect(try desk.desk.entries(of: client, at: path) == before)
  }

  @Test func `an entry of Serin's with an old path is brought up to date, and the client's additions go`() async throws
  {
    let desk = try Desk()
    try desk.write(
      "{\"mcpServers\": {\"time\": {\"command\": \"/old/serin\", \"args\": [\"run\", \"io.github.acme/time\"]}}}",
      for: .cursor)
    try await desk.connect(.cursor)
    #expect(try desk.text(.cursor).contains(desk.program.string))
    // Another plugin of ours under that name is somebody's decision, though.
    let other = ConnectionRequest(client: .cursor, scope: .user, key: "time", plugin: "org.example/x", editsFile: true)
    let entry = ClientEntry(program: desk.program, plugin: "org.example/x", hostFolder: nil)
    #expect(throws: ClientError.self) { try desk.desk.planConnecting(other, entry) }
    #expect(throws: ClientError.self) {
      try desk.desk.planDisconnecting(other, insertion: nil, byCommand: false)
    }
  }

  @Test func `only entries that start Serin are taken away`() throws {
    let desk = try Desk()
    try desk.write("{\"mcpServers\": {\"time\": {\"command\": \"npx\"}}}", for: .cursor)
    let path = try desk.path(.cursor).string
    func refusal(_ request: ConnectionRequest) -> ClientError? {
      #expect(throws: ClientError.self) {
        try desk.desk.planDisconnecting(request, insertion: nil, byCommand: false)
      }
    }
    #expect(refusal(desk.request(.cursor)) == .foreignEntry(path: path, key: "time", command: "npx"))
    #expect(refusal(desk.request(.cursor, key: "x")) == .noEntry(path: path, key: "x"))
  }

  @Test func `scopes and names that a client does not know are refused`() throws {
    let desk = try Desk()
    var request = desk.request(.windsurf)
    request.scope = .project
    #expect(throws: ClientError.noSuchScope(client: "Windsurf", scope: "project", known: ["user"])) {
      try desk.desk.planConnecting(request, desk.entry)
    }
    for name in ["", "-x", "a b", "ä", "a/b", "a.b", String(repeating: "x", count: 65)] {
      #expect(throws: ClientError.badEntryName(name)) {
        try desk.desk.planConnecting(desk.request(.cursor, key: name), desk.entry)
      }
    }
    #expect(ClientEntry.name(for: "io.github.acme/time.zone") == "time-zone")
  }
}
