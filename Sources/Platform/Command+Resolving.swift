import SystemPackage

extension Command {
  /// Where programs are looked for when the child's environment has no `PATH`.
  static let standardPath = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

  /// The variables that the child gets.
  var variables: [String: String] {
    switch environment {
    case .exact(let variables): return variables
    case .inherited(let changes):
      var variables = ProcessSignals.environment
      for (name, value) in changes { variables[name] = value }
      return variables
    }
  }

  /// The path of the program: as given, or the first match in the child's `PATH`.
  func program(in variables: [String: String]) throws(ProcessError) -> FilePath {
    let text = executable.string
    if text.contains("/") {
      // A relative path means this process's folder, not the one that the child starts in.
      guard ProcessSignals.isExecutable(text) else { throw .notFound(executable: text) }
      return executable
    }
    for folder in (variables["PATH"] ?? Self.standardPath).split(separator: ":") where folder.hasPrefix("/") {
      let candidate = "\(folder)/\(text)"
      if !text.isEmpty, ProcessSignals.isExecutable(candidate) { return FilePath(candidate) }
    }
    throw .notFound(executable: text)
  }
}
