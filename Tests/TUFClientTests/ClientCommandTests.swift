import Platform
import SystemPackage
import TestSupport
import Testing

@testable import tuf_client

@Suite("The command line of tuf-client", .timeLimit(.minutes(3)))
struct ClientCommandTests {
  @Test func `options and command stand in any order, and targets keep theirs`() throws {
    let command = try ClientCommand(parsing: [
      "download", "--metadata-dir", "m", "--target-name", "b", "--target-name", "a", "--metadata-url", "http://h/m",
      "--target-base-url", "http://h/t", "--target-dir", "t",
    ])
    #expect(command.metadataFolder == "m")
    #expect(
      command.verb
        == .download(metadataURL: "http://h/m", targets: ["b", "a"], targetURL: "http://h/t", folder: "t"))
    #expect(
      try ClientCommand(parsing: ["--metadata-dir", "m", "init", "root.json"]).verb == .initialise(root: "root.json"))
  }

  @Test(arguments: [
    ([], "--metadata-dir must be given once"),
    (["--metadata-dir", "m"], "the command must be init, refresh or download"),
    (["--metadata-dir", "m", "init"], "the command must be init, refresh or download"),
    (["--metadata-dir", "m", "--metadata-dir", "n", "init", "r"], "--metadata-dir must be given once"),
    (["--metadata-dir", "m", "refresh"], "--metadata-url must be given once"),
    (["--metadata-dir", "m", "--metadata-url", "u", "download"], "--target-name must be given"),
    (
      ["--metadata-dir", "m", "--metadata-url", "u", "refresh", "now"], "the command must be init, refresh or download"
    ),
    (["--metadata-dir", "m", "--insecure", "u", "refresh"], "the option --insecure is unknown"),
    (["--metadata-dir"], "--metadata-dir needs a value"),
  ])
  func `what cannot be understood is refused with the reason`(arguments: [String], reason: String) {
    #expect(throws: UsageError(reason: reason)) { try ClientCommand(parsing: arguments) }
  }

  @Test func `the program ends with 1 for a command line that cannot be understood`() async throws {
    let outcome = try await ClientProgram.run(["--help"])
    #expect(outcome.code == 1)
    #expect(outcome.errors.contains("usage: tuf-client"))
  }

  @Test func `a second client is kept out while the first one works`() async throws {
    let repository = try ServedRepository()
    try await repository.initialise()
    let lock = try LocalFileSystem().lock(FilePath(repository.metadataFolder).appending(".lock"))
    try await LoopbackServer.serving(repository.scratch / "served") { server in
      let outcome = try await repository.download(server, ["x"])
      #expect(outcome.code == 1)
      #expect(outcome.errors.contains("is locked by process"), "\(outcome)")
    }
    withExtendedLifetime(lock) {}
  }

  @Test func `trusting another root forgets what was believed before`() async throws {
    var one = try ServedRepository()
    try one.add("x", [1])
    try await one.initialise()
    try await LoopbackServer.serving(one.scratch / "served") { [one] server in
      let outcome = try await one.download(server, ["x"])
      #expect(outcome.code == 0, "\(outcome)")
    }
    let other = try ServedRepository()
    let root = (other.scratch / "served/1.root.json").string
    #expect(try await ClientProgram.run(["--metadata-dir", one.metadataFolder, "init", root]).code == 0)
    let left = try LocalFileSystem().list(FilePath(one.metadataFolder)).map(\.name)
    #expect(left == [".lock", "root.json", "roots"])
  }
}
