import Platform
import Sandbox
import SystemPackage
import TestSupport
import Testing

/// Where running containers lie: with the login, or with the host.
@Suite(.enabled("needs an OCI runtime that works here") { await RealSandbox.works() })
struct PlaceTests {
  private let files = LocalFileSystem()

  private func runner(_ sandbox: RealSandbox, login: FilePath?) throws -> SandboxRunner {
    var surroundings = sandbox.runner.surroundings
    surroundings.loginFolder = login
    return try SandboxRunner(machine: .live, surroundings: surroundings, workFolder: sandbox.scratch / "other")
  }

  /// Where the container of a running session lies, as a path below the scratch folder.
  private func place(_ sandbox: RealSandbox, _ runner: SandboxRunner) async throws -> String? {
    var request = sandbox.request("")
    request.arguments = ["/bin/cat"]
    request.observation = .none
    return try await runner.withSession(runner.plan(request)) { session in
      let found = try SandboxWalk(files: files).folders(named: session.identifier, below: sandbox.scratch.path)
      await session.closeInput()
      return found.first
    }.value
  }

  @Test func `with a login nothing of a container reaches the work folder`() async throws {
    let sandbox = try await RealSandbox()
    let login = sandbox.scratch / "login"
    try files.makeDirectory(login, mode: 0o700)
    let place = try await place(sandbox, runner(sandbox, login: login))
    #expect(place?.hasPrefix(login.string + "/serin/sandboxes-") == true)
    #expect(try !files.exists(sandbox.scratch / "other/running"))
    let own = try #require(files.list(login.appending("serin")).first).component
    #expect(try files.list(login.appending("serin").appending(own).appending("running")).isEmpty)
  }

  @Test func `a folder that others can enter is no login's`() async throws {
    let sandbox = try await RealSandbox()
    let login = sandbox.scratch / "login"
    try files.makeDirectory(login, mode: 0o750)
    let place = try await place(sandbox, runner(sandbox, login: login))
    #expect(place?.hasPrefix((sandbox.scratch / "other/running").string) == true)
    #expect(try files.list(login).isEmpty)
  }

  @Test func `what a killed supervisor left without a login is found with one`() async throws {
    let sandbox = try await RealSandbox()
    let login = sandbox.scratch / "login"
    try files.makeDirectory(login, mode: 0o700)
    let orphan = "serin-999999999-1-1"
    try sandbox.scratch.write(Array("{}".utf8), to: "other/running/\(orphan)/config.json")
    let runner = try runner(sandbox, login: login)
    #expect(runner.survey().dead == [orphan])
    #expect(await runner.sweep() == [orphan])
    #expect(try files.list(sandbox.scratch / "other/running").isEmpty)
  }
}

/// Looks for folders by their name.
private struct SandboxWalk {
  let files: LocalFileSystem

  func folders(named name: String, below folder: FilePath) throws -> [String] {
    var found: [String] = []
    for entry in try files.list(folder) where entry.kind == .directory {
      let path = folder.appending(entry.component)
      if entry.name == name { found.append(path.string) }
      // What a container mounts is not walked through.
      if entry.name != name { found += try folders(named: name, below: path) }
    }
    return found
  }
}
