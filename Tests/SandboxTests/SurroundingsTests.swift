import Platform
import Releases
import Sandbox
import Signing
import SystemPackage
import TestSupport
import Testing

/// What is found on this machine, whatever it is.
@Suite struct SurroundingsTests {
  @Test func `the invoking user and the machine are known`() throws {
    let account = UserAccount.current
    let found = try Surroundings.gather(
      environment: ["HOME": "/home/ada", "PATH": "/opt/bin:/usr/bin"], ownFolders: ["/home/ada/mine"],
      files: LocalFileSystem())
    #expect(found.user == account.uid)
    #expect(found.group == account.gid)
    #expect(found.home == "/home/ada")
    #expect(found.kernelIsAtLeast(3, 0))
    #expect(!found.kernelIsAtLeast(1000, 0))
    #expect(!found.mounts.isEmpty)
    #expect(found.searchPath.prefix(2) == ["/opt/bin", "/usr/bin"])
    #expect(found.protected.contains { $0.path == "/home/ada/mine" })
    #expect(found.protected.contains { $0.path == "/home/ada/.ssh" })
  }

  @Test func `configuration folders that were moved are protected where they are`() {
    let list = ProtectedPath.list(
      home: "/home/ada", environment: ["XDG_CONFIG_HOME": "/cfg", "XDG_DATA_HOME": "relative"], ownFolders: [])
    #expect(list.contains { $0.path == "/cfg/serin" })
    #expect(list.contains { $0.path == "/home/ada/.local/share/serin" })
  }

  @Test func `programs are found in the order of the search path`() throws {
    let scratch = try Scratch()
    try scratch.write("#!/bin/sh\n", to: "one/tool", mode: 0o644)
    try scratch.write("#!/bin/sh\n", to: "two/tool", mode: 0o755)
    var found = Fixtures.surroundings()
    found.searchPath = [scratch / "none", scratch / "one", scratch / "two"]
    #expect(found.program("tool", files: LocalFileSystem()) == scratch / "two/tool")
    #expect(found.program("other", files: LocalFileSystem()) == nil)
  }

  @Test func `errors say what is wrong and what next`() {
    let finding = RuntimeFinding(kind: .crun, program: "/usr/bin/crun", runtime: nil, reason: "it refuses")
    let error = SandboxError.noRuntime(needed: .container, tried: [finding])
    #expect(error.description == "no sandbox runtime of level container works here: crun: it refuses")
    #expect(error.help?.contains("apt-get install runc") == true)
    #expect(error.blame == .machine)
    #expect(SandboxError.noRuntime(needed: .vm, tried: []).description.contains("is installed"))
    #expect(
      RuntimeFinding(kind: .runc, program: "/r", runtime: Fixtures.runtime(.none), reason: "no cgroup").sentence
        == "runc works without cgroup limits and without any network for plugins (no cgroup)")
  }
}
