import Clients
import Testing

/// A file as people and clients leave it.
struct ClientFile: Sendable, CustomTestStringConvertible {
  let client: AIClient
  let name: String
  let bytes: [UInt8]

  init(_ client: AIClient, _ name: String, _ text: String, bom: Bool = false, crlf: Bool = false) {
    self.client = client
    self.name = name
    let text = crlf ? text.replacing("\n", with: "\r\n") : text
    bytes = (bom ? [0xEF, 0xBB, 0xBF] : []) + Array(text.utf8)
  }

  var testDescription: String { "\(client.rawValue): \(name)" }

  static let all: [ClientFile] = json + commented + toml

  private static let desktop = """
    {
      "mcpServers": {
        "filesystem": {
          "command": "npx",
          "args": [
            "-y",
            "@modelcontextprotocol/server-filesystem",
            "/home/ann/notes"
          ]
        },
        "github": { "command": "docker",
                    "args": ["run", "-i", "--rm", "-e", "GITHUB_PERSONAL_ACCESS_TOKEN", "ghcr.io/github/server"],
                    "env": { "GITHUB_PERSONAL_ACCESS_TOKEN": "ghp_0123456789abcdefghijklmnopqrstuvwxyz" } }
      },
      "globalShortcut": "Ctrl+Space"
    }
    """

  static let json: [ClientFile] = [
    ClientFile(.claudeDesktop, "two servers", desktop),
    ClientFile(.claudeDesktop, "CRLF", desktop + "\n", crlf: true),
    ClientFile(.claudeDesktop, "a byte order mark", desktop + "\n", bom: true),
    ClientFile(.claudeDesktop, "tabs", desktop.replacing("  ", with: "\t")),
    ClientFile(.claudeDesktop, "an empty object", "{}"),
    ClientFile(.claudeDesktop, "an empty object over lines", "{\n}\n"),
    ClientFile(.claudeDesktop, "an empty list", "{\n  \"mcpServers\": {}\n}\n"),
    ClientFile(.claudeDesktop, "an empty list with room", "{\"mcpServers\": {  } }"),
    ClientFile(.claudeDesktop, "an empty list over lines", "{\n    \"mcpServers\": {\n    }\n}"),
    ClientFile(.claudeDesktop, "nothing at all", ""),
    ClientFile(.claudeDesktop, "white space", " \n\n"),
    ClientFile(.claudeDesktop, "a byte order mark and nothing", "", bom: true),
    ClientFile(
      .claudeCode, "in one line", #"{"numStartups":12,"mcpServers":{"a":{"type":"stdio","command":"x"}},"p":[1,2]}"#),
    ClientFile(
      .claudeCode, "no list, in one line", #"{"numStartups":12,"projects":{"/home/ann/x":{"mcpServers":{}}}}"#),
    ClientFile(
      .claudeCode, "spread in one line", #"{ "numStartups" : 12 , "mcpServers" : { "a" : { "command" : "x" } } }"#),
    ClientFile(
      .cursor, "strange but legal",
      "\n\n{ \"mcpServers\"\n:\n{\"a\\u0062c\":{\"command\":\"\\u0041\\/\\\"}\"}}\n,"
        + "\"x\":[[],{},-1.5e+3,\"\u{1F642}\"]}\n\n"
    ),
    ClientFile(
      .cursor, "commas first",
      "{\n  \"mcpServers\": {\n      \"a\": { \"command\": \"x\" }\n    , \"b\": { \"command\": \"y\" }\n  }\n}\n"),
    ClientFile(
      .windsurf, "one entry a line",
      "{\n \"mcpServers\": {\n  \"a\": {\"command\": \"x\"},\n  \"b\": {\"serverUrl\": \"https://e.org\"}\n }\n}"),
    ClientFile(
      .gemini, "other settings only", "{\n  \"theme\": \"GitHub\",\n  \"selectedAuthType\": \"oauth-personal\"\n}\n"),
  ]

  static let commented: [ClientFile] = [
    ClientFile(
      .zed, "comments and trailing commas",
      """
      // Zed settings
      //
      // For information see https://zed.dev/docs {"not": "read"}
      {
        "theme": "One Dark", // dark, since "light" hurts
        /* "context_servers": { "old": {} }, */
        "context_servers": {
          // the database
          "postgres": {
            "source": "custom",
            "command": "uvx",
            "args": ["postgres-mcp", "postgres://ann:s3cr3t-word@db/prod"], // careful
            "env": {},
          }, // end of postgres
        },
        "buffer_font_size": 15,
      }
      // the end
      """),
    ClientFile(
      .zed, "no list, a comment after the last member",
      "{\n  \"vim_mode\": true // yes\n  // nothing more\n}\n"),
    ClientFile(.zed, "only a comment", "// nothing yet"),
    ClientFile(.zed, "only comments, CRLF", "/* a */\n// b\n", crlf: true),
    ClientFile(.zed, "a comment in an empty list", "{ \"context_servers\": { /* none */ } }"),
    ClientFile(.zed, "a line comment in an empty list", "{\n  \"context_servers\": { // none\n  }\n}\n"),
    ClientFile(.zed, "a comma behind a comment", "{\n  \"context_servers\": {\n    \"a\": {} /* a */ , // b\n  }\n}\n"),
    ClientFile(
      .vscode, "inputs and servers",
      """
      {
      \t"inputs": [
      \t\t{ "type": "promptString", "id": "key", "description": "API Key", "password": true },
      \t],
      \t"servers": {
      \t\t// from the gallery
      \t\t"io.github.acme/notes": {
      \t\t\t"type": "stdio",
      \t\t\t"command": "npx",
      \t\t\t"args": ["-y", "@acme/notes-mcp@1.2.3"],
      \t\t\t"env": { "NOTES_KEY": "${input:key}" },
      \t\t\t"gallery": true
      \t\t}
      \t}
      }
      """, crlf: true),
  ]

  static let toml: [ClientFile] = [
    ClientFile(
      .codex, "settings and two servers",
      """
      # Codex
      model = "gpt-5"   # the default
      approval_policy = "on-request"

      [mcp_servers.docs]
      command = "npx"
      args = [
        "-y",  # yes
        "docs-mcp",
      ]

      [mcp_servers.docs.env]
      API_KEY = "abc"

      [projects."/home/ann/x.y"]
      trust_level = "trusted"
      # the end
      """),
    ClientFile(.codex, "CRLF", "model = 'gpt-5'\n\n[tui]\nnotifications = true\n", crlf: true),
    ClientFile(.codex, "a byte order mark", "a = 1\n", bom: true),
    ClientFile(.codex, "nothing at all", ""),
    ClientFile(.codex, "no line feed at the end", "[history]\npersistence = \"none\""),
    ClientFile(.codex, "a blank line at the end", "[history]\npersistence = \"none\"\n\n"),
    ClientFile(.codex, "an inline list", "mcp_servers = { a = { command = \"x\", args = [] } } # all\n"),
    ClientFile(.codex, "an empty inline list", "mcp_servers = {}\n[x]\n"),
    ClientFile(.codex, "keys with dots", "mcp_servers.a.command = \"x\"\nmcp_servers.a.args = []\n"),
    ClientFile(.codex, "a head for the list", "[mcp_servers]\na = { command = \"x\" }\n  # indented\n[other]\n"),
    ClientFile(
      .codex, "unusual but legal",
      "\"quoted \\\"key\\\"\" = 'C:\\temp'\ndate = 1979-05-27 07:32:00Z\nt = 07:32:00.999\n"
        + "n = [ +1_000, 0xFF, -inf, 6.6e-3, ]\n"
        + "s = \"\"\"\n[mcp_servers.time]\n\\\n   x\"\"\"\"\"\nl = '''\n''quotes'''''\n[[a.b]]\n[[a.b]]\nc.d.e = true\n"
    ),
  ]
}
