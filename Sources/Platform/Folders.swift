package import SystemPackage

/// Where this program keeps its things: `SERIN_HOME` and the XDG base directories.
///
/// XDG Base Directory Specification 0.8: relative values are ignored.
package struct Folders: Hashable, Sendable {
  /// Settings that people edit: `$XDG_CONFIG_HOME/serin`.
  package let config: FilePath
  /// Secret keys: `keys` in the settings.
  package let keys: FilePath
  /// Data that must be kept: `$XDG_DATA_HOME/serin`.
  package let data: FilePath
  /// Data that may be thrown away: `$XDG_CACHE_HOME/serin`.
  package let cache: FilePath
  /// Logs and the like that survive but are not worth a backup: `$XDG_STATE_HOME/serin`.
  package let state: FilePath
  /// Sockets and locks of this login, if there is one: `$XDG_RUNTIME_DIR/serin`.
  package let runtime: FilePath?
  /// The host: `$SERIN_HOME`, else the data folder.
  package let host: FilePath

  /// Works the folders out.
  /// - Parameters:
  ///   - environment: the variables of this process.
  ///   - home: the home folder to use when `HOME` is missing or relative.
  package init(environment: [String: String], home: FilePath = UserAccount.current.home) {
    func absolute(_ name: String) -> FilePath? {
      guard let text = environment[name], text.hasPrefix("/") else { return nil }
      return FilePath(text)
    }
    let home = absolute("HOME") ?? home
    config = (absolute("XDG_CONFIG_HOME") ?? home.appending(".config")).appending("serin")
    keys = config.appending("keys")
    data = (absolute("XDG_DATA_HOME") ?? home.appending(".local/share")).appending("serin")
    cache = (absolute("XDG_CACHE_HOME") ?? home.appending(".cache")).appending("serin")
    state = (absolute("XDG_STATE_HOME") ?? home.appending(".local/state")).appending("serin")
    runtime = absolute("XDG_RUNTIME_DIR")?.appending("serin")
    host = absolute("SERIN_HOME") ?? data
  }
}
