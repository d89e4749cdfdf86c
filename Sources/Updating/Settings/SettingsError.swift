package import Releases
package import Signing

/// What is wrong with the settings of this host: where it stands, and what is allowed there.
package enum SettingsError: SerinError, Equatable {
  /// The file is not of the part of YAML that is read.
  case unreadable(path: String, place: TextPlace?, reason: String)
  /// The file has too many bytes.
  case tooLong(path: String, limit: Int)
  /// There is no option of this name where it stands.
  case unknownKey(path: String, place: TextPlace, key: String, section: String?, nearest: String?)
  /// An option that is one of the whole host stands in a plugin's section.
  case notForPlugins(path: String, place: TextPlace?, key: String, section: String)
  /// A value of the file breaks its option's rule.
  case badValue(path: String, place: TextPlace, key: String, offered: String, rule: String)
  /// An environment variable breaks its option's rule.
  case badVariable(name: String, offered: String, rule: String)
  /// Somebody asked on the command line for an option that does not exist.
  case noSuchSetting(offered: String, nearest: String?)
  /// Somebody asked on the command line for a value that breaks its option's rule.
  case badOffer(key: String, offered: String, rule: String)
  /// The file is written in a way that cannot be edited without loss.
  case notEditable(path: String, place: TextPlace, key: String)

  package var blame: Blame { .user }

  package var description: String {
    switch self {
    case .unreadable(let path, let place, let reason): "\(Self.at(path, place)) cannot be read: \(reason)"
    case .tooLong(let path, let limit): "\(path) is longer than the \(limit) bytes that are read"
    case .unknownKey(let path, let place, let key, let section, _):
      "\(Self.at(path, place)) there is no setting \(Quoted(key))\(section.map { " for the plugin \($0)" } ?? "")"
    case .notForPlugins(let path, let place, let key, let section):
      "\(Self.at(path, place)) \(key) is a setting of the whole host, and not of the plugin \(section)"
    case .badValue(let path, let place, let key, let offered, let rule):
      "\(Self.at(path, place)) \(key) is \(offered), and it must \(rule)"
    case .badVariable(let name, let offered, let rule): "$\(name) is \(Quoted(offered)), and it must \(rule)"
    case .noSuchSetting(let offered, _): "there is no setting \(Quoted(offered))"
    case .badOffer(let key, let offered, let rule): "\(key) cannot be \(Quoted(offered)): it must \(rule)"
    case .notEditable(let path, let place, let key):
      "\(Self.at(path, place)) \(key) cannot be changed there without losing what stands around it"
    }
  }

  package var help: String? {
    switch self {
    case .unknownKey(_, _, _, _, let nearest?), .noSuchSetting(_, let nearest?): "did you mean \(nearest)?"
    case .unknownKey(_, _, _, let section, nil):
      "there are \(Self.names(section == nil ? SettingKey.allCases : SettingKey.allCases.filter(\.isPerPlugin)))"
    case .noSuchSetting(_, nil): "there are \(Self.names(SettingKey.allCases))"
    case .notForPlugins: "let it stand at the beginning of a line, outside of plugins"
    case .badVariable(let name, _, _): "correct it, or unset \(name)"
    case .notEditable: "open the file in an editor; `serin config show` checks it afterwards"
    case .badOffer: "nothing was changed"
    default: "correct the file; `serin config show` checks it"
    }
  }

  private static func at(_ path: String, _ place: TextPlace?) -> String {
    guard let place else { return path }
    return "\(path), line \(place.line), column \(place.column):"
  }

  private static func names(_ keys: [SettingKey]) -> String { keys.map(\.rawValue).joined(separator: ", ") }
}
