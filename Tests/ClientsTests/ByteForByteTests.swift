import Clients
import Platform
import StrictJSON
import SystemPackage
import TestSupport
import Testing

/// Each client's file edited, and restored byte for byte.
@Suite struct ByteForByteTests {
  @Test(arguments: ClientFile.all)
  func `connect and disconnect leave every byte as it was`(file: ClientFile) async throws {
    let desk = try Desk()
    try desk.write(file.bytes, for: file.client, mode: 0o640)
    let result = try await desk.connect(file.client)
    let edited = try #require(try desk.read(file.client))
    #expect(edited != file.bytes)
    let list = try desk.desk.entries(of: file.client, at: desk.path(file.client))
    #expect(list["time"]?["command"]?.stringValue == desk.program.string)
    #expect(list["time"]?["args"] == ["run", "io.github.acme/time"])
    let status = try #require(try LocalFileSystem().status(desk.path(file.client)))
    #expect(status.mode == 0o640)
    #expect(try desk.scratch.read(try desk.name(file.client) + ".serin-backup") == file.bytes)

    // Once more is nothing.
    #expect(try desk.desk.planConnecting(desk.request(file.client), desk.entry).isDone)

    try await desk.disconnect(file.client, result.insertion)
    #expect(try desk.read(file.client) == file.bytes, "\(String(decoding: edited, as: UTF8.self))")
    #expect(try !LocalFileSystem().exists(desk.scratch / (try desk.name(file.client) + ".serin-backup")))
  }

  @Test(arguments: ClientFile.all)
  func `what was there stays, in its order, with every comment`(file: ClientFile) async throws {
    let desk = try Desk()
    try desk.write(file.bytes, for: file.client)
    try await desk.connect(file.client)
    // Every byte of before is still there, in its order: only bytes were added.
    var rest = file.bytes[...]
    for byte in try #require(try desk.read(file.client)) where byte == rest.first { rest = rest.dropFirst() }
    #expect(rest.isEmpty)
    // And not one of them inside a comment, nor behind one on its line.
    let text = try desk.text(file.client)
    for line in text.split(whereSeparator: { $0 == "\n" || $0 == "\r\n" }) where line.contains(#""time""#) {
      let trimmed = line.drop { $0 == " " || $0 == "\t" }
      #expect(!trimmed.hasPrefix("//") && !trimmed.hasPrefix("#"), "\(line)")
    }
  }

  @Test(arguments: AIClient.allCases)
  func `a file that was not there goes again, with the folders that were made for it`(client: AIClient) async throws {
    let desk = try Desk()
    let result = try await desk.connect(client)
    #expect(result.insertion?.extent == .file)
    let status = try #require(try LocalFileSystem().status(desk.path(client)))
    #expect(status.mode == 0o600)
    let entry = try #require(try desk.desk.entries(of: client, at: desk.path(client))["time"])
    let kind: [AIClient: (String, String)] = [
      .vscode: ("type", "stdio"), .claudeCode: ("type", "stdio"), .zed: ("source", "custom"),
    ]
    if let (key, value) = kind[client] { #expect(entry[key]?.stringValue == value) }
    try await desk.disconnect(client, result.insertion)
    #expect(try LocalFileSystem().list(desk.scratch / "home").isEmpty)
  }

  @Test func `a file that was there and empty stays`() async throws {
    let desk = try Desk()
    for client in [AIClient.cursor, .codex] {
      try desk.write("", for: client)
      let result = try await desk.connect(client)
      try await desk.disconnect(client, result.insertion)
      #expect(try desk.read(client) == [])
    }
  }

  @Test func `the files look as people would write them`() async throws {
    let desk = try Desk()
    try desk.write("{\n\t\"servers\": {\n\t\t\"a\": {} // first\n\t}\n}\n", for: .vscode)
    try await desk.connect(.vscode)
    let program = desk.program.string
    #expect(
      try desk.text(.vscode) == """
        {
        \t"servers": {
        \t\t"a": {}, // first
        \t\t"time": {
        \t\t\t"type": "stdio",
        \t\t\t"command": "\(program)",
        \t\t\t"args": [
        \t\t\t\t"run",
        \t\t\t\t"io.github.acme/time"
        \t\t\t]
        \t\t}
        \t}
        }

        """)
    try desk.write("model = \"x\"\n", for: .codex)
    try await desk.connect(.codex)
    #expect(
      try desk.text(.codex) == """
        model = "x"

        [mcp_servers.time]
        command = "\(program)"
        args = ["run", "io.github.acme/time"]

        """)
    try desk.write(#"{"mcpServers":{"a":{}}}"#, for: .cursor)
    try await desk.connect(.cursor)
    #expect(
      try desk.text(.cursor)
        == #"{"mcpServers":{"a":{},"time":{"command":"\#(program)","args":["run","io.github.acme/time"]}}}"#)
  }
}
