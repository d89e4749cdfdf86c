import Platform
import SystemPackage

@testable import Bundles
@testable import Offline

/// Offline bundles through `OfflineFile`: an input is a whole file.
struct FuzzedOffline: FuzzedReader {
  private let release: FuzzRelease
  private static let base = "https://example.org"

  init() throws { release = try FuzzRelease() }

  func run(_ input: [UInt8]) {
    let path = release.folder.appending("input")
    try? release.files.removeIfPresent(path)
    guard (try? release.files.write(input, creating: path, mode: 0o600)) != nil,
      let file = try? OfflineFile.open(path, files: release.files)
    else { return }
    let names = file.names
    if Set(names).count != names.count { FuzzRelease.breach("a name twice") }
    for name in names {
      let parts = name.split(separator: "/", omittingEmptySubsequences: false)
      if parts.contains(where: { $0.isEmpty || $0 == "." || $0 == ".." }) { FuzzRelease.breach("the name \(name)") }
      if parts[0] != "metadata" && parts[0] != "targets" { FuzzRelease.breach("the name \(name)") }
    }
    // What was opened is written in one form alone: put together again it is the same file.
    var again: [UInt8] = []
    for entry in file.entries.values.sorted(by: { $0.start < $1.start }) {
      guard let content = try? file.read(entry.name, count: entry.length) else {
        FuzzRelease.breach("an entry that cannot be read")
      }
      again += FuzzRelease.entry(entry.name, content)
    }
    if again + TarHeader.end != input { FuzzRelease.breach("a file that says more than its entries") }
    _ = file.releases
  }

  func seeds() throws -> [(String, [UInt8])] {
    let long = "targets/plugins/" + String(repeating: "long-", count: 50) + "/é.json"
    let tar =
      FuzzRelease.entry("metadata/1.root.json", Array("{}".utf8)) + FuzzRelease.entry(long, [1, 2, 3])
      + FuzzRelease.entry("targets/plugins/io.github.acme/time/stable.json", []) + TarHeader.end
    return [("file", tar), ("empty", TarHeader.end)]
  }
}
