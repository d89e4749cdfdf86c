import Glibc
import SystemPackage

extension FileLock {
  /// How often the lock file may be replaced under our hands before we give up.
  private static let attempts = 16

  /// Takes the lock with `flock`; throws `.busy` when somebody else holds it.
  static func take(_ path: FilePath) throws(FileError) -> FileLock {
    for _ in 0..<attempts {
      let file = try SystemCalls.open(path, O_RDWR | O_CREAT | O_NOFOLLOW, mode: 0o600, operation: "open the lock")
      guard try file.lock(path: path) else {
        throw FileError(operation: "lock", path: path, reason: .busy)
      }
      // The file may have been removed between open and flock; then the lock is on a file that nobody else can find.
      let held = try file.status(path: path)
      guard let visible = try SystemCalls.status(path), visible.inode == held.inode, visible.device == held.device
      else { continue }
      try file.truncate(to: 0, path: path)
      try file.write("\(getpid())\n", path: path)
      return FileLock(path: path, keeping: file)
    }
    throw FileError(operation: "lock", path: path, reason: .busy)
  }

  /// Who wrote the lock file last, in words.
  static func holder(_ path: FilePath, in files: some FileSystem) -> String {
    let bytes = (try? files.open(path, followingLinks: false).read(upTo: 32)) ?? []
    let digits = bytes.prefix { (48...57).contains($0) }
    return digits.isEmpty ? "another process" : "process \(String(decoding: digits, as: UTF8.self))"
  }
}
