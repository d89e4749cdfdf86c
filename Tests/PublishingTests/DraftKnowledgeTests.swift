import Platform
import Publishing
import Releases
import Sandbox
import StrictJSON
import SystemPackage
import TestSupport
import Testing

/// What is made of what a plugin tried, without any sandbox.
@Suite struct DraftKnowledgeTests {
  /// A folder outside of `/tmp`, which every sandbox has of its own.
  private let scratch: Scratch
  private let home: FilePath

  init() throws {
    scratch = try Scratch(in: "/var/tmp")
    home = scratch / "home"
    for name in ["home/.ssh/id_rsa", "home/notes/a", "home/notes/b", "data/one", "data/two"] {
      try scratch.write("x", to: name)
    }
  }

  private func knowledge() -> DraftKnowledge {
    DraftKnowledge(
      home: home, protected: ProtectedPath.list(home: home, environment: [:], ownFolders: []),
      files: LocalFileSystem())
  }

  private func block(
    _ events: [SandboxEvent], settings: [DraftSetting] = [], measured: DraftMeasure = DraftMeasure()
  ) -> (block: JSON, remarks: [String]) {
    var knowledge = knowledge()
    _ = knowledge.learn(events)
    return (knowledge.block(settings: settings, measured: measured), knowledge.remarks(settings: settings))
  }

  private func texts(_ json: JSON?) -> [String] { json?.arrayValue?.compactMap(\.stringValue) ?? [] }

  @Test func `nothing tried needs nothing but limits`() throws {
    let drafted = block([]).block
    #expect(drafted.objectValue?.members.map(\.key) == ["version", "limits"])
    #expect(drafted["limits"] == ["memory": "32MiB", "pids": 8])
    #expect(try Permissions(json: drafted).read.isEmpty)
  }

  @Test func `what was opened is granted, in the home folder by its short name, and what was only looked at is not`() {
    let drafted = block([
      SandboxEvent(.pathRead, "\(scratch / "data/one")"), SandboxEvent(.pathRead, "\(home)/notes/a"),
      SandboxEvent(.pathLookedAt, "\(scratch / "data/two")"), SandboxEvent(.pathLookedAt, scratch.path.string),
    ])
    #expect(texts(drafted.block["read"]) == ["\(scratch / "data/one")", "~/notes/a"])
    #expect(drafted.remarks.contains { $0.contains("did not open") && $0.contains("data/two") })
  }

  @Test func `whoever lists a folder or opens many files of it gets the folder`() {
    let listed = block([
      SandboxEvent(.pathRead, "\(home)/notes"), SandboxEvent(.pathRead, "\(home)/notes/a"),
      SandboxEvent(.pathRead, "\(home)/notes/b"),
    ])
    #expect(texts(listed.block["read"]) == ["~/notes"])
    let many = block((0..<9).map { SandboxEvent(.pathRead, "\(scratch / "data")/\($0)") })
    #expect(texts(many.block["read"]) == ["\(scratch / "data")"])
  }

  @Test func `a place that the user configured is named by its setting`() {
    let drafted = block(
      [SandboxEvent(.pathRead, "\(home)/notes/a"), SandboxEvent(.pathRead, "\(home)/notes/b")],
      settings: [DraftSetting(key: "folder", path: "\(home)/notes")])
    #expect(texts(drafted.block["read"]) == ["${user_config.folder}"])
  }

  @Test func `nothing protected or too wide is granted, in no round`() {
    var knowledge = knowledge()
    let isNew = knowledge.learn([
      SandboxEvent(.pathRead, "\(home)/.ssh/id_rsa"), SandboxEvent(.pathRead, home.string),
      SandboxEvent(.pathRead, "/"),
      SandboxEvent(.pathRead, "/home"), SandboxEvent(.pathRead, "/etc/shadow"),
      SandboxEvent(.pathRead, "/etc/resolv.conf"),
      SandboxEvent(.pathWritten, "\(home)/new"), SandboxEvent(.pathWritten, "/etc/cron.d/new"),
      SandboxEvent(.pathWritten, "/usr/bin/new"),
    ])
    #expect(!isNew)
    #expect(knowledge.read.isEmpty)
    #expect(knowledge.written.isEmpty)
    let remarks = knowledge.remarks(settings: [])
    #expect(
      remarks.contains { $0.contains("no plugin may have") && $0.contains(".ssh/id_rsa (SSH keys)") }, "\(remarks)")
    #expect(remarks.contains { $0.contains("too wide") && $0.contains(home.string) })
  }

  @Test func `what is to be written is named by the folder that would hold it`() {
    let drafted = block([
      SandboxEvent(.pathWritten, "\(scratch / "data/new")"), SandboxEvent(.pathWritten, "/state"),
      SandboxEvent(.pathWritten, "\(scratch / "data/one")"),
    ])
    #expect(texts(drafted.block["write"]) == ["@state", "\(scratch / "data")"])
  }

  @Test func `a name gets the port to which it led, and 443 when it led nowhere`() {
    var knowledge = knowledge()
    let knowsNames = knowledge.learn([
      SandboxEvent(.nameLookedUp, "api.example.com"), SandboxEvent(.nameLookedUp, "b.example.com"),
    ])
    #expect(knowsNames)
    let address = knowledge.hosts["api.example.com"] ?? ""
    #expect(address.hasPrefix("127.64."))
    let grantsCertificates = knowledge.learn([
      SandboxEvent(.nameLookedUp, "api.example.com"), SandboxEvent(.connectionTried, "\(address):8443"),
      SandboxEvent(.connectionTried, "9.9.9.9:53"), SandboxEvent(.connectionTried, "127.0.0.1:53"),
      SandboxEvent(.pathRead, "/etc/ssl/certs/ca.pem"),
    ])
    #expect(grantsCertificates)
    let drafted = knowledge.block(settings: [], measured: DraftMeasure())
    #expect(texts(drafted["net"]?["allow"]) == ["api.example.com:8443", "b.example.com:443"])
    #expect(texts(drafted["read"]) == ["@certs"])
    let remarks = knowledge.remarks(settings: [])
    #expect(remarks.contains { $0.contains("9.9.9.9:53") && !$0.contains("127.0.0.1") })
    #expect(remarks.contains { $0.contains("guess") && $0.contains("b.example.com") })
  }

  @Test func `programs are named, secrets and forbidden calls are told`() {
    let drafted = block([
      SandboxEvent(.programRefused, "/usr/bin/git"), SandboxEvent(.programRefused, "/usr/bin/no name"),
      SandboxEvent(.programStarted, "/plugin/own"), SandboxEvent(.decoyTouched, "/tmp/.ssh/id_ed25519"),
      SandboxEvent(.callRefused, "ptrace"),
    ])
    #expect(texts(drafted.block["run"]) == ["git"])
    #expect(drafted.remarks.contains { $0.contains("secrets") && $0.contains(".ssh") })
    #expect(drafted.remarks.contains { $0.contains("ptrace") })
    #expect(drafted.remarks.contains { $0.contains("no name") })
  }

  @Test(
    arguments: [(0, "32MiB"), (30 << 20, "48MiB"), (100 << 20, "160MiB"), (Int64.max, "196624MiB")] as [(Int64, String)]
  )
  func `limits are half as much again, rounded up, and readable`(peak: Int64, memory: String) throws {
    var measured = DraftMeasure()
    measured.memory = peak
    measured.processes = 20
    measured.start = .seconds(11)
    measured.call = .seconds(50)
    let drafted = block([], measured: measured).block
    #expect(drafted["limits"]?["pids"] == 32)
    #expect(drafted["limits"]?["start"]?.stringValue == "1m")
    #expect(drafted["limits"]?["call"]?.stringValue == "3m")
    #expect(drafted["limits"]?["memory"]?.stringValue == memory)
    #expect(try Permissions(json: drafted).limits.memory.text == memory)
  }
}
