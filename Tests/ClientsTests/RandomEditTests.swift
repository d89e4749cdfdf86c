import Clients
import Platform
import StrictJSON
import SystemPackage
import TestSupport
import Testing

/// The same for files that nobody thought of, and for files that others edit between connect and disconnect.
@Suite struct RandomEditTests {
  private static let entry = ClientEntry(program: "/usr/bin/serin", plugin: "io.github.acme/time", hostFolder: nil)
  private static let other = ClientEntry(program: "/opt/other", plugin: "org.example/other", hostFolder: nil)

  private func draw(_ random: inout SplitMix64) -> (AIClient, String) {
    let client: AIClient = random.below(3) == 0 ? .codex : [.zed, .vscode, .claudeCode][random.below(3)]
    return (client, client == .codex ? RandomFile.toml(&random) : RandomFile.json(client, &random))
  }

  private func read(_ text: String, _ client: AIClient) throws -> ConfigurationText {
    try ConfigurationText(Array(text.utf8), of: client, path: "file")
  }

  private func adding(
    _ key: String, _ entry: ClientEntry, to text: String, _ client: AIClient
  ) throws -> (text: String, insertion: Insertion) {
    let edited = try read(text, client).adding(key, entry.json(for: client))
    return (String(decoding: edited.bytes, as: UTF8.self), edited.insertion)
  }

  private func removing(_ text: String, _ client: AIClient, _ insertion: Insertion?) throws -> String {
    String(decoding: try #require(try read(text, client).removing("time", insertion)), as: UTF8.self)
  }

  @Test(arguments: 0..<20 as Range<UInt64>)
  func `any file comes back byte for byte`(seed: UInt64) throws {
    for turn in 0..<50 as Range<UInt64> {
      var random = SplitMix64(seed: seed &* 1000 &+ turn)
      let (client, text) = draw(&random)
      let (edited, insertion) = try adding("time", Self.entry, to: text, client)
      #expect(try read(edited, client).list()["time"] != nil)
      let restored = try removing(edited, client, insertion)
      #expect(restored == text, "turn \(turn)\n\(text)\n---\n\(edited)\n---\n\(restored)")
      // Without its record an entry goes as well; at most an empty list or a blank line is left.
      let rest = try read(removing(edited, client, nil), client)
      #expect(try rest.list() == read(text, client).list())
    }
  }

  @Test(arguments: 0..<20 as Range<UInt64>)
  func `what others did in between stays, and nothing else`(seed: UInt64) throws {
    for turn in 0..<50 as Range<UInt64> {
      var random = SplitMix64(seed: seed &* 1000 &+ turn &+ 500_000)
      let (client, text) = draw(&random)
      let comment = random.below(2) == 0 ? "" : client == .codex ? "# note\n" : "// note\n"
      let addsOther = random.below(2) == 0
      func edit(_ text: String) throws -> String {
        comment + (addsOther ? try adding("other", Self.other, to: text, client).text : text)
      }
      let (edited, insertion) = try adding("time", Self.entry, to: text, client)
      let both = try edit(edited)
      let restored = try removing(both, client, insertion)
      let expected = try edit(text)
      // How far an entry that came in between is indented depends on what it found; all else is the same.
      func bare(_ text: String) -> String { addsOther ? text.filter { !$0.isWhitespace } : text }
      #expect(bare(restored) == bare(expected), "turn \(turn)\n\(both)\n---\n\(restored)\n---\n\(expected)")
    }
  }

  @Test(arguments: 0..<40 as Range<UInt64>)
  func `a spoiled file is refused and stays, or is still a file that says what it said`(seed: UInt64) async throws {
    var random = SplitMix64(seed: seed &+ 20_000)
    let file = ClientFile.all[random.below(ClientFile.all.count)]
    guard !file.bytes.isEmpty else { return }
    var bytes = file.bytes
    let place = random.below(bytes.count)
    switch random.below(3) {
    case 0: bytes.remove(at: place)
    case 1: bytes[place] = UInt8(truncatingIfNeeded: random.next())
    default: bytes.insert(UInt8(truncatingIfNeeded: random.next()), at: place)
    }
    let desk = try Desk()
    try desk.write(bytes, for: file.client)
    do {
      let before = try desk.desk.entries(of: file.client, at: desk.path(file.client))
      let result = try await desk.connect(file.client)
      var after = try desk.desk.entries(of: file.client, at: desk.path(file.client))
      after["time"] = nil
      #expect(after == before)
      try await desk.disconnect(file.client, result.insertion)
    } catch is ClientError {}
    #expect(try desk.read(file.client) == bytes)
  }
}

/// Files that are legal and look like nobody's.
enum RandomFile {
  static func json(_ client: AIClient, _ random: inout SplitMix64) -> String {
    let newline = random.below(3) == 0 ? "\r\n" : "\n"
    let comments = client == .zed || client == .vscode
    let section = client == .zed ? "context_servers" : client == .vscode ? "servers" : "mcpServers"
    if random.below(12) == 0 { return comments ? gap(newline, comments, &random) : "" }
    var members: [String] = []
    for index in 0..<random.below(4) { members.append("\"k\(index)\"" + colon(&random) + scalar(&random)) }
    if random.below(4) > 0 {
      let entries = (0..<random.below(4)).map { "\"s\($0)\"" + colon(&random) + "{\"command\": \"x\"}" }
      let list = "\"\(section)\"" + colon(&random) + object(entries, newline, comments, &random)
      members.insert(list, at: random.below(members.count + 1))
    }
    return gap(newline, comments, &random) + object(members, newline, comments, &random)
      + gap(newline, comments, &random)
  }

  private static func object(
    _ members: [String], _ newline: String, _ comments: Bool, _ random: inout SplitMix64
  ) -> String {
    var text = "{"
    for (index, member) in members.enumerated() {
      text += gap(newline, comments, &random) + member + gap(newline, comments, &random)
      if index < members.count - 1 || comments && random.below(3) == 0 { text += "," }
    }
    return text + gap(newline, comments, &random) + "}"
  }

  private static func gap(_ newline: String, _ comments: Bool, _ random: inout SplitMix64) -> String {
    switch random.below(comments ? 7 : 4) {
    case 0: ""
    case 1: " "
    case 2: newline + String(repeating: " ", count: random.below(5))
    case 3: newline + "\t"
    case 4: " // it's a \"comment\", {" + newline + "  "
    case 5: "/* more */"
    default: newline + "/* two" + newline + "lines, } */" + newline
    }
  }

  private static func colon(_ random: inout SplitMix64) -> String { [":", ": ", " : "][random.below(3)] }

  private static func scalar(_ random: inout SplitMix64) -> String {
    ["1", "\"a//b\"", "[1, {\"x\": \"/*\"}]", "null", "\"\\\\\"", "{}"][random.below(6)]
  }

  static func toml(_ random: inout SplitMix64) -> String {
    let newline = random.below(3) == 0 ? "\r\n" : "\n"
    var text = ""
    for index in 0..<random.below(4) {
      text += ["a\(index) = 1", "'b\(index)' = \"x # y\"", "c\(index).d = [ 1,", "e\(index) = \"\"\""][random.below(4)]
      if text.hasSuffix("[ 1,") { text += newline + "  2 ] # two" }
      if text.hasSuffix("\"\"\"") { text += newline + "[mcp_servers.time]\"\"\"" }
      text += newline
    }
    if random.below(6) == 0 {
      text +=
        "mcp_servers = {" + ["", " ", " x = { command = 'y' }", "x.command='y' , z.command = 'z'"][random.below(4)]
        + "}" + newline
      return text
    }
    for index in 0..<random.below(4) {
      text += ["", newline, "# note" + newline, "  "][random.below(4)]
      text += ["[t\(index)]", "[mcp_servers.s\(index)] # x", "[[l\(index)]]"][random.below(3)] + newline
      text += ["", "  x = 1" + newline, "command = 'y'" + newline + newline][random.below(3)]
    }
    if random.below(3) == 0, text.hasSuffix(newline) { text.removeLast() }
    return text
  }
}
