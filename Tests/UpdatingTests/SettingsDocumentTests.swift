import Foundation
import Releases
import SystemPackage
import Testing

@testable import Updating

@Suite("The documentation of the settings")
struct SettingsDocumentTests {
  private static let readme = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent().appending(path: "README.md")

  /// The example of a whole file in the README.
  private func example() throws -> String {
    let text = try String(contentsOf: Self.readme, encoding: .utf8)
    let parts = text.components(separatedBy: "```yaml\n# ~/.config/serin/config.yaml\n")
    return try #require(parts.dropFirst().first?.components(separatedBy: "```").first, "README.md has no such example")
  }

  @Test func `the example in the README is read, names every option, and shows the defaults`() throws {
    let file = try SettingsFile(example(), at: "README.md")
    #expect(Set(file.host.keys) == Set(SettingKey.allCases))
    for (key, setting) in file.host where key != .quietHours {
      #expect(setting.texts == SettingValues().texts(of: key), "\(key)")
    }
    #expect(!file.plugins.isEmpty, "it shows a section, too")
  }

  @Test func `every option has a summary, a rule and a variable of its own`() {
    for key in SettingKey.allCases {
      #expect(key.summary.count > 20 && key.rule.hasPrefix("be "), "\(key)")
      #expect(key.variable.hasPrefix("SERIN_") && !key.variable.contains("-"), "\(key)")
    }
    let variables = Set(SettingKey.allCases.map(\.variable))
    #expect(variables.count == SettingKey.allCases.count)
    #expect(variables.isDisjoint(with: ["SERIN_HOME", "SERIN_PASSPHRASE_FILE", "SERIN_WORKSPACE"]))
  }
}
