import Releases
package import StrictJSON
import SystemPackage

/// The amounts of a plugin that were measured.
package struct DraftMeasure: Hashable, Sendable {
  /// The most memory in bytes.
  package var memory: Int64 = 0
  /// The most processes and threads.
  package var processes = 0
  /// The longest time to the first answer.
  package var start = Duration.zero
  /// The longest time of a call.
  package var call = Duration.zero

  /// Nothing measured yet.
  package init() {}

  /// The largest of both.
  package mutating func join(_ other: DraftMeasure) {
    memory = max(memory, other.memory)
    processes = max(processes, other.processes)
    start = max(start, other.start)
    call = max(call, other.call)
  }
}

extension DraftKnowledge {
  /// As many files of one folder as are named one by one.
  private static let mostFilesOfFolder = 8

  /// The smallest block with which the plugin can do what it did, in the words of a manifest; nothing that is standard.
  package func block(settings: [DraftSetting], measured: DraftMeasure) -> JSON {
    var block = JSON.Object([("version", 1)])
    let network = networkRules.rules
    let read = readGrants(settings) + tokens.filter { $0 != "@certs" || !network.isEmpty }.sorted()
    let write = (writesState ? ["@state"] : []) + written.sorted().map { name($0, settings) }
    if !read.isEmpty { block.set("read", .array(read.map(JSON.string))) }
    if !write.isEmpty { block.set("write", .array(write.map(JSON.string))) }
    if !network.isEmpty { block.set("net", ["allow": .array(network.map(JSON.string))]) }
    let programs = runnable.names
    if !programs.isEmpty { block.set("run", .array(programs.map(JSON.string))) }
    block.set("limits", limits(measured))
    return .object(block)
  }

  /// What a person should know or decide, one sentence each.
  package func remarks(settings: [DraftSetting]) -> [String] {
    var remarks: [String] = []
    func say(_ sentence: String, _ paths: some Collection<String>) {
      guard !paths.isEmpty else { return }
      let shown = paths.sorted().prefix(5).joined(separator: ", ")
      remarks.append("\(sentence): \(shown)" + (paths.count > 5 ? " and \(paths.count - 5) more" : ""))
    }
    say("it opened files that look like secrets; no permission grants those", decoys)
    say(
      "it wanted what no plugin may have",
      protectedPaths.sorted { $0.key < $1.key }.map { "\($0.key) (\($0.value))" })
    say("it wanted what is too wide to be granted; name something narrower", widePaths)
    say("it made system calls that no plugin may make", calls)
    say("it connected to addresses; permissions name hosts", networkRules.addresses)
    say("it looked names up and did not connect; port 443 is a guess", networkRules.guessed)
    say("names that no permission can hold", networkRules.unusable)
    say("programs that no permission can name", runnable.unusable)
    let needless = lookedAt.filter { path in
      judge(path) == .grant && !opened.contains { $0 == path || Self.lies($0, below: path) }
    }
    say("it asked whether these are there and did not open them, so that they are not granted", needless)
    say("it looked for what is on most machines, and does without it", standardPaths.filter { opened.contains($0) })
    say("it writes outside of its state folder, which is not undone by a rollback; @state is better", written)
    if read.count >= Self.mostGrants { remarks.append("it reads more places than permissions should name") }
    return remarks
  }

  // MARK: Paths

  private func readGrants(_ settings: [DraftSetting]) -> [String] {
    let wanted = opened.filter { judge($0) == .grant }
    // Whoever lists a folder reads what is in it.
    var places = wanted.filter { path in !wanted.contains { Self.lies(path, below: $0) } }
    let folders = Dictionary(grouping: places) { FilePath($0).removingLastComponent().string }
    for (folder, members) in folders where members.count > Self.mostFilesOfFolder && judge(folder) == .grant {
      places.subtract(members)
      places.insert(folder)
    }
    var names: [String] = []
    for path in places.sorted() where !names.contains(name(path, settings)) { names.append(name(path, settings)) }
    return Array(names.prefix(Self.mostGrants))
  }

  private func name(_ path: String, _ settings: [DraftSetting]) -> String {
    for setting in settings where path == setting.path || Self.lies(path, below: setting.path) {
      return "${user_config.\(setting.key)}"
    }
    return Self.lies(path, below: homePath) ? "~" + path.dropFirst(homePath.utf8.count) : path
  }

  // MARK: Network

  /// What can be allowed, and what of it is a guess or cannot be.
  private var networkRules: (rules: [String], addresses: [String], guessed: [String], unusable: [String]) {
    var (rules, addresses): (Set<String>, [String]) = ([], [])
    var reached: Set<String> = []
    for connection in connections {
      guard let colon = connection.lastIndex(of: ":") else { continue }
      let (address, port) = (String(connection[..<colon]), connection[connection.index(after: colon)...])
      if let name = hosts.first(where: { $0.value == address })?.key {
        reached.insert(name)
        rules.insert("\(name):\(port)")
      } else if !address.hasPrefix("127."), address != "[::1]", address != "0.0.0.0", address != "[::]" {
        addresses.append(connection)
      }
    }
    let guessed = hosts.keys.filter { !reached.contains($0) }
    rules.formUnion(guessed.map { "\($0):443" })
    let usable = rules.filter { (try? NetworkRule($0)) != nil }
    return (usable.sorted(), addresses, guessed, rules.subtracting(usable).sorted())
  }

  // MARK: Programs and limits

  private var runnable: (names: [String], unusable: [String]) {
    func isUsable(_ name: String) -> Bool {
      (try? Permissions(json: ["run": [.string(name)]])) != nil
    }
    return (programs.filter(isUsable).sorted(), programs.filter { !isUsable($0) })
  }

  /// Half as much again as was measured, in round numbers; times only where the standard is too short.
  private func limits(_ measured: DraftMeasure) -> JSON {
    func round(_ value: Int64, to step: Int64) -> Int64 { (value / step + 1) * step }
    let memory = max(32 << 20, round(min(measured.memory, 1 << 40) / 2 * 3, to: 16 << 20))
    var limits = JSON.Object([
      ("memory", .string(ByteSize(bytes: memory).text)),
      ("pids", .integer(max(8, round(Int64(min(measured.processes, 8192)) / 2 * 3, to: 4)))),
    ])
    let standard = ResourceLimits.standard
    for (name, time, usual) in [("start", measured.start, standard.start), ("call", measured.call, standard.call)]
    where time * 3 > usual.duration {
      limits.set(name, .string(DurationText(seconds: round((time * 3).components.seconds, to: 30)).text))
    }
    return .object(limits)
  }
}
