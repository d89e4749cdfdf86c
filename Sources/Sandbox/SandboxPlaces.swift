import Platform
import Signing
import SystemPackage

/// Where the folders of running containers lie.
///
/// With a login they lie in its runtime folder, which is kept in memory (XDG Base Directory Specification 0.8): what a
/// plugin is given in its variables never reaches a disk, and nothing is left after a restart of the machine. Without
/// one they lie in the work folder.
struct SandboxPlaces: Sendable {
  /// The folder, in either place, that holds running containers.
  private static let name = "running"

  /// Where new containers are made.
  let running: FilePath
  /// Every folder in which a supervisor that was killed may have left something.
  let all: [FilePath]

  /// Chooses the place, and makes it.
  ///
  /// - Parameter login: the runtime folder of this login; not taken unless it is a folder of this user alone, as the
  ///   specification demands.
  init(workFolder: FilePath, login: FilePath?, user: UInt32, files: any FileSystem) throws(FileError) {
    let onDisk = workFolder.appending(Self.name)
    if let login, Self.isPrivate(login, to: user, files: files) {
      // Several hosts may share a login.
      let host = SHA256Digest.of(Array(workFolder.string.utf8)).hex.prefix(16)
      let inMemory = login.appending("serin").appending("sandboxes-\(host)").appending(Self.name)
      if (try? files.makeDirectories(inMemory, mode: 0o700)) != nil {
        running = inMemory
        all = [inMemory, onDisk]
        return
      }
    }
    running = onDisk
    all = [onDisk]
    try files.makeDirectories(onDisk, mode: 0o700)
  }

  private static func isPrivate(_ folder: FilePath, to user: UInt32, files: any FileSystem) -> Bool {
    guard let status = try? files.status(folder) else { return false }
    return status.kind == .directory && status.owner == user && status.mode & 0o077 == 0
  }
}
