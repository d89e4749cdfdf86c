import Releases
import StrictJSON
import Testing

@Suite("a plugin's own manifest") struct MCPBManifestTests {
  static let sample: JSON = [
    "manifest_version": "0.3", "name": "time", "version": "2026.10.19", "description": "Tells the time",
    "author": ["name": "Acme"],
    "server": [
      "type": "python", "entry_point": "server/main.py",
      "mcp_config": [
        "command": "python", "args": ["${__dirname}/server/main.py", "--zone", "${user_config.zone}"],
        "env": ["PYTHONPATH": "${__dirname}/lib"],
        "platform_overrides": [
          "linux": ["command": "python3", "env": ["LANG": "C.UTF-8"]], "win32": ["command": "python.exe"],
        ],
      ],
    ],
    "user_config": [
      "zone": ["type": "string", "title": "Zone", "description": "d", "default": "UTC"],
      "depth": ["type": "number", "title": "Depth", "description": "d", "min": 1, "max": .number("2.5")],
    ],
    "compatibility": ["platforms": ["darwin", "linux"], "runtimes": ["python": ">=3.10"]],
    "tools": [["name": "get_current_time"]],
    "_meta": ["io.github.serin": ["plugin": "io.github.acme/time", "permissions": ["read": ["@timezone"]]]],
  ]

  private func changed(_ path: [String], _ value: JSON?) throws -> [UInt8] {
    func set(_ json: JSON, _ path: ArraySlice<String>) -> JSON {
      guard let key = path.first, case .object(var object) = json else { return json }
      object[key] = path.count == 1 ? value : set(object[key] ?? [:], path.dropFirst())
      return .object(object)
    }
    return set(Self.sample, path[...]).serialized()
  }

  @Test func `what is needed is read, with the overrides for Linux as a whole`() throws {
    let manifest = try MCPBManifest(json: Self.sample.serialized())
    #expect(manifest.name == "time" && manifest.version == "2026.10.19" && manifest.serverType == .python)
    #expect(manifest.entryPoint == "server/main.py")
    #expect(manifest.launch.command == "python3")
    #expect(manifest.launch.arguments == ["${__dirname}/server/main.py", "--zone", "${user_config.zone}"])
    #expect(manifest.launch.environment == ["LANG": "C.UTF-8"])
    #expect(manifest.userConfig.map(\.key) == ["zone", "depth"])
    #expect(manifest.userConfig[1].max == 2.5)
    #expect(manifest.plugin?.text == "io.github.acme/time")
    #expect(manifest.permissions?.read.map(\.text) == ["@timezone"])
    #expect(manifest.runsOnLinux)
  }

  @Test("old and new versions are read", arguments: ["0.1", "0.2", "0.3", "0.4"])
  func versions(version: String) throws {
    _ = try MCPBManifest(json: changed(["manifest_version"], .string(version)))
  }

  @Test func `the old key for the version is read`() throws {
    let text = String(decoding: Self.sample.serialized(), as: UTF8.self)
    _ = try MCPBManifest(json: Array(text.replacing("manifest_version", with: "dxt_version").utf8))
  }

  @Test func `without our part there is no name and there are no permissions`() throws {
    let manifest = try MCPBManifest(json: changed(["_meta"], nil))
    #expect(manifest.plugin == nil && manifest.permissions == nil)
    #expect(try !MCPBManifest(json: changed(["compatibility", "platforms"], ["win32"])).runsOnLinux)
    #expect(try MCPBManifest(json: changed(["server", "entry_point"], "${__dirname}/a.py")).entryPoint == "a.py")
    #expect(try MCPBManifest(json: changed(["server", "entry_point"], "./a.py")).entryPoint == "a.py")
  }

  static let refusals: [([String], JSON?, String)] = [
    (["manifest_version"], "1.0", "manifest_version"), (["manifest_version"], nil, "manifest_version"),
    (["name"], nil, "name"), (["version"], 5, "version"), (["description"], nil, "description"),
    (["server"], nil, "server"), (["server", "type"], "java", "server.type"),
    (["server", "entry_point"], "../x", "server.entry_point"), (["server", "entry_point"], "/x", "server.entry_point"),
    (["server", "mcp_config"], nil, "server.mcp_config"),
    (
      ["server", "mcp_config", "platform_overrides", "linux", "command"], 5,
      "server.mcp_config.platform_overrides.linux.command"
    ),
    (["server", "mcp_config", "args"], "x", "server.mcp_config.args"),
    (["server", "mcp_config", "args"], [1], "server.mcp_config.args[0]"),
    (["server", "mcp_config", "platform_overrides", "linux", "env"], ["A B": "x"], "server.mcp_config.environment"),
    (["user_config", "zone", "type"], "color", "user_config.zone.type"),
    (["user_config", "zone", "title"], nil, "user_config.zone.title"),
    (["user_config", "zone", "default"], 5, "user_config.zone.default"),
    (["user_config", "zone", "default"], ["a": 1], "user_config.zone.default"),
    (["user_config", "depth", "min"], "low", "user_config.depth.min"),
    (["_meta", "io.github.serin", "plugin"], "time", "_meta.io.github.serin.plugin"),
    (["_meta", "io.github.serin", "permisions"], [:], "_meta.io.github.serin.permisions"),
    (
      ["_meta", "io.github.serin", "permissions"], ["net": ["allow": ["*"]]],
      "_meta.io.github.serin.permissions.net.allow[0]"
    ),
  ]

  @Test("each broken field is named", arguments: refusals)
  func refused(path: [String], value: JSON?, field: String) throws {
    let bytes = try changed(path, value)
    let error = #expect(throws: ReleaseError.self) { try MCPBManifest(json: bytes) }
    #expect(error?.field == field)
  }
}
