import Glibc
import SystemPackage

/// What this machine offers and allows.
package struct MachineLimits: Hashable, Sendable {
  /// Processors that are switched on.
  package let processors: Int
  /// Memory of the machine in bytes.
  package let memory: Int64
  /// How many files this process may hold open.
  package let openFiles: Int
  /// The kernel's release: "6.1.0-18-amd64".
  package let kernel: String
  /// The name of this boot, random and new with every one (`/proc/sys/kernel/random/boot_id`); empty where there is
  /// none.
  package let bootID: String

  /// What holds now.
  package static var current: MachineLimits {
    var files = rlimit()
    let hasFiles = unsafe getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &files) == 0
    let pages = Int64(sysconf(Int32(_SC_PHYS_PAGES)))
    let (memory, overflow) = pages.multipliedReportingOverflow(by: Int64(sysconf(Int32(_SC_PAGESIZE))))
    return MachineLimits(
      processors: max(1, sysconf(Int32(_SC_NPROCESSORS_ONLN))), memory: overflow ? .max : memory,
      openFiles: hasFiles ? Int(clamping: files.rlim_cur) : 256,
      kernel: text("/proc/sys/kernel/osrelease"), bootID: text("/proc/sys/kernel/random/boot_id"))
  }

  private static func text(_ path: String) -> String {
    let bytes = (try? LocalFileSystem().readAll(.init(path), limit: 4096)) ?? []
    return String(decoding: bytes.prefix { $0 != UInt8(ascii: "\n") }, as: UTF8.self)
  }
}

/// How much memory processes have needed at most.
package enum MemoryUse {
  /// The most memory that this process ever held, in bytes (`VmHWM`, since `ru_maxrss` is inherited over `exec`).
  package static var peak: Int64 {
    let bytes = (try? LocalFileSystem().readAll("/proc/self/status", limit: 64 * 1024)) ?? []
    for line in String(decoding: bytes, as: UTF8.self).split(separator: "\n") where line.hasPrefix("VmHWM:") {
      let number = line.split(whereSeparator: { $0 == " " || $0 == "\t" }).dropFirst().first
      if let number, let kibibytes = Int64(number) { return kibibytes.multipliedReportingOverflow(by: 1024).0 }
    }
    return usage(RUSAGE_SELF)
  }

  /// The most memory that any reaped child held, in bytes.
  package static var peakOfChildren: Int64 { usage(RUSAGE_CHILDREN) }

  private static func usage(_ who: __rusage_who) -> Int64 {
    var raw = rusage()
    guard unsafe getrusage(who.rawValue, &raw) == 0 else { return 0 }
    return Int64(raw.ru_maxrss).multipliedReportingOverflow(by: 1024).0
  }
}
