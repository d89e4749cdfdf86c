internal import GRDB
internal import Platform
internal import Synchronization
internal import SystemPackage

/// What SQLite's log says about refusals of the machine.
///
/// Its result codes do not tell a full disk from a broken one: both are an input/output error, or a file that cannot be
/// opened. The error number of the system call stands in the log alone: "os_unix.c:43353: (28) write(PATH) - …".
enum LedgerLog {
  private static let last = Mutex<(number: Int32, text: String)?>(nil)

  /// Listens from now on; must be called before the first database is opened.
  static let listens: Bool = {
    // GRDB wants it set before the first database is opened, which `Ledger` sees to; hence no race.
    unsafe Database.logError = { _, message in
      guard let number = errorNumber(in: message) else { return }
      last.withLock { $0 = (number, message) }
    }
    return true
  }()

  /// Takes the last error number that belongs to a ledger's files, if it says that there is no room.
  static func takeRefusal(of path: FilePath) -> FileError? {
    let found = last.withLock { last in
      defer { last = nil }
      return last
    }
    guard let found, found.text.contains(path.string) else { return nil }
    let error = FileError("write", path, errno: found.number)
    return error.reason == .noSpace || error.reason == .tooManyFiles ? error : nil
  }

  /// The number in the parentheses that follow the place in SQLite's source.
  static func errorNumber(in message: String) -> Int32? {
    guard message.hasPrefix("os_unix.c:"), let start = message.firstRange(of: ": (")?.upperBound else { return nil }
    return Int32(message[start...].prefix { $0.isNumber })
  }
}
