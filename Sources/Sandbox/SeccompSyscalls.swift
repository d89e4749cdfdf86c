/// The system calls that a plugin may make: the well-known default list of container engines, without what an MCP
/// server has no use for (tracing, mounting, keys, clocks, modules, io_uring, NUMA policy, reading other processes'
/// memory).
///
/// This file is data. A name that the machine's kernel or libseccomp does not know is ignored by the runtime.
enum SeccompSyscalls {
  /// Allowed whatever the arguments are.
  static let allowed: [String] = names(
    """
    accept accept4 access alarm arch_prctl bind brk cachestat capget capset chdir chmod chown clock_getres
    clock_gettime clock_nanosleep close close_range connect copy_file_range creat dup dup2 dup3 epoll_create
    epoll_create1 epoll_ctl epoll_pwait epoll_pwait2 epoll_wait eventfd eventfd2 execve execveat exit exit_group
    faccessat faccessat2 fadvise64 fallocate fchdir fchmod fchmodat fchmodat2 fchown fchownat fcntl fdatasync
    fgetxattr flistxattr flock fork fremovexattr fsetxattr fstat fstatfs fsync ftruncate futex futex_requeue
    futex_wait futex_waitv futex_wake futimesat get_robust_list get_thread_area getcpu getcwd getdents getdents64
    getegid geteuid getgid getgroups getitimer getpeername getpgid getpgrp getpid getppid getpriority getrandom
    getresgid getresuid getrlimit getrusage getsid getsockname getsockopt gettid gettimeofday getuid getxattr
    getxattrat inotify_add_watch inotify_init inotify_init1 inotify_rm_watch io_cancel io_destroy io_getevents
    io_pgetevents io_setup io_submit ioprio_get ioprio_set kill landlock_add_rule landlock_create_ruleset
    landlock_restrict_self lchown lgetxattr link linkat listen listxattr listxattrat llistxattr lremovexattr lseek
    lsetxattr lstat madvise map_shadow_stack membarrier memfd_create memfd_secret mincore mkdir mkdirat mknod mknodat
    mlock mlock2 mlockall mmap mprotect mq_getsetattr mq_notify mq_open mq_timedreceive mq_timedsend mq_unlink mremap
    mseal msgctl msgget msgrcv msgsnd msync munlock munlockall munmap nanosleep newfstatat open openat openat2 pause
    pidfd_open pidfd_send_signal pipe pipe2 pkey_alloc pkey_free pkey_mprotect poll ppoll prctl pread64 preadv preadv2
    prlimit64 process_mrelease pselect6 pwrite64 pwritev pwritev2 read readahead readlink readlinkat readv recvfrom
    recvmmsg recvmsg remap_file_pages removexattr removexattrat rename renameat renameat2 restart_syscall rmdir
    riscv_flush_icache rseq rt_sigaction rt_sigpending rt_sigprocmask rt_sigqueueinfo rt_sigreturn rt_sigsuspend
    rt_sigtimedwait rt_tgsigqueueinfo sched_get_priority_max sched_get_priority_min sched_getaffinity sched_getattr
    sched_getparam sched_getscheduler sched_rr_get_interval sched_setaffinity sched_setattr sched_setparam
    sched_setscheduler sched_yield seccomp select semctl semget semop semtimedop sendfile sendmmsg sendmsg sendto
    set_robust_list set_thread_area set_tid_address setfsgid setfsuid setgid setgroups setitimer setpgid setpriority
    setregid setresgid setresuid setreuid setrlimit setsid setsockopt setuid setxattr setxattrat shmat shmctl shmdt
    shmget shutdown sigaltstack signalfd signalfd4 splice stat statfs statmount statx symlink symlinkat sync
    sync_file_range syncfs sysinfo tee tgkill time timer_create timer_delete timer_getoverrun timer_gettime
    timer_settime timerfd_create timerfd_gettime timerfd_settime times tkill truncate umask uname unlink unlinkat
    uretprobe utime utimensat utimes vfork vmsplice wait4 waitid write writev
    """)

  /// UNIX sockets (AF_UNIX).
  static let unixFamily: UInt64 = 1

  private static let internetFamilies: [UInt64] = [2, 10]
  private static let netlinkFamily: UInt64 = 16
  /// The protocols of the internet that a plugin may speak: the usual one of the kind of socket, TCP and UDP.
  ///
  /// Every other number would make the kernel load a module that hardly anybody uses and few have looked at.
  private static let internetProtocols: [UInt64] = [0, 6, 17]
  /// NETLINK_ROUTE, which C libraries ask for the addresses of this machine; every other protocol of netlink talks to
  /// a part of the kernel that is no plugin's business (netfilter, audit, IPsec, crypto).
  private static let routeProtocol: UInt64 = 0

  /// The sockets that may be made.
  static let sockets: [[SeccompCondition]] =
    [[.equal(0, unixFamily)], [.equal(0, netlinkFamily), .equal(2, routeProtocol)]]
    + internetFamilies.flatMap { family in internetProtocols.map { [.equal(0, family), .equal(2, $0)] } }

  /// The sockets that are refused and that a canary hears of: all other families that Linux has, and unusual
  /// protocols.
  static let refusedSockets: [[SeccompCondition]] =
    (3...45).filter { !internetFamilies.contains($0) && $0 != netlinkFamily }.map { [.equal(0, $0)] }
    + [[.equal(0, netlinkFamily), .unequal(2, routeProtocol)]]
    + internetFamilies.map { [.equal(0, $0), .greater(2, 17)] }

  /// TIOCSTI types into a terminal what its user did not.
  static let terminalInput: UInt32 = 0x5412
  /// TIOCLINUX pastes into a console what its user did not.
  static let terminalSelection: UInt32 = 0x541c
  /// The bits in which these two differ.
  private static let differingBits: UInt64 = 0b1110

  /// Every `ioctl` but those two.
  ///
  /// The kernel looks at the lower half of the argument only, so that "is not equal" would let through the same number
  /// with something above it (CVE-2019-10063), and libseccomp takes one comparison of an argument in a rule: so a call
  /// is let through for each bit in which it differs from both.
  static let harmlessTerminalCalls: [SeccompCondition] = {
    let (one, other) = (UInt64(terminalInput), UInt64(terminalSelection))
    let common = (0..<32).map { UInt64(1) << $0 }.filter { $0 & differingBits == 0 }
    let rest = stride(from: UInt64(0), through: differingBits, by: 2).filter {
      $0 != one & differingBits && $0 != other & differingBits
    }
    return common.map { .masked(1, mask: $0, value: ~one & $0) }
      + rest.map { .masked(1, mask: differingBits, value: $0) }
  }()

  /// Those two.
  static let refusedTerminalCalls: [SeccompCondition] = [terminalInput, terminalSelection].map {
    .masked(1, mask: 0xffff_ffff, value: UInt64($0))
  }

  /// The execution domains that `personality` may choose or ask for: Linux, 32 bit, `uname26`, both, and the query.
  static let personalities: [UInt64] = [0x0, 0x8, 0x20000, 0x20008, 0xffff_ffff]

  /// The namespace flags of `clone`: new mount, cgroup, UTS, IPC, user, PID and network namespace.
  static let namespaceFlags: UInt64 = 0x7e02_0000

  /// Each of them.
  static let eachNamespaceFlag: [UInt64] = (0..<32).map { 1 << $0 }.filter { $0 & namespaceFlags != 0 }

  /// AT_EMPTY_PATH: the call is about a descriptor and not about a path.
  static let emptyPathFlag: UInt64 = 0x1000
  /// MSG_NOSIGNAL, with which the C library asks for names.
  static let noSignalFlag: UInt64 = 0x4000

  /// What makes memory that belongs to no process; C libraries and interpreters do without.
  static let ofNoProcess: [String] = ["memfd_create", "memfd_secret", "shmget"]

  /// Answered with "no such call", so that C libraries fall back to `clone`, whose flags can be looked at.
  static let unknownToPlugins: [String] = ["clone3"]

  private static func names(_ text: String) -> [String] {
    text.split { $0 == " " || $0 == "\n" }.map(String.init)
  }
}
