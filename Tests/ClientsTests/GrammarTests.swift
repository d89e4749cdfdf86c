import Clients
import Platform
import StrictJSON
import SystemPackage
import TestSupport
import Testing

/// Edited TOML files read by somebody else's reader: Python's tomllib.
@Suite(.enabled(if: Python.isThere, "needs python3"))
struct GrammarTests {
  private static let script = """
    import json, sys
    try:
        import tomllib
    except ImportError:
        print("null"); sys.exit()
    def plain(value):
        if isinstance(value, dict): return {k: plain(v) for k, v in value.items()}
        if isinstance(value, list): return [plain(v) for v in value]
        return value if isinstance(value, (str, bool)) else "other"
    try: print(json.dumps(plain(tomllib.loads(sys.stdin.buffer.read().decode("utf-8-sig")))))
    except tomllib.TOMLDecodeError: print("false")
    """

  /// What Python reads; nil where it has no reader, false where it refuses.
  private func read(_ bytes: [UInt8]) async throws -> JSON? {
    let output = try await Machine.live.processes.run(
      Command(executable: "python3", arguments: ["-c", Self.script], environment: .inherit), input: bytes,
      outputLimit: 1 << 20, timeout: .seconds(60))
    let value = try JSON.parse(output.stdout.filter { $0 != 0x0A })
    return value.isNull ? nil : value
  }

  private static func plain(_ value: JSON) -> JSON {
    switch value {
    case .object(let object): .object(JSON.Object(object.members.map { ($0.key, plain($0.value)) }))
    case .array(let values): .array(values.map(plain))
    case .string, .bool: value
    default: "other"
    }
  }

  @Test(arguments: ClientFile.toml)
  func `an edited file says to Python what it says to us`(file: ClientFile) async throws {
    let desk = try Desk()
    try desk.write(file.bytes, for: file.client)
    try await desk.connect(file.client)
    let edited = try #require(try desk.read(file.client))
    guard let python = try await read(edited) else { return }
    let ours = try desk.desk.entries(of: .codex, at: desk.path(.codex))
    #expect(python["mcp_servers"] == Self.plain(.object(ours)))
    // And everything else is what it was.
    let before = try #require(try await read(file.bytes))
    var (rest, old) = (try #require(python.objectValue), try #require(before.objectValue))
    rest["mcp_servers"] = nil
    old["mcp_servers"] = nil
    #expect(rest == old)
  }

  @Test func `what we refuse, Python refuses`() async throws {
    for (client, text, _, _) in RefusalTests.broken where client == .codex {
      guard let python = try await read(Array(text.utf8)) else { return }
      #expect(python == false, "\(text)")
    }
  }
}

private enum Python {
  static let isThere = (ProcessEnvironment.current["PATH"] ?? "").split(separator: ":").contains {
    (try? LocalFileSystem().open(FilePath($0 + "/python3"))) != nil
  }
}
