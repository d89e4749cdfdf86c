import Releases
import StrictJSON
import Testing

@Suite("permissions") struct PermissionTests {
  static let full: JSON = [
    "version": 1, "read": ["${user_config.repo}", "@timezone", "/etc/hosts", "~/notes"],
    "write": ["@state", ["path": "${user_config.repo}", "reason": "commits"]],
    "net": ["allow": ["api.example.com", "*.cdn.example.com:8443"]],
    "env": ["pass": ["LANG", "TZ"], "set": ["NO_COLOR": "1"], "secret": ["API_TOKEN"]], "run": ["git"],
    "limits": [
      "memory": "512MiB", "cpus": .number("1.5"), "pids": 64, "files": 512, "tmp": "32MiB", "start": "10s",
      "call": "90s",
    ],
    "runtime": ["min": "gvisor", "prefer": ["kata", "runsc"]],
  ]

  @Test func `nothing is allowed where nothing is named`() throws {
    let none = try Permissions(json: [:])
    #expect(none == .none)
    #expect(none.net.allow.isEmpty && none.read.isEmpty && none.env.pass.isEmpty && none.run.isEmpty)
    #expect(none.limits.memory.text == "256MiB" && none.limits.cpus == 1 && none.limits.pids == 32)
    #expect(none.limits.tmp.text == "16MiB" && none.limits.start.text == "30s" && none.limits.call.text == "1m")
    #expect(none.runtime.min == .container)
  }

  @Test func `permissions survive their JSON`() throws {
    let permissions = try Permissions(json: Self.full)
    #expect(try Permissions(json: permissions.json) == permissions)
    #expect(
      permissions.net.allow == [
        .host("api.example.com", port: 443), .subdomains(of: "cdn.example.com", port: 8443),
      ])
    #expect(permissions.limits.cpus == 1.5)
    #expect(permissions.write[1].reason == "commits")
    #expect(permissions.read[0].target == .userConfig("repo"))
  }

  static let refusals: [(JSON, String)] = [
    (["raed": []], "raed"), (["net": ["alow": []]], "net.alow"), (["net": ["allow": "x"]], "net.allow"),
    (["version": 2], "version"), (["read": ["@home"]], "read[0]"), (["read": ["relative"]], "read[0]"),
    (["read": ["/"]], "read[0]"), (["read": ["~/"]], "read[0]"), (["read": ["/a/../b"]], "read[0]"),
    (["read": ["/a//b"]], "read[0]"), (["read": ["/a/*"]], "read[0]"), (["read": ["/a\nb"]], "read[0]"),
    (["read": ["/a\u{0}"]], "read[0]"), (["read": ["${HOME}/x"]], "read[0]"),
    (["read": ["${user_config.a}/x"]], "read[0]"), (["read": ["/a", "/a"]], "read[1]"),
    (["read": [["path": "/a", "mode": "rw"]]], "read[0].mode"), (["read": [5]], "read[0]"),
    (["write": ["@certs"]], "write[0]"), (["write": ["@timezone"]], "write[0]"),
    (["net": ["allow": ["*"]]], "net.allow[0]"), (["net": ["allow": ["*.com"]]], "net.allow[0]"),
    (["net": ["allow": ["a.*.com"]]], "net.allow[0]"), (["net": ["allow": ["10.0.0.1"]]], "net.allow[0]"),
    (["net": ["allow": ["10.0.0.0/8"]]], "net.allow[0]"), (["net": ["allow": ["[::1]:80"]]], "net.allow[0]"),
    (["net": ["allow": ["a.example.com:0"]]], "net.allow[0]"),
    (["net": ["allow": ["a.example.com:65536"]]], "net.allow[0]"),
    (["net": ["allow": ["a.example.com:"]]], "net.allow[0]"), (["net": ["allow": ["A.example.com"]]], "net.allow[0]"),
    (["net": ["allow": ["-a.example.com"]]], "net.allow[0]"), (["net": ["allow": ["a..com"]]], "net.allow[0]"),
    (["net": ["allow": ["a.com", "a.com:443"]]], "net.allow[1]"), (["env": ["pass": ["A B"]]], "env.pass"),
    (["env": ["pass": ["1A"]]], "env.pass"), (["env": ["set": ["": "x"]]], "env.set"),
    (["env": ["pass": ["A"], "secret": ["A"]]], "env.secret"), (["env": ["set": ["A": 1]]], "env.set.A"),
    (["run": ["/bin/sh"]], "run[0]"), (["run": ["-rf"]], "run[0]"), (["run": ["git", "git"]], "run[1]"),
    (["limits": ["memory": "1MiB"]], "limits.memory"), (["limits": ["memory": "lots"]], "limits.memory"),
    (["limits": ["memory": 5]], "limits.memory"), (["limits": ["pids": 3]], "limits.pids"),
    (["limits": ["cpus": 0]], "limits.cpus"), (["limits": ["cpus": .number("1e9")]], "limits.cpus"),
    (["limits": ["start": "100ms"]], "limits.start"), (["limits": ["call": "2d"]], "limits.call"),
    (["limits": ["disk": "1GiB"]], "limits.disk"), (["runtime": ["min": "none"]], "runtime.min"),
    (["runtime": ["prefer": ["docker"]]], "runtime.prefer[0]"),
    (["read": .array((0..<65).map { .string("/a\($0)") })], "read"),
  ]

  @Test("each broken permission is named", arguments: refusals)
  func refused(json: JSON, field: String) {
    let error = #expect(throws: ReleaseError.self) { try Permissions(json: json) }
    #expect(error?.field == "permissions." + field, "\(String(describing: error))")
  }

  static let changes: [(JSON, JSON, PermissionChange.Direction, String)] = [
    ([:], ["read": ["/etc/hosts"]], .widening, "may now read /etc/hosts"),
    (["read": ["/etc/hosts"]], [:], .narrowing, "no longer reads /etc/hosts"),
    ([:], ["write": ["@state"]], .widening, "may now write to its own state folder"),
    (["read": ["/data"]], ["write": ["/data"]], .widening, "may now write to /data"),
    (["write": ["/data"]], ["read": ["/data"]], .narrowing, "no longer writes to /data"),
    ([:], ["net": ["allow": ["a.example.com"]]], .widening, "may now connect to a.example.com"),
    ([:], ["net": ["allow": ["internet"]]], .widening, "may now connect to the whole internet"),
    (
      ["net": ["allow": ["a.example.com"]]], ["net": ["allow": ["a.example.com", "a.example.com:22"]]], .widening,
      "may now connect to a.example.com on port 22"
    ),
    (
      ["net": ["allow": ["a.example.com"]]], ["net": ["allow": ["*.example.com"]]], .widening,
      "may now connect to every host below example.com"
    ),
    (
      ["net": ["allow": ["*.example.com"]]], ["net": ["allow": ["a.example.com"]]], .narrowing,
      "no longer connects to every host below example.com"
    ),
    (
      ["net": ["allow": ["*.example.com"]]], ["net": ["allow": ["*.example.com", "*.example.com:444"]]], .widening,
      "may now connect to every host below example.com on port 444"
    ),
    (
      ["net": ["allow": ["internet"]]], ["net": ["allow": ["a.example.com:22"]]], .narrowing,
      "no longer connects to the whole internet"
    ),
    (["read": ["/data"]], ["read": ["/data/in"]], .narrowing, "no longer reads /data"),
    (["read": ["/data/in"]], ["read": ["/data"]], .widening, "may now read /data"),
    (["read": ["/data"]], ["read": ["/data", "/database"]], .widening, "may now read /database"),
    (["write": ["/data"]], ["write": ["/data"], "read": ["/data/in"]], .notice, ""),
    (
      ["runtime": ["prefer": ["kata", "runc"]]], ["runtime": ["prefer": ["runc"]]], .widening,
      "would rather run in runc than in kata, runc"
    ),
    (
      [:], ["runtime": ["prefer": ["runsc"]]], .narrowing, "would rather run in runsc than in whatever the host has"
    ),
    (
      ["runtime": ["prefer": ["runc"]]], ["runtime": ["prefer": ["crun"]]], .notice,
      "would rather run in crun than in runc"
    ),
    ([:], ["limits": ["tmp": "32MiB"]], .widening, "may use more temporary space: 32MiB instead of 16MiB"),
    (["limits": ["tmp": "0MiB"]], ["limits": ["tmp": "1MiB"]], .widening, ""),
    ([:], ["limits": ["pids": 64]], .widening, "may use more processes: 64 instead of 32"),
    ([:], ["limits": ["files": 512]], .widening, "may use more open files: 512 instead of 256"),
    ([:], ["limits": ["start": "60s"]], .widening, "may use more time to start: 1m instead of 30s"),
    (["env": ["set": ["A": "1"]]], ["env": ["pass": ["A"]]], .widening, ""),
    ([:], ["env": ["pass": ["HOME"]]], .widening, "may now see this machine's variable HOME"),
    ([:], ["env": ["secret": ["TOKEN"]]], .widening, "may now see the secret TOKEN"),
    (["env": ["secret": ["TOKEN"]]], [:], .narrowing, "no longer sees the secret TOKEN"),
    ([:], ["env": ["set": ["A": "1"]]], .notice, "gets A=1"),
    ([:], ["run": ["git"]], .widening, "may now run the program git"),
    ([:], ["limits": ["memory": "512MiB"]], .widening, "may use more memory: 512MiB instead of 256MiB"),
    ([:], ["limits": ["memory": "511MiB"]], .notice, "may use more memory: 511MiB instead of 256MiB"),
    ([:], ["limits": ["memory": "128MiB"]], .narrowing, "uses less memory: 128MiB instead of 256MiB"),
    ([:], ["limits": ["cpus": 2]], .widening, "may use more processors: 2 instead of 1"),
    ([:], ["limits": ["call": "2m"]], .widening, "may use more time for a call: 2m instead of 1m"),
    (
      ["runtime": ["min": "gvisor"]], [:], .widening,
      "is content with a weaker sandbox: container instead of gvisor"
    ),
    ([:], ["runtime": ["min": "vm"]], .narrowing, "asks for a stronger sandbox: vm instead of container"),
  ]

  @Test("each change is one sentence and has a direction", arguments: changes)
  func change(old: JSON, new: JSON, direction: PermissionChange.Direction, sentence: String) throws {
    let (before, after) = (try Permissions(json: old), try Permissions(json: new))
    let found = after.changes(from: before)
    // Without a sentence only the weightiest direction is told.
    guard !sentence.isEmpty else {
      #expect((found.contains { $0.direction == .widening }) == (direction == .widening), "\(found)")
      return
    }
    #expect(found.map(\.sentence) == [sentence])
    #expect(found.map(\.direction) == [direction])
    #expect(after.widening(from: before).isEmpty == (direction != .widening))
  }

  @Test func `the same permissions have no changes`() throws {
    let permissions = try Permissions(json: Self.full)
    #expect(permissions.changes(from: permissions).isEmpty)
    // The standard allows more time to start, and a weaker sandbox.
    #expect(Permissions.none.widening(from: permissions).map(\.field) == ["limits", "runtime", "runtime"])
  }

  @Test func `a rule allows its own host and port only`() throws {
    let rule = try NetworkRule("*.example.com:8443")
    #expect(rule.allows(host: "a.example.com", port: 8443) && rule.allows(host: "B.A.Example.com", port: 8443))
    #expect(!rule.allows(host: "example.com", port: 8443) && !rule.allows(host: "a.example.com", port: 443))
    #expect(!rule.allows(host: "evilexample.com", port: 8443))
    #expect(try !NetworkRule("a.example.com").allows(host: "a.example.com.evil.org", port: 443))
  }
}
