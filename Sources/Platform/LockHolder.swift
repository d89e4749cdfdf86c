package import SystemPackage

extension FileSystem {
  /// The process that holds the lock on a file now; nil when none does.
  ///
  /// The lock is not tried: whoever only looks must never stand in the way of somebody who wants it. Read from what the
  /// holder wrote into the file and from what the kernel says of its open files (proc_pid_fdinfo(5)); the list of all
  /// locks, `/proc/locks`, can leave one out while others come and go.
  package func lockHolder(_ path: FilePath) -> Int32? {
    guard let text = try? readAll(path, limit: 32),
      let pid = Int32(String(decoding: text.prefix { (48...57).contains($0) }, as: UTF8.self)),
      let inode = try? status(path)?.inode
    else { return nil }
    let folder = FilePath("/proc/\(pid)/fdinfo")
    for entry in (try? list(folder)) ?? [] {
      guard let info = try? readAll(folder.appending(entry.component), limit: 64 << 10) else { continue }
      if info.split(separator: UInt8(ascii: "\n")).contains(where: { Self.isLock($0, of: inode) }) { return pid }
    }
    return nil
  }

  /// Whether a line says `lock: 1: FLOCK ADVISORY WRITE 1234 08:01:5678 0 EOF` of this file.
  private static func isLock(_ line: ArraySlice<UInt8>, of inode: UInt64) -> Bool {
    let words = String(decoding: line, as: UTF8.self).split(whereSeparator: \.isWhitespace)
    return words.count >= 7 && words[0] == "lock:" && words[2] == "FLOCK" && words[6].hasSuffix(":\(inode)")
  }
}
