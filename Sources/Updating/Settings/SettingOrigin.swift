package import Releases
package import SystemPackage

/// Who set an option.
package enum SettingOrigin: Hashable, Sendable, CustomStringConvertible {
  /// Nobody: it is what holds where nobody says otherwise.
  case standard
  /// The file, for all plugins or in the section of one.
  case file(FilePath, TextPlace, section: String?)
  /// An environment variable.
  case variable(String)

  /// One word for programs.
  package var word: String {
    switch self {
    case .standard: "default"
    case .file: "file"
    case .variable: "environment"
    }
  }

  /// Who, in a few words.
  package var description: String {
    switch self {
    case .standard: "default"
    case .file(let path, let place, _): "\(path), line \(place.line)"
    case .variable(let name): "$\(name)"
    }
  }
}
