import StrictJSON
import SystemPackage
import TestSupport
import Testing

extension ProgramTests {
  /// The reference implementation reads what the program publishes and serves.
  @Suite struct PythonTUFTests {
    @Test func `python-tuf refreshes and downloads from a repository that serin publishes`() async throws {
      let python = try await PythonTUF()
      let world = try await Worlds.shared.fresh().copy()
      try await world.publish(TestPlugin(version: "1.0.0"))
      let url = try await world.serve() + "/"
      let root = world.metadata.appending("1.root.json")
      let channel = "plugins/\(TestPlugin.name)/canary.json"

      func answer(_ targets: String...) async throws -> JSON {
        try JSON.parse(
          await python.client(url: url, root: root, folder: world.scratch / "python", targets: targets))
      }
      func offer(_ json: JSON) throws -> JSON {
        try JSON.parse(Array(try #require(json["targets"]?[channel]?.stringValue).utf8))
      }

      let first = try await answer(channel, "plugins/\(TestPlugin.name)/stable.json")
      #expect(first["targets"]?.objectValue?.keys == [channel])
      let manifest = try offer(first)
      #expect(manifest["version"] == "1.0.0")
      let bundle = try #require(manifest["bundles"]?.arrayValue?.first?["path"]?.stringValue)
      let second = try await answer(bundle)
      #expect(second["targets"]?.objectValue?.keys == [bundle])

      try await world.publish(TestPlugin(version: "1.1.0"))
      try await world.program.must("renew", "--workspace", world.workspace.string)
      let third = try await answer(channel)
      #expect(try offer(third)["version"] == "1.1.0")
      let before = try #require(first["versions"]?["timestamp"]?.intValue)
      let after = try #require(third["versions"]?["timestamp"]?.intValue)
      #expect(after > before)
    }
  }
}
