import Platform
import SystemPackage

/// Notices a plugin that fills a disk: no limit of the kernel holds what it writes into folders of the user.
struct DiskWatch: Sendable {
  /// What is left to everybody else on every disk, in bytes; where little was free at the start, half of that.
  private static let reserve: Int64 = 1 << 30
  /// Nearer to the reserve than this, a look twice a second is too seldom, in bytes.
  private static let near: Int64 = 8 << 30
  /// A plugin with less than this in its folders is not the one that filled the disk, in bytes.
  private static let worthMentioning: Int64 = 64 << 20
  /// The most entries that are added up to find that out.
  private static let mostEntries = 20_000
  /// A folder whose list of names is longer than this is not read: its plugin is the one, in bytes.
  private static let longestList: Int64 = 1 << 20

  /// One writable folder and what must stay free where it lies.
  private struct Place: Sendable {
    let folder: FilePath
    let floor: Int64
    var free: Int64
  }

  private var places: [Place] = []
  private let files: any FileSystem

  /// Looks at the writable folders of a plan; nil when there are none.
  init?(_ plan: SandboxPlan, files: any FileSystem) {
    self.files = files
    for mount in plan.mounts where mount.access == .readWrite && mount.isFolder {
      guard let free = try? files.freeSpace(mount.source) else { continue }
      places.append(Place(folder: mount.source, floor: min(Self.reserve, free / 2), free: free))
    }
    if places.isEmpty { return nil }
  }

  /// Whether a disk may be full before long.
  var isNear: Bool { places.contains { $0.free - $0.floor < Self.near } }

  /// Looks again: whether a disk is nearly full, and the plugin has written enough to be the reason.
  mutating func isFilled() -> Bool {
    for index in places.indices {
      guard let free = try? files.freeSpace(places[index].folder) else { continue }
      places[index].free = free
      if free < places[index].floor, size(of: places[index].folder) >= Self.worthMentioning { return true }
    }
    return false
  }

  /// The bytes of the files below a folder, as far as that has to be known.
  private func size(of folder: FilePath) -> Int64 {
    var (total, entries) = (Int64(0), 0)
    var waiting = [folder]
    while let next = waiting.popLast() {
      if let list = try? files.status(next), list.size > Self.longestList { return Self.worthMentioning }
      for entry in (try? files.list(next)) ?? [] {
        entries += 1
        let path = next.appending(entry.name)
        if entry.kind == .directory { waiting.append(path) }
        // Others may have left a file of any size here; more than this need not be known of one.
        if let status = try? files.status(path), entry.kind == .file {
          total += min(max(0, status.size), Self.worthMentioning)
        }
        if total >= Self.worthMentioning || entries >= Self.mostEntries { return total }
      }
    }
    return total
  }
}
