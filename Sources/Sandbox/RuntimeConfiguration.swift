package import StrictJSON
package import SystemPackage

/// A plan as the `config.json` of an OCI runtime (runtime-spec 1.0.2); a pure function of its parts.
package struct RuntimeConfiguration: Hashable, Sendable {
  /// What is to be run.
  package let plan: SandboxPlan
  /// With what.
  package let runtime: SandboxRuntime
  /// Where.
  package let surroundings: Surroundings
  /// The name of this one sandbox.
  package let identifier: String
  /// The socket at which somebody waits for what the plugin does; nil when nobody does.
  package let listener: FilePath?

  /// The folder with the gate at which the start waits for its network; nil for a plugin without one.
  package let gate: FilePath?

  /// Puts the parts together.
  package init(
    plan: SandboxPlan, runtime: SandboxRuntime, surroundings: Surroundings, identifier: String,
    listener: FilePath? = nil, gate: FilePath? = nil
  ) {
    self.plan = plan
    self.runtime = runtime
    self.surroundings = surroundings
    self.identifier = identifier
    self.gate = gate
    self.listener = listener
  }

  /// The whole configuration.
  package var json: JSON {
    var object = JSON.Object([
      ("ociVersion", "1.0.2"),
      ("process", process),
      ("root", ["path": .string(SandboxFolder.rootName), "readonly": true]),
      ("hostname", .string(SandboxPlan.hostName)),
      ("mounts", .array(mounts)),
      ("linux", linux),
    ])
    if gate != nil { object.set("hooks", hooks) }
    return .object(object)
  }

  /// Runs in the container and as the plugin's user, after everything else is in place: nobody but the container's own
  /// processes may be looked into without privileges.
  private var hooks: JSON {
    [
      "startContainer": [
        [
          "path": "/bin/sh", "args": ["sh", "-c", .string(ContainerGate.script)],
          "env": [.string("PATH=" + SandboxPlan.searchPath)], "timeout": .integer(ContainerGate.seconds),
        ]
      ]
    ]
  }

  private var process: JSON {
    let none: JSON = []
    return [
      "terminal": false,
      "user": ["uid": .integer(Int64(runtime.identity.user)), "gid": .integer(Int64(runtime.identity.group))],
      "args": .array(plan.arguments.map(JSON.string)),
      "env": .array(plan.environment.sorted { $0.key < $1.key }.map { .string("\($0.key)=\($0.value)") }),
      "cwd": .string(plan.workingDirectory.string),
      "capabilities": [
        "bounding": none, "effective": none, "inheritable": none, "permitted": none, "ambient": none,
      ],
      "rlimits": .array(rlimits),
      "noNewPrivileges": true,
      // When the machine is short of memory, plugins go before the user's own programs.
      "oomScoreAdj": 500,
    ]
  }

  private var rlimits: [JSON] {
    func limit(_ name: String, _ value: Int64) -> JSON {
      ["type": .string("RLIMIT_" + name), "soft": .integer(value), "hard": .integer(value)]
    }
    let limits = plan.limits
    var list = [
      limit("CORE", 0),
      limit("FSIZE", SandboxLimits.largestFile),
      limit("NOFILE", min(Int64(limits.files), surroundings.mostFiles ?? .max)),
    ]
    if !runtime.limitKeeper.usesControlGroups {
      list.append(limit("DATA", limits.dataSize))
      if surroundings.countsProcessesPerSandbox { list.append(limit("NPROC", Int64(limits.pids))) }
    }
    return list
  }

  private var linux: JSON {
    let identity = runtime.identity
    func mapping(_ list: [IdentityMapping]) -> JSON {
      .array(
        list.map {
          ["containerID": .integer(Int64($0.inside)), "hostID": .integer(Int64($0.outside)), "size": 1]
        })
    }
    var object = JSON.Object([
      ("uidMappings", mapping(identity.users)),
      ("gidMappings", mapping(identity.groups)),
      ("namespaces", .array(Self.namespaces.map { ["type": .string($0)] })),
      ("maskedPaths", .array((Self.masked + plan.hidden.map(\.string)).map(JSON.string))),
      ("readonlyPaths", .array(Self.readOnly.map(JSON.string))),
      ("seccomp", seccomp.json),
    ])
    if runtime.limitKeeper.usesControlGroups {
      object.set("resources", resources)
      object.set("cgroupsPath", .string(controlGroup))
    }
    return .object(object)
  }

  private var seccomp: SeccompProfile {
    SeccompProfile(
      observation: plan.observation, listener: listener, countsMemory: runtime.limitKeeper.usesControlGroups)
  }

  /// Where the cgroup is: systemd wants `slice:prefix:name`, the others a path.
  private var controlGroup: String {
    switch runtime.limitKeeper {
    case .systemd: runtime.identity.ownerIsRoot ? "system.slice:serin:\(identifier)" : "user.slice:serin:\(identifier)"
    case .cgroupfs, .none: "/\(identifier)"
    }
  }

  private var resources: JSON {
    let limits = plan.limits
    var memory = JSON.Object([("limit", .integer(limits.memory))])
    // Memory and swap together: what does not fit into memory does not fit.
    if surroundings.hasSwap { memory.set("swap", .integer(limits.memory)) }
    return [
      "devices": [["allow": false, "access": "rwm"]],
      "memory": .object(memory),
      "cpu": ["quota": .integer(limits.processorQuota), "period": .integer(SandboxLimits.processorPeriod)],
      "pids": ["limit": .integer(Int64(limits.pids))],
    ]
  }

  private static let namespaces = ["pid", "network", "ipc", "uts", "mount", "user", "cgroup"]

  /// What of `/proc` says something about the machine, or does something to it.
  private static let masked = [
    "/proc/acpi", "/proc/asound", "/proc/config.gz", "/proc/interrupts", "/proc/kallsyms", "/proc/kcore", "/proc/keys",
    "/proc/key-users", "/proc/kmsg", "/proc/kpagecount", "/proc/kpageflags", "/proc/latency_stats", "/proc/modules",
    "/proc/mtrr", "/proc/pagetypeinfo", "/proc/sched_debug", "/proc/scsi", "/proc/slabinfo", "/proc/timer_list",
    "/proc/timer_stats", "/proc/vmallocinfo",
  ]

  private static let readOnly = [
    "/proc/bus", "/proc/driver", "/proc/fs", "/proc/irq", "/proc/sys", "/proc/sysrq-trigger",
  ]
}

extension RuntimeConfiguration {
  private var mounts: [JSON] {
    var list = [
      mount("/proc", "proc", "proc", ["nosuid", "nodev", "noexec"]),
      mount("/dev", "tmpfs", "tmpfs", ["nosuid", "noexec", "strictatime", "mode=555", "size=65536"]),
      mount(
        "/dev/shm", "tmpfs", "shm",
        ["nosuid", "nodev", "noexec", "mode=1777", "size=\(SandboxLimits.sharedMemory)"]),
      mount(
        SandboxPaths.temporary.string, "tmpfs", "tmpfs",
        ["nosuid", "nodev", "noexec", "mode=1777", "size=\(plan.limits.temporarySize)"]),
    ]
    list += plan.mounts.map { mounted in
      var options = ["nosuid", "nodev"] + (mounted.access == .readOnly ? ["ro"] : ["noexec"])
      // What is demanded must hold for what is mounted below, too. Kernels before 5.12 cannot say so
      // (mount_setattr(2)), crun cannot say it of a file, which has nothing below, and of a writable folder
      // it can say it in no other way.
      let recursive = mounted.isFolder && surroundings.kernelIsAtLeast(5, 12)
      if recursive { options += options.map { "r" + $0 } }
      options.insert(recursive || mounted.access == .readWrite ? "rbind" : "bind", at: 0)
      let locked = surroundings.mounts.lockedOptions(for: mounted.source).filter { !options.contains($0) }
      return mount(mounted.destination.string, "bind", mounted.source.string, options + locked)
    }
    // Pipes can be written on a read-only mount, and nothing else can be left there.
    if let gate {
      list.append(
        mount(ContainerGate.inside.string, "bind", gate.string, ["bind", "ro", "nosuid", "nodev", "noexec"]))
    }
    return list
  }

  private func mount(_ destination: String, _ type: String, _ source: String, _ options: [String]) -> JSON {
    [
      "destination": .string(destination), "type": .string(type), "source": .string(source),
      "options": .array(options.map(JSON.string)),
    ]
  }
}
