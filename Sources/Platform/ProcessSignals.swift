import Glibc

/// Signals to processes and groups.
enum ProcessSignals {
  static let terminate = SIGTERM
  static let kill = SIGKILL

  /// Sends a signal to every process of a group; whoever is gone already does not matter.
  ///
  /// Only for groups whose leader has not been reaped: its number cannot belong to anybody else.
  static func send(_ signal: Int32, toGroup group: Int32) {
    guard group > 1 else { return }
    _ = Glibc.kill(-group, signal)
  }

  /// Sends a signal to one child that has not been reaped.
  static func send(_ signal: Int32, to process: Int32) {
    guard process > 1 else { return }
    _ = Glibc.kill(process, signal)
  }

  /// Reaps a child that has ended.
  static func reap(_ process: Int32) {
    var status: Int32 = 0
    while unsafe waitpid(process, &status, 0) < 0, errno == EINTR {}
  }

  /// Whether this account may run the file at the path.
  static func isExecutable(_ path: String) -> Bool {
    var raw = stat()
    guard unsafe stat(path, &raw) == 0, raw.st_mode & S_IFMT == S_IFREG else { return false }
    return unsafe faccessat(AT_FDCWD, path, X_OK, AT_EACCESS) == 0
  }

  /// The environment of this process.
  static var environment: [String: String] {
    var result: [String: String] = [:]
    guard var entry = unsafe environ as UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>? else { return result }
    while let pointer = unsafe entry.pointee {
      let text = unsafe String(cString: pointer)
      if let mark = text.firstIndex(of: "=") {
        result[String(text[..<mark])] = String(text[text.index(after: mark)...])
      }
      unsafe entry += 1
    }
    return result
  }
}
