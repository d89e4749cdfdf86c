/// The version of this program, as it names itself to servers and plugins.
package enum ProgramVersion {
  /// Calendar version, as in `serin --version`.
  package static let text = "0.1.0"
}
