import Platform
import Sandbox
import StrictJSON
import SystemPackage
import TestSupport
import Testing

/// Each hardening property of `config.json`, read back from the finished configuration.
@Suite struct ConfigurationTests {
  @Test func `every capability set is empty and no new privileges can be gained`() throws {
    let process = try #require(try Fixtures.configuration()["process"])
    let sets = try #require(process["capabilities"]?.objectValue)
    #expect(sets.keys.sorted() == ["ambient", "bounding", "effective", "inheritable", "permitted"])
    #expect(sets.members.allSatisfy { $0.value.arrayValue?.isEmpty == true })
    #expect(process["noNewPrivileges"] == true)
    #expect(process["terminal"] == false)
  }

  @Test func `every namespace is new`() throws {
    let namespaces = try Fixtures.configuration()["linux"]?["namespaces"]?.arrayValue ?? []
    #expect(
      Set(namespaces.compactMap { $0["type"]?.stringValue })
        == ["pid", "network", "ipc", "uts", "mount", "user", "cgroup"])
    #expect(namespaces.allSatisfy { $0["path"] == nil }, "joining somebody else's namespace")
  }

  @Test func `the plugin runs as an ordinary user that is the invoking one outside`() throws {
    let configuration = try Fixtures.configuration()
    #expect(configuration["process"]?["user"] == ["uid": 1000, "gid": 1000])
    #expect(
      configuration["linux"]?["uidMappings"]
        == [
          ["containerID": 0, "hostID": 100_000, "size": 1], ["containerID": 1000, "hostID": 1001, "size": 1],
        ])
  }

  @Test func `the root is read-only and so is the plugin`() throws {
    let configuration = try Fixtures.configuration()
    #expect(configuration["root"] == ["path": "rootfs", "readonly": true])
    for path in ["/usr", "/plugin"] {
      let options = try #require(configuration.mount(path)?["options"]).texts
      #expect(options == ["rbind", "nosuid", "nodev", "ro", "rnosuid", "rnodev", "rro"], "\(path)")
    }
  }

  @Test func `an old kernel gets plain read-only mounts`() throws {
    var old = Fixtures.surroundings()
    old.kernel = [5, 10]
    let options = try Fixtures.configuration(surroundings: old).mount("/plugin")?["options"]?.texts
    #expect(options == ["bind", "nosuid", "nodev", "ro"])
  }

  @Test func `whatever can be written cannot be executed, and is bounded`() throws {
    let configuration = try Fixtures.configuration()
    for path in ["/tmp", "/dev/shm"] {
      let mount = try #require(configuration.mount(path))
      #expect(mount["type"] == "tmpfs")
      let options = try #require(mount["options"]).texts
      #expect(Set(["nosuid", "nodev", "noexec"]).isSubset(of: options))
      #expect(options.contains { $0.hasPrefix("size=") })
    }
    #expect(configuration.mount("/tmp")?["options"]?.texts.contains("size=1048576") == true)
  }

  @Test func `a temporary folder of no size is not one without limit`() throws {
    let configuration = try Fixtures.configuration { $0.limits.tmp = 0 }
    #expect(configuration.mount("/tmp")?["options"]?.texts.contains("size=4096") == true)
  }

  @Test func `nothing of the machine is mounted but what is named`() throws {
    let sources = try Fixtures.configuration()["mounts"]?.arrayValue?
      .filter { $0["type"] == "bind" }.compactMap { $0["destination"]?.stringValue }
    #expect(sources == ["/usr", "/plugin"])
    #expect(try Fixtures.configuration().mount("/sys") == nil)
  }

  @Test func `what of proc speaks about the machine is masked`() throws {
    let linux = try #require(try Fixtures.configuration()["linux"])
    for path in ["/proc/kcore", "/proc/keys", "/proc/timer_list", "/proc/kallsyms"] {
      #expect(linux["maskedPaths"]?.texts.contains(path) == true)
    }
    for path in ["/proc/sys", "/proc/sysrq-trigger", "/proc/irq", "/proc/bus"] {
      #expect(linux["readonlyPaths"]?.texts.contains(path) == true)
    }
  }

  @Test func `cgroup limits are set where cgroups are kept`() throws {
    let resources = try Fixtures.configuration()["linux"]?["resources"]
    #expect(resources?["memory"] == ["limit": 67_108_864])
    #expect(resources?["cpu"] == ["quota": 50_000, "period": 100_000])
    #expect(resources?["pids"] == ["limit": 16])
    #expect(resources?["devices"] == [["allow": false, "access": "rwm"]])
    var swapping = Fixtures.surroundings()
    swapping.hasSwap = true
    let memory = try Fixtures.configuration(surroundings: swapping)["linux"]?["resources"]?["memory"]
    #expect(memory == ["limit": 67_108_864, "swap": 67_108_864])
  }

  @Test func `without cgroups there are rlimits instead`() throws {
    let configuration = try Fixtures.configuration(keeper: .none)
    #expect(configuration["linux"]?["resources"] == nil)
    #expect(configuration["linux"]?["cgroupsPath"] == nil)
    #expect(configuration.rlimit("NPROC") == 16)
    #expect(configuration.rlimit("DATA") == 402_653_184, "twice the memory and 256 MiB")
    #expect(configuration.rlimit("AS") == nil, "an address space limit breaks language runtimes")
  }

  @Test func `an old kernel counts all processes of a user, so they are not limited that way`() throws {
    var old = Fixtures.surroundings()
    old.kernel = [5, 10]
    #expect(try Fixtures.configuration(keeper: .none, surroundings: old).rlimit("NPROC") == nil)
  }

  @Test func `open files, file sizes and core dumps are limited always`() throws {
    for keeper in LimitKeeper.allCases {
      let configuration = try Fixtures.configuration(keeper: keeper)
      #expect(configuration.rlimit("NOFILE") == 64)
      #expect(configuration.rlimit("CORE") == 0)
      #expect(configuration.rlimit("FSIZE") == 1 << 30)
    }
    let greedy = try Fixtures.configuration { $0.limits.files = 1_000_000 }
    #expect(greedy.rlimit("NOFILE") == 4096, "an ordinary user cannot raise the hard limit")
  }

  @Test func `systemd names its cgroups differently`() throws {
    #expect(
      try Fixtures.configuration(keeper: .systemd)["linux"]?["cgroupsPath"] == "user.slice:serin:serin-1-2-3")
    #expect(try Fixtures.configuration()["linux"]?["cgroupsPath"] == "/serin-1-2-3")
  }

  @Test func `flags that the kernel locks are repeated`() throws {
    let scratch = try Scratch()
    var surroundings = Fixtures.surroundings()
    surroundings.mounts = [
      MountPoint(path: "/", options: ["rw", "relatime"]),
      MountPoint(path: scratch.path, options: ["rw", "noexec", "noatime"]),
    ]
    let configuration = try Fixtures.configuration(surroundings: surroundings) { $0.tree = scratch.path }
    let options = try #require(configuration.mount("/plugin")?["options"]).texts
    #expect(options.suffix(2) == ["noexec", "noatime"])
  }
}
