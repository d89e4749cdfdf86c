import Platform
import SystemPackage
import TestSupport
import Testing

/// What an attack may have left on the machine.
enum HostProcesses {
  private static let files = LocalFileSystem()

  /// The processes of the machine whose command holds a word, without those that are dead already.
  static func named(_ word: String) -> [Int] {
    let names = ((try? files.list("/proc")) ?? []).compactMap { Int($0.name) }
    return names.filter { text("/proc/\($0)/cmdline").contains(word) }.sorted()
  }

  /// The bytes of memory that this process has in use.
  static func ownMemory() -> Int { kibibytes("VmRSS:", in: text("/proc/self/status")) << 10 }

  /// The bytes of memory of the machine that belong to no process alone.
  static func sharedMemory() -> Int { kibibytes("Shmem:", in: text("/proc/meminfo")) << 10 }

  private static func text(_ path: String) -> String {
    (try? files.readAll(FilePath(path), limit: 1 << 20)).map { String(decoding: $0, as: UTF8.self) } ?? ""
  }

  private static func kibibytes(_ label: String, in text: String) -> Int {
    let line = text.split(separator: "\n").first { $0.hasPrefix(label) }
    return line?.split { $0 == " " || $0 == "\t" }.dropFirst().first.flatMap { Int($0) } ?? 0
  }
}

extension RealSandbox.User {
  /// The user who runs the tests and, where root runs them, an ordinary one.
  static var everybody: [RealSandbox.User] { UserAccount.current.isRoot ? [.invoking, .unprivileged] : [.invoking] }
}

extension RealSandbox {
  /// A sandbox of this user; the test is cancelled where the machine permits none.
  static func required(_ user: User) async throws -> RealSandbox {
    if user == .unprivileged, await !canBeAnother() { try Test.cancel("no sandbox works here for an ordinary user") }
    return try await RealSandbox(user)
  }
}
