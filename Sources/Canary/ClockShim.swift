import Platform
import SystemPackage

/// Sets the clock of a plugin ahead with libfaketime, where that is installed.
///
/// No namespace shifts the time of day, and most programs read it without a system call, so that nothing outside of a
/// process can. A library that is loaded into it can, as long as the program is linked dynamically and does not look for
/// it: this finds mistakes and simple time bombs, not programs that hide.
struct ClockShim: Equatable, Sendable {
  /// The part of the library's path by which it is known among the mapped files of a process.
  static let mark = "libfaketime"
  /// What to install, in words.
  static let obstacle = "libfaketime is not installed on this machine (package faketime)"
  private static let names = ["libfaketimeMT.so.1", "libfaketime.so.1"]

  private let library: FilePath

  /// Finds the library among the folders of libraries that sandboxes see; nil when it is not there.
  init?(files: any FileSystem) {
    let architectures = ((try? files.list("/usr/lib")) ?? []).map(\.name).filter { $0.hasSuffix("-linux-gnu") }.sorted()
    let folders = architectures.map { FilePath("/usr/lib").appending($0) } + ["/usr/lib64", "/usr/lib"]
    let candidates = folders.flatMap { folder in Self.names.map { folder.appending("faketime").appending($0) } }
    guard let found = candidates.first(where: { (try? files.exists($0)) == true }) else { return nil }
    library = found
  }

  /// The variables that set the time of day ahead; the other clocks stay, so that waiting takes as long as it takes.
  func variables(ahead shift: Duration) -> [String: String] {
    [
      "LD_PRELOAD": library.string, "FAKETIME": "+\(shift.components.seconds)s", "DONT_FAKE_MONOTONIC": "1",
      "FAKETIME_DONT_FAKE_MONOTONIC": "1",
    ]
  }
}
