import Platform
import Releases
import SystemPackage
import TestSupport
import Testing

@testable import Updating

@Suite("Settings")
struct SettingsTests {
  /// Another value than the default for every option, as it stands in the file.
  static let others: [SettingKey: String] = [
    .channel: "beta", .mode: "ask", .every: "12h", .jitter: "5m", .quietHours: "22:00-07:00", .metered: "allow",
    .network: "metered", .soak: "36h", .soakSkip: "nobody", .minimumAge: "3d", .securitySoak: "1h",
    .securityAge: "0s", .onYank: "go-back", .destructive: "refuse", .logArguments: "true", .integrity: "2h",
    .tools: "report", .secretStore: "keyring",
  ]
  /// A value that every option refuses.
  private static let bad = "no such thing!"

  private func settings(_ yaml: String, _ environment: [String: String] = [:]) throws -> HostSettings {
    try HostSettings(SettingsFile(yaml, at: "config.yaml"), environment: environment)
  }

  private func refusal(_ yaml: String) -> SettingsError? {
    do {
      _ = try SettingsFile(yaml, at: "config.yaml")
      return nil
    } catch { return error }
  }

  @Test func `nothing set means the defaults, each of which its own rule allows`() throws {
    for text in ["", "# only a comment\n", "plugins:\n"] {
      let settings = try settings(text)
      #expect(settings.values == SettingValues())
      for key in SettingKey.allCases {
        #expect(settings.value(of: key).origin == .standard)
        #expect(key.takes(settings.value(of: key).texts), "\(key)")
      }
    }
    let plugin = try settings("").plugin(PluginName("io.github.acme/time"))
    #expect(plugin.mode == .automatic && plugin.channel == nil && plugin.destructive == .allow)
    #expect(plugin.soakTime(security: true) == .standard)
  }

  @Test(arguments: SettingKey.allCases)
  func `every option can be set in the file and in the environment, which goes before`(_ key: SettingKey) throws {
    let text = try #require(Self.others[key])
    let yaml = "\(key.rawValue): \"\(text)\"\n"
    let inFile = try settings(yaml)
    #expect(inFile.values != SettingValues())
    #expect(inFile.value(of: key).texts == [text])
    let place = SettingOrigin.file("config.yaml", TextPlace(line: 1, column: 1), section: nil)
    #expect(inFile.value(of: key).origin == place)

    let standard = SettingValues().texts(of: key).joined(separator: ",")
    let inBoth = try settings("\(key.rawValue): \(standard.isEmpty ? "[]" : standard)\n", [key.variable: text])
    #expect(inBoth.values == inFile.values)
    #expect(inBoth.value(of: key).origin == .variable(key.variable))
    #expect(try settings(yaml, [key.variable: ""]).value(of: key).origin == place, "an empty variable is none")
  }

  @Test(arguments: SettingKey.allCases)
  func `a bad value is named with its place and with what is allowed`(_ key: SettingKey) throws {
    let error = refusal("# a comment\n\(key.rawValue): \"\(Self.bad)\"\n")
    let place = TextPlace(line: 2, column: key.rawValue.count + 3)
    #expect(
      error
        == .badValue(path: "config.yaml", place: place, key: key.rawValue, offered: "“\(Self.bad)”", rule: key.rule))
    #expect(error?.description.contains(key.rule) == true && error?.help != nil)
    #expect(throws: SettingsError.badVariable(name: key.variable, offered: Self.bad, rule: key.rule)) {
      try settings("", [key.variable: Self.bad])
    }
    for wrong in ["", " { a: b }", " [[a]]"] {
      #expect(refusal("\(key.rawValue):\(wrong)\n") != nil, "\(key):\(wrong)")
    }
    if !key.isList { #expect(refusal("\(key.rawValue): [\(try #require(Self.others[key]))]\n") != nil) }
  }

  @Test(arguments: [
    ("soka: 1h\n", "soak", 1, 1), ("mode: ask\nminimum_age: 1d\n", "minimum-age", 2, 1), ("plugin:\n", "plugins", 1, 1),
    ("plugins:\n  time:\n    on-yanc: warn\n", "on-yank", 3, 5),
  ])
  func `a misspelt key is named with its place, and what may be meant`(
    _ yaml: String, _ meant: String, _ line: Int, _ column: Int
  ) {
    guard case .unknownKey(_, let place, _, _, let nearest) = refusal(yaml) else {
      Issue.record("not refused: \(yaml)")
      return
    }
    #expect(nearest == meant)
    #expect(place == TextPlace(line: line, column: column))
    #expect(refusal(yaml)?.help == "did you mean \(meant)?")
  }

  @Test func `a key that is like none lists those that there are`() {
    let error = refusal("colour-of-the-sky: blue\n")
    #expect(error?.help?.contains("minimum-age") == true)
    #expect(error?.description.hasPrefix("config.yaml, line 1, column 1: there is no setting") == true)
  }

  @Test(arguments: [
    "soak: 1h\nsoak: 2h\n", "a: &x b\n", "mode: [\n", "- mode\n", "text\n", "plugins: time\n",
    "plugins:\n  time: ask\n",
    "mode: ask\n\tmode: ask\n", "? [a]\n: b\n",
  ])
  func `what is no plain mapping of options is refused with a sentence`(_ yaml: String) {
    guard let error = refusal(yaml) else {
      Issue.record("taken: \(yaml)")
      return
    }
    #expect(error.description.hasPrefix("config.yaml"))
  }

  @Test func `a file that is too long is refused before it is read`() {
    let long = String(repeating: "# comment\n", count: SettingsFile.limit / 10 + 1)
    #expect(refusal(long) == .tooLong(path: "config.yaml", limit: SettingsFile.limit))
  }

  @Test func `a plugin's section goes before the rest of the file, and the environment before both`() throws {
    let yaml = """
      mode: manual
      soak: 2h
      plugins:
        io.github.acme/time:
          mode: ask
          channel: beta
        other:
          mode: automatic
      """
    let time = try PluginName("io.github.acme/time")
    let other = try PluginName("org.example/other")
    let plain = try settings(yaml)
    #expect(plain.plugin(time).mode == .ask && plain.plugin(time).soak == .time(DurationText(seconds: 7200)))
    #expect(plain.plugin(time).channel == .beta)
    #expect(plain.plugin(other).mode == .automatic && plain.plugin(other).channel == nil)
    #expect(try plain.plugin(PluginName("org.example/third")).mode == .manual)
    #expect(plain.value(of: .mode, for: time).origin.description == "config.yaml, line 5")

    let both = try settings(yaml, ["SERIN_MODE": "automatic", "SERIN_CHANNEL": "canary"])
    #expect(both.plugin(time).mode == .automatic)
    #expect(both.plugin(time).channel == .beta, "no variable moves what is installed to another channel")
    #expect(both.plugin(other).channel == nil)
    #expect(both.channel(of: "time") == .beta && both.channel(of: "new") == .canary)
  }

  @Test(arguments: SettingKey.allCases)
  func `only options of plugins stand in their sections`(_ key: SettingKey) throws {
    let error = refusal("plugins:\n  time:\n    \(key.rawValue): \"\(try #require(Self.others[key]))\"\n")
    if key.isPerPlugin {
      #expect(error == nil)
    } else {
      let place = TextPlace(line: 3, column: 5)
      #expect(error == .notForPlugins(path: "config.yaml", place: place, key: key.rawValue, section: "time"))
    }
  }

  @Test func `a variable that is nearly one of ours is told of, others are not`() throws {
    let settings = try settings(
      "", ["SERIN_SOKA": "1h", "SERIN_UNRELATED_THING": "1", "SERIN_HOME": "/x", "HOME": "/y"])
    #expect(settings.strangers.map(\.name) == ["SERIN_SOKA"])
    #expect(settings.strangers.first?.nearest == "SERIN_SOAK")
  }

  @Test func `the file is read where it is, and a missing one says nothing`() throws {
    let scratch = try Scratch()
    let folders = Folders(environment: ["XDG_CONFIG_HOME": scratch.path.string])
    func load() throws -> HostSettings {
      try HostSettings.load(folders: folders, environment: [:], files: LocalFileSystem())
    }
    #expect(try load().values == SettingValues())
    try scratch.write("mode: ask\n", to: "serin/config.yaml")
    #expect(try load().values.mode == .ask)
    try scratch.write([0x6d, 0xff], to: "serin/config.yaml")
    #expect(throws: SettingsError.self) { try load() }
  }
}
