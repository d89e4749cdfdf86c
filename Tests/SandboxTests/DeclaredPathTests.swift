import Platform
import Sandbox
import SystemPackage
import TestSupport
import Testing

/// Plugins that declare paths which no plugin may have.
@Suite struct DeclaredPathTests {
  private let home: Scratch
  private let surroundings: Surroundings

  init() throws {
    home = try Scratch()
    try home.write("key", to: ".ssh/id_ed25519", mode: 0o600)
    try home.write("text", to: "notes/today.txt")
    try home.write("text", to: "work/.aws/credentials")
    var found = Fixtures.surroundings(home: home.path)
    found.protected.append(ProtectedPath(path: home / "serin-host", what: "Serin's own files"))
    surroundings = found
  }

  private func grant(read: [String] = [], write: [String] = []) throws -> DeclaredPaths.Granted {
    try DeclaredPaths(files: LocalFileSystem(), surroundings: surroundings).grant(read: read, write: write)
  }

  private func refusal(read: [String] = [], write: [String] = []) -> SandboxError? {
    #expect(throws: SandboxError.self) { try grant(read: read, write: write) }
  }

  @Test func `a declared folder is mounted at its own path`() throws {
    let notes = home / "notes"
    let granted = try grant(read: ["~/notes"])
    #expect(granted.mounts == [SandboxMount(source: notes, destination: notes, access: .readOnly, isFolder: true)])
    #expect(granted.hidden.isEmpty)
  }

  @Test func `writing includes reading`() throws {
    let granted = try grant(read: ["~/notes"], write: ["~/notes"])
    #expect(granted.mounts.map(\.access) == [.readWrite])
  }

  @Test func `a single file is mounted as a file`() throws {
    #expect(try grant(read: ["~/notes/today.txt"]).mounts.first?.isFolder == false)
  }

  @Test func `parents are mounted before what lies below them`() throws {
    let granted = try grant(read: ["~/notes"], write: ["~/notes/today.txt"])
    #expect(granted.mounts.map(\.access) == [.readOnly, .readWrite])
  }

  @Test(arguments: [
    "~/.ssh", "~/.ssh/id_ed25519", "~/.gnupg", "~/.config/google-chrome/Default", "~/.claude.json",
    "~/.ssh/\u{301}key",
  ])
  func `protected paths are refused, there or not`(path: String) {
    guard case .protectedPath(let declared, _, _)? = refusal(read: [path]) else {
      Issue.record("\(path) was not refused as protected")
      return
    }
    #expect(declared == path)
  }

  @Test(arguments: [
    "/etc/shadow", "/etc/ssh/ssh_host_ed25519_key", "/run/docker.sock", "/var/run/docker.sock", "/proc/1",
    "/sys/kernel",
    "/dev/mem", "/boot",
  ])
  func `protected paths of the machine are refused`(path: String) {
    switch refusal(read: [path]) {
    case .protectedPath, .badPath: break
    case let other: Issue.record("\(path): \(String(describing: other))")
    }
  }

  @Test func `a link does not lead around the list`() throws {
    try LocalFileSystem().symlink(to: home / ".ssh", at: home / "innocent")
    let error = refusal(read: ["~/innocent"])
    #expect(
      error
        == .protectedPath(declared: "~/innocent", resolved: (home / ".ssh").string, protects: "SSH keys"))
    #expect(error?.description.contains("leads to") == true)
  }

  @Test func `a protected folder that is itself a link is protected at both ends`() throws {
    let files = LocalFileSystem()
    try files.makeDirectory(home / "elsewhere", mode: 0o700)
    try files.symlink(to: home / "elsewhere", at: home / ".gnupg")
    #expect(refusal(read: ["~/elsewhere"]) != nil)
  }

  @Test func `a folder around protected ones may be read without them`() throws {
    let granted = try grant(read: ["~/"])
    #expect(granted.mounts.map(\.destination) == [home.path])
    #expect(granted.hidden.contains(home / ".ssh"))
  }

  @Test func `a folder around protected ones may not be written`() {
    guard case .tooWideToWrite? = refusal(write: ["~/"]) else {
      Issue.record("the whole home can be written")
      return
    }
  }

  @Test func `a link to a folder around protected ones hides them too`() throws {
    try LocalFileSystem().symlink(to: home.path, at: home / "me")
    let granted = try grant(read: ["~/me"])
    #expect(granted.hidden.contains((home / "me").appending(".ssh")))
  }

  @Test(arguments: ["~/.bashrc", "~/.config/autostart/x.desktop", "/usr/lib/x", "/etc/cron.d/x"])
  func `what starts by itself may not be written`(path: String) {
    guard case .protectedPath? = refusal(write: [path]) else {
      Issue.record("\(path) can be written")
      return
    }
  }

  @Test(arguments: [
    "", "notes", "/home/../etc", "~ada/x", "/a\u{0}b", "/a\nb", "/", "/tmp", "/plugin/x", "/state", "/etc",
  ])
  func `paths that mean something else are refused`(path: String) {
    guard case .badPath? = refusal(read: [path]) else {
      Issue.record("\(path) was not refused")
      return
    }
  }

  @Test func `absent paths are named`() {
    #expect(refusal(read: ["~/nowhere"]) == .missingPath(declared: "~/nowhere"))
  }

  @Test func `devices, sockets and pipes are not files`() throws {
    #expect(refusal(read: ["/dev/null"]) != nil)
  }

  @Test func `what everybody sees anyway needs no mount`() throws {
    #expect(try grant(read: ["/usr/share/zoneinfo", "/bin"]).mounts.isEmpty)
  }

  @Test func `too many paths are refused`() {
    #expect(refusal(read: Array(repeating: "~/notes", count: 65)) != nil)
  }

  @Test func `circles of links end`() throws {
    let files = LocalFileSystem()
    try files.symlink(to: "b", at: home / "a")
    try files.symlink(to: "a", at: home / "b")
    #expect(PathResolver(files: files).resolve(home / "a") == nil)
  }
}
