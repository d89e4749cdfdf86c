import StrictJSON
import SystemPackage
import TestSupport
import Testing

extension ProgramTests {
  /// What an installed plugin reaches when a client has started it.
  @Suite(.enabled(if: Program.canSandbox, "needs root, an OCI runtime and /usr/bin/python3"))
  struct RunNetworkTests {
    @Test func `an installed plugin reaches what it declares, and every refusal is said`() async throws {
      let world = try await Worlds.shared.fresh().copy()
      let url = try await world.serve()
      let port = try #require(url.split(separator: ":").last)
      let allowed = #""net": {"allow": ["localhost:\#(port)"]}"#
      try await world.publish(
        TestPlugin(
          version: "1.0.0",
          permissions: #""version": 1, \#(allowed), "limits": {"memory": "128MiB", "pids": 8, "call": "20s"}"#))
      try await world.install(from: url)
      let urls = [
        "http://localhost:\(port)/metadata/1.root.json", "http://127.0.0.1:1/", "http://elsewhere.invalid/",
      ]
      let requests = urls.enumerated().map {
        #"{"jsonrpc":"2.0","id":\#($0.offset),"method":"test/fetch","params":{"url":"\#($0.element)"}}"#
      }
      let outcome = try await world.program.expect(
        0, ["run", TestPlugin.name], input: requests.joined(separator: "\n") + "\n")
      let answers = try outcome.objects().compactMap { $0["result"] }
      try #require(answers.count == 3, "\(outcome)")
      #expect(answers[0]["status"]?.intValue == 200, "\(answers[0])")
      #expect((answers[0]["bytes"]?.intValue ?? 0) > 500)
      #expect(answers[1]["refused"]?.stringValue?.isEmpty == false, "\(answers[1])")
      #expect(answers[2]["refused"]?.stringValue?.isEmpty == false, "\(answers[2])")
      #expect(outcome.errors.contains("elsewhere.invalid"), "\(outcome.errors)")
    }
  }
}
