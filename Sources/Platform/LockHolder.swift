package import SystemPackage

extension FileSystem {
  /// The process that holds the lock on a file now; nil when none does.
  ///
  /// The lock is not tried: whoever only looks must never stand in the way of somebody who wants it. Read from what the
  /// holder wrote into the file and from the kernel's own list (proc_locks(5)).
  package func lockHolder(_ path: FilePath) -> Int32? {
    guard let text = try? readAll(path, limit: 32),
      let pid = Int32(String(decoding: text.prefix { (48...57).contains($0) }, as: UTF8.self)),
      let inode = try? status(path)?.inode, let locks = try? readAll("/proc/locks", limit: 4 << 20)
    else { return nil }
    for line in locks.split(separator: UInt8(ascii: "\n")) {
      // 1: FLOCK  ADVISORY  WRITE 1234 08:01:5678 0 EOF
      let words = line.split(separator: UInt8(ascii: " ")).map { String(decoding: $0, as: UTF8.self) }
      guard words.count >= 6, words[1] == "FLOCK", words[4] == String(pid), words[5].hasSuffix(":\(inode)") else {
        continue
      }
      return pid
    }
    return nil
  }
}
