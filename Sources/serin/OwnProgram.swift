import Clients
import Platform
import SystemPackage

/// Where this program lies, for those who are to start it again.
enum OwnProgram {
  /// The path by which it was called, where that is a path to this very program; else where it lies.
  ///
  /// A link in a folder of programs outlives what it points to, so that the way is kept and not its end.
  static func path(_ session: Session) throws -> FilePath {
    let files = session.machine.files
    let itself = try files.readLink("/proc/self/exe")
    let called = CommandLine.arguments.first ?? ""
    let way =
      called.contains("/")
      ? try FilePath(called).absolute(session)
      : ProgramSearch.find(called, path: session.environment["PATH"] ?? "", files)
    guard let way, try isSame(way, itself, files) else { return itself }
    return way
  }

  private static func isSame(_ one: FilePath, _ other: FilePath, _ files: any FileSystem) throws -> Bool {
    guard let first = try? files.open(one).status() else { return false }
    let second = try files.open(other).status()
    return first.inode == second.inode && first.device == second.device
  }
}
