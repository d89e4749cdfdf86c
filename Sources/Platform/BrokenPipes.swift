import Glibc

/// Writing to a pipe or socket that nobody reads must be an error of that call, not the end of this program.
enum BrokenPipes {
  /// Touched once by everything that writes to pipes or sockets.
  static let areIgnored: Void = { _ = signal(SIGPIPE, SIG_IGN) }()
}
