import Glibc
package import SystemPackage

/// The account that this process runs as.
package struct UserAccount: Hashable, Sendable {
  /// The number of the account.
  package let uid: UInt32
  /// The number of its main group.
  package let gid: UInt32
  /// Its login name, or its number where the machine knows none.
  package let name: String
  /// Its home folder, or "/" where the machine knows none.
  package let home: FilePath

  /// Makes an account from its parts.
  package init(uid: UInt32, gid: UInt32, name: String, home: FilePath) {
    self.uid = uid
    self.gid = gid
    self.name = name
    self.home = home
  }

  /// Whether this is the superuser.
  package var isRoot: Bool { uid == 0 }

  /// The account of this process (effective numbers; `getpwuid_r`).
  package static let current: UserAccount = {
    let (uid, gid) = (geteuid(), getegid())
    var record = unsafe passwd()
    var found: UnsafeMutablePointer<passwd>?
    var buffer = [CChar](repeating: 0, count: 16 * 1024)
    return unsafe buffer.withUnsafeMutableBufferPointer { room in
      let unknown = UserAccount(uid: uid, gid: gid, name: String(uid), home: "/")
      guard let base = room.baseAddress, unsafe getpwuid_r(uid, &record, base, room.count, &found) == 0,
        let entry = unsafe found?.pointee, let name = unsafe entry.pw_name, let home = unsafe entry.pw_dir
      else { return unknown }
      return unsafe UserAccount(uid: uid, gid: gid, name: String(cString: name), home: FilePath(String(cString: home)))
    }
  }()
}

/// The variables that this process was started with.
package enum ProcessEnvironment {
  /// All of them, read anew.
  package static var current: [String: String] { ProcessSignals.environment }
}
