package import Platform
package import SystemPackage

/// Finds out where a path really leads, link by link.
package struct PathResolver: Sendable {
  /// As many links in one path as the kernel follows (path_resolution(7)).
  private static let mostLinks = 40

  private let files: any FileSystem

  /// Makes a resolver over these files.
  package init(files: any FileSystem) { self.files = files }

  /// The path without any link in it; nil when something on the way does not exist, is no folder, or links in a circle.
  package func resolve(_ path: FilePath) -> FilePath? {
    guard path.isAbsolute else { return nil }
    var rest = path.components.reversed().map { $0 }
    var found = FilePath("/")
    var links = 0
    while let part = rest.popLast() {
      if part.kind == .currentDirectory { continue }
      if part.kind == .parentDirectory {
        found.removeLastComponent()
        continue
      }
      let next = found.appending(part)
      guard let status = try? files.status(next) else { return nil }
      if status.kind == .symlink {
        links += 1
        guard links <= Self.mostLinks, let target = try? files.readLink(next) else { return nil }
        if target.isAbsolute { found = FilePath("/") }
        rest += target.components.reversed()
      } else {
        guard status.kind == .directory || rest.isEmpty else { return nil }
        found = next
      }
    }
    return found
  }
}
