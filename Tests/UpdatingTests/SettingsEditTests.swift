import Platform
import Releases
import SystemPackage
import TestSupport
import Testing

@testable import Updating

@Suite("Editing the settings")
struct SettingsEditTests {
  private static let file = """
    # my settings
    mode: ask   # for now

    quiet-hours:
      - "22:00-07:00"
      - "12:00-13:00"
    # and these plugins
    plugins:
      # the clock
      io.github.acme/time:
        soak: "36h" # long
        on-yank: go-back
      other: # nothing yet

    """

  private func set(
    _ key: SettingKey, _ text: String, section: String? = nil, in yaml: String = file
  ) throws -> String {
    try SettingsEdit(yaml, at: "config.yaml").setting(key, to: key.texts(from: text), section: section)
  }

  private func unset(_ key: SettingKey, section: String? = nil, in yaml: String = file) throws -> String {
    try SettingsEdit(yaml, at: "config.yaml").unsetting(key, section: section)
  }

  /// What changed, as removed and added lines.
  private func change(_ after: String, from before: String = file) -> [String] {
    let (old, new) = (before.split(separator: "\n"), after.split(separator: "\n"))
    let difference = new.difference(from: old)
    return difference.removals.map { change in
      guard case .remove(_, let line, _) = change else { return "" }
      return "-\(line)"
    }
      + difference.insertions.map { change in
        guard case .insert(_, let line, _) = change else { return "" }
        return "+\(line)"
      }
  }

  @Test func `a value is replaced in its line, and the comment stays`() throws {
    #expect(try change(set(.mode, "manual")) == ["-mode: ask   # for now", "+mode: manual   # for now"])
    #expect(
      try change(set(.soak, "policy", section: "io.github.acme/time"))
        == ["-    soak: \"36h\" # long", "+    soak: policy # long"])
  }

  @Test func `a list of lines becomes one line, and back`() throws {
    let one = try set(.quietHours, "23:00-06:00")
    #expect(one.contains("quiet-hours: \"23:00-06:00\"\n# and these"))
    let two = try set(.quietHours, "23:00-06:00,12:00-13:00", in: one)
    #expect(two.contains("quiet-hours: [\"23:00-06:00\", \"12:00-13:00\"]\n"))
    #expect(try set(.quietHours, "", in: two).contains("quiet-hours: []\n"))
  }

  @Test func `a new option comes before the sections, and into the section that is meant`() throws {
    #expect(try change(set(.minimumAge, "3d")) == ["+minimum-age: 3d"])
    let lines = try set(.minimumAge, "3d").split(separator: "\n")
    #expect(lines.firstIndex(of: "minimum-age: 3d") == 5, "behind the last option of the whole host")
    #expect(try change(set(.mode, "ask", section: "io.github.acme/time")) == ["+    mode: ask"])
    #expect(try set(.mode, "ask", section: "other").contains("  other: # nothing yet\n    mode: ask\n"))
    #expect(try change(set(.mode, "ask", section: "org.example/new")) == ["+  org.example/new:", "+    mode: ask"])
    #expect(
      try set(.mode, "ask", in: "# first\n\n# of plugins\nplugins:\n  a/b:\n    soak: 1h\n")
        == "# first\n\nmode: ask\n# of plugins\nplugins:\n  a/b:\n    soak: 1h\n")
  }

  @Test(arguments: ["", "# only this", "\n\n"])
  func `an empty file gets its first line`(_ yaml: String) throws {
    let host = try set(.mode, "ask", in: yaml)
    #expect(host.hasSuffix("mode: ask\n"))
    let plugin = try set(.mode, "ask", section: "a/b", in: yaml)
    #expect(plugin.hasSuffix("plugins:\n  a/b:\n    mode: ask\n"))
    #expect(host.hasPrefix(yaml.hasPrefix("#") ? yaml : "") && plugin.hasPrefix(yaml.hasPrefix("#") ? yaml : ""))
  }

  @Test func `what is set can be taken out again, with a section that holds nothing else`() throws {
    #expect(try change(unset(.mode)) == ["-mode: ask   # for now"])
    #expect(try change(unset(.onYank, section: "io.github.acme/time")) == ["-    on-yank: go-back"])
    #expect(try unset(.metered) == Self.file)
    for section in [nil, "a/b"] {
      let one = try set(.soak, "2h", section: section, in: "# mine\n")
      #expect(try unset(.soak, section: section, in: one).hasPrefix("# mine\n"))
      #expect(try !unset(.soak, section: section, in: one).contains("plugins"))
    }
  }

  @Test func `what cannot be edited without loss is refused, and what can on other lines is not`() throws {
    let braces = SettingsError.notEditable(path: "config.yaml", place: TextPlace(line: 1, column: 3), key: "mode")
    #expect(throws: braces) { try set(.mode, "manual", in: "{ mode: ask, soak: 1h }\n") }
    let list = "quiet-hours:\n  - \"22:00-07:00\"\n  # noon\n  - \"12:00-13:00\"\n"
    #expect(throws: SettingsError.self) { try set(.quietHours, "01:00-02:00", in: list) }
    #expect(throws: SettingsError.self) {
      try set(.mode, "ask", section: "a/b", in: "plugins: { a/b: { soak: 1h } }\n")
    }
    #expect(try set(.mode, "manual", in: "mode:\n  ask\n# c\n") == "mode: manual\n# c\n")
    #expect(throws: SettingsError.self) { try set(.mode, "manual", in: "moed: ask\n") }
  }

  @Test(arguments: SettingKey.allCases)
  func `every option can be set and unset, for the host and where it may for a plugin`(_ key: SettingKey) throws {
    let text = try #require(SettingsTests.others[key])
    for section in [nil, key.isPerPlugin ? "io.github.acme/time" : nil] {
      let after = try set(key, text, section: section)
      let file = try SettingsFile(after, at: "c")
      #expect((section.map { file.plugins[$0] } ?? file.host)?[key]?.texts == [text])
      for comment in ["# my settings", "# for now", "# and these plugins", "# the clock", "# long", "# nothing yet"] {
        #expect(after.contains(comment), "\(key) \(comment)")
      }
      let back = try SettingsFile(unset(key, section: section, in: after), at: "c")
      #expect((section.map { back.plugins[$0] ?? [:] } ?? back.host)[key] == nil)
    }
  }

  @Test func `line ends of the other kind stay, and a file without a last line end gets one`() throws {
    let after = try set(.soak, "2h", in: "mode: ask\r\njitter: 1m\r\n")
    #expect(after == "mode: ask\r\njitter: 1m\r\nsoak: 2h\r\n")
    #expect(try set(.mode, "manual", in: "mode: ask") == "mode: manual\n")
  }

  // MARK: - On the disk

  @Test func `the file is made, changed in one step through a link, and a change by others is seen`() throws {
    let shop = try Shop()
    let host = try shop.host()
    let first = try host.planSetting("mode", to: "ask", plugin: nil)
    #expect(first.difference.contains("+mode: ask"))
    try first.apply(host.machine)
    #expect(try host.settings().values.mode == .ask)

    let path = first.path
    let real = shop.scratch / "dotfiles.yaml"
    try LocalFileSystem().rename(path, to: real)
    try LocalFileSystem().symlink(to: real, at: path)
    try host.planSetting("soak", to: "2h", plugin: shop.plugin.text).apply(host.machine)
    #expect(try LocalFileSystem().status(path)?.kind == .symlink)
    #expect(try host.settings().plugin(shop.plugin).soak == .time(DurationText(seconds: 7200)))

    let late = try host.planSetting("mode", to: "manual", plugin: nil)
    try shop.scratch.write("mode: automatic\n", to: "dotfiles.yaml")
    #expect(throws: (any Error).self) { try late.apply(host.machine) }
    #expect(try host.settings().values.mode == .automatic)
  }

  @Test func `a wrong name or value is refused with what is allowed, and changes nothing`() throws {
    let shop = try Shop()
    let host = try shop.host()
    #expect(throws: SettingsError.noSuchSetting(offered: "moed", nearest: "mode")) {
      try host.planSetting("moed", to: "ask", plugin: nil)
    }
    #expect(throws: SettingsError.badOffer(key: "mode", offered: "never", rule: SettingKey.mode.rule)) {
      try host.planSetting("mode", to: "never", plugin: nil)
    }
    #expect(throws: SettingsError.self) { try host.planSetting("every", to: "1h", plugin: "a/b") }
    #expect(throws: UpdatingError.notInstalled(plugin: "nobody")) {
      try host.planSetting("mode", to: "ask", plugin: "nobody")
    }
    #expect(try !LocalFileSystem().exists(HostSettings.path(host.folders)))
  }
}
