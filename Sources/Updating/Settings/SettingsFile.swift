import Platform
import Releases
import SystemPackage

/// One value as somebody wrote it.
struct WrittenSetting: Hashable, Sendable {
  let texts: [String]
  let origin: SettingOrigin
}

/// `config.yaml`, read strictly: every key is known, every value keeps its rule.
///
/// Options stand at the beginning of a line; below `plugins`, those of one plugin stand under its name.
struct SettingsFile: Hashable, Sendable {
  /// The longest file in bytes.
  static let limit = 256 << 10
  /// The key below which plugins have sections.
  static let sections = "plugins"

  /// Where it is.
  let path: FilePath
  /// What it says for the whole host.
  private(set) var host: [SettingKey: WrittenSetting] = [:]
  /// What it says for one plugin, by the name that the section has.
  private(set) var plugins: [String: [SettingKey: WrittenSetting]] = [:]

  /// A file that is not there.
  init(absent path: FilePath) { self.path = path }

  /// Reads a text; throws a `SettingsError` with file, line, column and what is allowed.
  init(_ text: String, at path: FilePath) throws(SettingsError) {
    self.init(absent: path)
    guard text.utf8.count <= Self.limit else { throw .tooLong(path: path.string, limit: Self.limit) }
    let root: MarkedYAML?
    do throws(MarkedYAML.Problem) { root = try MarkedYAML.read(text) } catch {
      throw .unreadable(path: path.string, place: error.place, reason: error.reason)
    }
    guard let root else { return }
    for member in try members(of: root, called: "the file") {
      if member.key == Self.sections {
        for section in try members(of: member.value, called: Self.sections) {
          try readSection(section)
        }
      } else {
        let (key, setting) = try read(member, section: nil)
        host[key] = setting
      }
    }
  }

  private mutating func readSection(_ section: MarkedYAML.Member) throws(SettingsError) {
    var settings: [SettingKey: WrittenSetting] = [:]
    for member in try members(of: section.value, called: section.key) {
      let (key, setting) = try read(member, section: section.key)
      settings[key] = setting
    }
    plugins[section.key] = settings
  }

  private func members(of value: MarkedYAML, called name: String) throws(SettingsError) -> [MarkedYAML.Member] {
    switch value.content {
    case .nothing: return []
    case .mapping(let members): return members
    case .scalar, .list:
      throw .unreadable(
        path: path.string, place: value.place, reason: "\(name) must hold lines of the form KEY: VALUE")
    }
  }

  private func read(
    _ member: MarkedYAML.Member, section: String?
  ) throws(SettingsError) -> (SettingKey, WrittenSetting) {
    guard let key = SettingKey(rawValue: member.key) else {
      let known = SettingKey.allCases.filter { section == nil || $0.isPerPlugin }.map(\.rawValue)
      throw .unknownKey(
        path: path.string, place: member.place, key: member.key, section: section,
        nearest: NearestName.of(member.key, among: known + (section == nil ? [Self.sections] : [])))
    }
    if let section, !key.isPerPlugin {
      throw .notForPlugins(path: path.string, place: member.place, key: key.rawValue, section: section)
    }
    func refused(_ offered: String) -> SettingsError {
      .badValue(path: path.string, place: member.value.place, key: key.rawValue, offered: offered, rule: key.rule)
    }
    let texts: [String]
    switch member.value.content {
    case .scalar(let text): texts = [text]
    case .nothing: throw refused("empty")
    case .mapping: throw refused("a mapping")
    case .list(let members):
      guard key.isList else { throw refused("a list") }
      var found: [String] = []
      for member in members {
        guard case .scalar(let text) = member.content else { throw refused("a list of something else than texts") }
        found.append(text)
      }
      texts = found
    }
    guard key.takes(texts) else { throw refused(texts.map { "“\($0)”" }.joined(separator: ", ")) }
    return (key, WrittenSetting(texts: texts, origin: .file(path, member.place, section: section)))
  }
}

extension SettingKey {
  /// Whether texts keep the rule of this option.
  func takes(_ texts: [String]) -> Bool {
    var values = SettingValues()
    return values.set(self, to: texts)
  }

  /// The values that one text on a command line or in a variable holds.
  func texts(from text: String) -> [String] {
    guard isList else { return [text] }
    return text.split(separator: ",").map { part in
      String(part.drop { $0 == " " }.reversed().drop { $0 == " " }.reversed())
    }
  }
}
