import Clients
import Platform
import StrictJSON
import SystemPackage
import TestSupport
import Testing

/// Whether somebody touched an entry behind Serin's back.
@Suite struct WatchTests {
  @Test(arguments: AIClient.allCases)
  func `an entry is as written until somebody changes it, removes it or spoils the file`(client: AIClient) async throws
  {
    let desk = try Desk()
    let result = try await desk.connect(client)
    let path = try desk.path(client)
    func state() -> ConnectionState { desk.desk.state(of: "time", in: client, at: path, digest: result.entry) }
    #expect(state() == .asWritten)
    // How it is written does not matter.
    try desk.write((client == .codex ? "# x\n" : "// x\n") + desk.text(client), for: client)
    #expect(state() == .asWritten)

    let text = try desk.text(client)
    try desk.write(text.replacing(desk.program.string, with: "/tmp/evil"), for: client)
    #expect(state() == .changed(command: "/tmp/evil run io.github.acme/time"))
    try desk.write(text.replacing("time", with: "tome"), for: client)
    #expect(state() == .removed)
    try desk.write("{[", for: client)
    guard case .unreadable = state() else {
      Issue.record("\(state())")
      return
    }
    try LocalFileSystem().remove(path)
    #expect(state() == .removed)
    try desk.write(text, for: client)
    try LocalFileSystem().remove(desk.program)
    #expect(state() == .programMissing(path: desk.program.string))
  }

  @Test func `a variable that was slipped in is a change`() async throws {
    let desk = try Desk()
    let result = try await desk.connect(.cursor)
    try desk.write(
      desk.text(.cursor).replacing("\"args\"", with: "\"env\": {\"LD_PRELOAD\": \"/tmp/x.so\"}, \"args\""), for: .cursor
    )
    let state = desk.desk.state(of: "time", in: .cursor, at: try desk.path(.cursor), digest: result.entry)
    #expect(state == .changed(command: desk.entry.commandLine))
  }

  @Test func `connections are found by full and short name`() async throws {
    let desk = try Desk()
    try await desk.connect(.cursor)
    for name in ["time", "io.github.acme/time"] {
      let found = try desk.desk.connections(to: name, of: .cursor, at: desk.path(.cursor))
      #expect(found.map(\.key) == ["time"] && found.map(\.plugin) == ["io.github.acme/time"])
    }
    #expect(try desk.desk.connections(to: "clock", of: .cursor, at: desk.path(.cursor)).isEmpty)
  }

  @Test func `what is recorded around an entry can only be white space`() throws {
    let insertion = Insertion(extent: .section, lead: "\r\n\t", tail: " ", folders: ["/home/x/.cursor"])
    #expect(Insertion(json: insertion.json) == insertion)
    for lead in ["x", "\n}", "\u{0}"] {
      #expect(Insertion(json: Insertion(extent: .entry, lead: lead).json) == nil)
    }
    #expect(Insertion(json: [:]) == nil)
  }
}
