import Releases
import Signing
import StrictJSON
import Testing

@Suite("bundle manifests") struct BundleManifestTests {
  @Test func `a manifest survives its text, and the text is always the same`() throws {
    let option = try UserConfigOption(key: "zone", type: .string, title: "Zone", default: .string("UTC"))
    let manifest = try Samples.manifest(
      launch: LaunchCommand(
        command: "python3", arguments: ["-m", "server", "${user_config.zone}"], environment: ["B": "2", "A": "1"]),
      userConfig: [option],
      permissions: Samples.permissions(["read": ["@timezone"], "net": ["allow": ["a.example.com"]]]))
    let text = manifest.encoded()
    let read = try BundleManifest(json: text)
    #expect(read == manifest)
    #expect(read.encoded() == text)
    #expect(try JSON.parse(text)["launch"]?["environment"]?.objectValue?.keys == ["A", "B"])
    #expect(manifest.entries.map(\.path) == ["bin/run", "empty", "latest", "server.py"])
    #expect(manifest.totalSize == 6)
    #expect(manifest.trustedComment == "plugin:io.github.acme/time version:2026.10.19 platform:any")
  }

  @Test func `a field of a later version is passed over`() throws {
    let manifest = try Samples.manifest()
    #expect(try BundleManifest(json: manifest.changed { $0.set("later", 1) }) == manifest)
  }

  static let refusals: [(String, JSON?, String, ReleaseError.Problem)] = [
    ("format", 2, "format", .unsupportedFormat(offered: "2", supported: "format 1")),
    ("format", nil, "format", .missing),
    ("plugin", nil, "plugin", .missing),
    ("plugin", 5, "plugin", .wrongKind(offered: "a whole number", needed: "a text")),
    ("version", true, "version", .wrongKind(offered: "true or false", needed: "a text")),
    ("entries", "x", "entries", .wrongKind(offered: "a text", needed: "a list")),
    ("entries", nil, "entries", .missing),
    ("entries", ["x"], "entries[0]", .wrongKind(offered: "a text", needed: "an object")),
    ("entries", [["path": "a"]], "entries[0].type", .missing),
    (
      "entries", [["path": "a", "type": "fifo"]], "entries[0].type",
      .invalid(offered: "fifo", rule: "be file, symlink or directory")
    ),
    (
      "entries", [["path": "../a", "type": "directory"]], "entries[0].path",
      .invalid(offered: "../a", rule: "hold no part '..'")
    ),
    (
      "entries", [["path": "b", "type": "directory"], ["path": "a", "type": "directory"]], "entries",
      .outOfOrder("a", after: "b")
    ),
    (
      "entries", [["path": "a", "type": "file", "mode": "4755", "size": 1, "sha256": "x"]], "entries[0].mode",
      .invalid(offered: "4755", rule: "be 0644 or 0755")
    ),
    (
      "entries", [["path": "a", "type": "file", "mode": "0644", "size": -1, "sha256": "x"]], "entries[0].size",
      .outOfRange(offered: -1, minimum: 0, maximum: TreeEntry.maxFileSize)
    ),
    (
      "entries", [["path": "a", "type": "file", "mode": "0644", "size": .number("1e3"), "sha256": "x"]],
      "entries[0].size", .wrongKind(offered: "a number", needed: "a whole number")
    ),
    ("totalSize", 7, "totalSize", .mismatch(offered: "7", computed: "6")),
    (
      "totalSize", -1, "totalSize", .outOfRange(offered: -1, minimum: 0, maximum: BundleManifest.maxTotalSize)
    ),
    ("launch", ["command": ""], "launch.command", .invalid(offered: "", rule: "not be empty")),
    ("launch", ["command": "a", "shell": true], "launch.shell", .unknown),
    ("launch", ["command": "a\u{0}"], "launch.command", .invalid(offered: "a\u{0}", rule: "hold no NUL character")),
    (
      "launch", ["command": "a", "arguments": ["${user_config.nope}"]], "launch.arguments[0]",
      .invalid(offered: "user_config.nope", rule: "be declared in userConfig")
    ),
    (
      "permissions", ["read": ["${user_config.nope}"]], "permissions.read[0]",
      .invalid(offered: "user_config.nope", rule: "be declared in userConfig")
    ),
    ("permissions", ["wirte": ["@state"]], "permissions.wirte", .unknown),
    ("toolPins", ["format": 1], "toolPins.tools", .missing),
  ]

  @Test("each broken field is named with its rule", arguments: refusals)
  func refused(field: String, value: JSON?, expectedField: String, expected: ReleaseError.Problem) throws {
    let bytes = try Samples.manifest().changed { $0[field] = value }
    #expect(throws: ReleaseError(expectedField, expected)) { try BundleManifest(json: bytes) }
  }

  @Test func `a digest that is not that of the entries is refused`() throws {
    let manifest = try Samples.manifest()
    let bytes = try manifest.changed { $0.set("tree", .string(Samples.digest.hex)) }
    #expect(throws: ReleaseError("tree", .mismatch(offered: Samples.digest.hex, computed: manifest.tree.hex))) {
      try BundleManifest(json: bytes)
    }
  }

  @Test func `text that is no JSON object is refused`() {
    for text in ["", "[]", "{", "{\"format\":1,\"format\":1}", "nonsense"] {
      let error = #expect(throws: ReleaseError.self) { try BundleManifest(json: Array(text.utf8)) }
      #expect(error?.field == "bundle.json")
    }
  }

  @Test func `too much of anything is refused`() throws {
    let half = BundleManifest.maxTotalSize / 2 + 1
    let large = [try Samples.file("a", size: half), try Samples.file("b", size: half)]
    #expect(
      problem { _ = try Samples.manifest(entries: large) }
        == .outOfRange(offered: 2 * half, minimum: 0, maximum: BundleManifest.maxTotalSize))
    let entry = try Samples.file("a")
    let many = Array(repeating: entry, count: BundleManifest.maxEntries + 1)
    #expect(
      problem { _ = try Samples.manifest(entries: many) }
        == .tooMany(offered: many.count, limit: BundleManifest.maxEntries))
  }

  @Test func `a manifest that lists too much is refused when it is read, whatever stands behind the list`() throws {
    let manifest = try Samples.manifest()
    let entry: JSON = ["path": "a", "type": "directory"]
    let many = JSON.array(Array(repeating: entry, count: BundleManifest.maxEntries + 1))
    #expect(
      problem { _ = try BundleManifest(json: manifest.changed { $0.set("entries", many) }) }
        == .tooMany(offered: BundleManifest.maxEntries + 1, limit: BundleManifest.maxEntries))
    let long = [UInt8](repeating: UInt8(ascii: " "), count: BundleManifest.maxManifestBytes) + manifest.encoded()
    #expect(
      problem { _ = try BundleManifest(json: long) }
        == .tooLong(offered: long.count, limit: BundleManifest.maxManifestBytes))
    let cut = Array(manifest.encoded().dropLast(2))
    #expect(problem { _ = try BundleManifest(json: cut) } != nil)
  }

  @Test func `a manifest of 20,000 entries is read without quadratic work`() throws {
    let entries = try (0..<20_000).map { number in
      try Samples.file("lib/python/site-packages/package\(number / 100)/module\(number).py", size: Int64(number))
    }
    let manifest = try Samples.manifest(entries: entries)
    let bytes = manifest.encoded()
    let clock = ContinuousClock()
    var read: BundleManifest?
    let time = try clock.measure { read = try BundleManifest(json: bytes) }
    #expect(read?.entries.count == 20_000)
    // Far above what it takes even without optimisation, and far below what quadratic work would take.
    #expect(time < .seconds(20), "\(time)")
  }
}
