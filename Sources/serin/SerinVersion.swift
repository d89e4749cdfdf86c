import Platform

/// The version of this program, as `serin --version` shows it.
enum SerinVersion {
  static let current = ProgramVersion.text
}
