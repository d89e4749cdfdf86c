/// The system calls that an observed sandbox asks about before they go on, or before they are refused.
///
/// This file is data.
enum SeccompCalls {
  /// Where a call keeps a path and what it wants of it.
  struct PathArgument: Hashable, Sendable {
    enum Use: Hashable, Sendable {
      case look
      case read
      case write
      /// The flags of `open` in this argument say it.
      case flags(Int)
      /// The first eight bytes that this argument points to say it (openat2(2)).
      case how(Int)
    }

    /// The argument with the folder that a relative path starts from; nil for the working folder.
    let folder: Int?
    let path: Int
    let use: Use
  }

  /// Paths that are read, made, changed, removed or run, and places on the network: rare enough to be asked about in
  /// every canary.
  static let observed: Set<String> = Set(paths.keys).subtracting(lookups).union([
    "connect", "sendmsg", "sendmmsg", "execve", "execveat", "exit_group",
  ])

  /// Whether a path is there: programs ask that thousands of times, so that only a draft asks back.
  static let lookups: Set<String> = [
    "stat", "lstat", "access", "faccessat", "faccessat2", "readlink", "readlinkat", "newfstatat", "statx",
  ]

  /// Calls that look at a descriptor instead of a path when AT_EMPTY_PATH is set, with the argument of that flag.
  static let lookupsWithFlags: [(name: String, flags: Int64)] = [("newfstatat", 3), ("statx", 2)]

  /// Calls of which only some are asked about; what the filter lets through needs no answer.
  static let conditional: Set<String> = ["sendto"]

  /// Calls that no plugin may make and whose name says what it was up to; what is neither here nor allowed fails
  /// without a word.
  static let reported: [String] = names(
    """
    _sysctl acct add_key adjtimex bpf chroot clock_adjtime clock_settime delete_module fanotify_init fanotify_mark
    finit_module fsconfig fsmount fsopen fspick init_module io_uring_enter io_uring_register io_uring_setup ioperm
    iopl kcmp kexec_file_load kexec_load keyctl listmount lookup_dcookie lsm_get_self_attr lsm_list_modules
    lsm_set_self_attr migrate_pages modify_ldt mount mount_setattr move_mount move_pages name_to_handle_at
    nfsservctl open_by_handle_at open_tree perf_event_open pidfd_getfd pivot_root process_madvise process_vm_readv
    process_vm_writev ptrace quotactl quotactl_fd reboot request_key setdomainname sethostname setns settimeofday
    swapoff swapon sysfs syslog umount2 unshare uselib userfaultfd ustat vhangup
    """)

  /// Whether a call may go on once it was looked at.
  ///
  /// It is the filter that protects: whatever is not here was refused
  /// by it, and an answer only keeps to that.
  static func goesOn(_ name: String) -> Bool {
    observed.contains(name) || lookups.contains(name) || conditional.contains(name)
  }

  /// The paths of each call.
  static let paths: [String: [PathArgument]] = [
    "open": [at(0, .flags(1))], "openat": [at(1, .flags(2), in: 0)], "openat2": [at(1, .how(2), in: 0)],
    "creat": [at(0, .write)], "truncate": [at(0, .write)],
    "mkdir": [at(0, .write)], "mkdirat": [at(1, .write, in: 0)], "rmdir": [at(0, .write)],
    "unlink": [at(0, .write)], "unlinkat": [at(1, .write, in: 0)],
    "rename": [at(0, .write), at(1, .write)], "renameat": [at(1, .write, in: 0), at(3, .write, in: 2)],
    "renameat2": [at(1, .write, in: 0), at(3, .write, in: 2)],
    "link": [at(0, .read), at(1, .write)], "linkat": [at(1, .read, in: 0), at(3, .write, in: 2)],
    "symlink": [at(1, .write)], "symlinkat": [at(2, .write, in: 1)],
    "chmod": [at(0, .write)], "fchmodat": [at(1, .write, in: 0)], "fchmodat2": [at(1, .write, in: 0)],
    "chown": [at(0, .write)], "lchown": [at(0, .write)], "fchownat": [at(1, .write, in: 0)],
    "mknod": [at(0, .write)], "mknodat": [at(1, .write, in: 0)],
    "stat": [at(0, .look)], "lstat": [at(0, .look)], "newfstatat": [at(1, .look, in: 0)],
    "statx": [at(1, .look, in: 0)], "access": [at(0, .look)], "faccessat": [at(1, .look, in: 0)],
    "faccessat2": [at(1, .look, in: 0)], "readlink": [at(0, .look)], "readlinkat": [at(1, .look, in: 0)],
  ]

  private static func at(_ path: Int, _ use: PathArgument.Use, in folder: Int? = nil) -> PathArgument {
    PathArgument(folder: folder, path: path, use: use)
  }

  private static func names(_ text: String) -> [String] {
    text.split { $0 == " " || $0 == "\n" }.map(String.init)
  }
}
