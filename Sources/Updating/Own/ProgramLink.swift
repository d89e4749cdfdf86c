package import Platform
package import SystemPackage

/// The links by which people and AI clients start this program: they never change again, whatever it updates to.
package struct ProgramLink: Sendable {
  /// Where the link to the program is.
  package let path: FilePath
  let files: any FileSystem

  /// The link at a path.
  package init(_ path: FilePath, files: any FileSystem) {
    self.path = path
    self.files = files
  }

  /// Where it usually is: `~/.local/bin/serin`.
  package static func usual(home: FilePath) -> FilePath { home.appending(".local").appending("bin").appending("serin") }

  /// What is in the place of the link.
  package enum Present: Hashable, Sendable {
    /// Nothing.
    case nothing
    /// The very link.
    case link
    /// Another link or a file, which would step aside under this path.
    case other(movesTo: FilePath)
  }

  /// Looks at the place.
  ///
  /// Throws ``OwnReleaseError/placeTaken(path:)`` for a folder.
  package func present(_ own: OwnRelease) throws -> Present {
    guard let status = try files.status(path) else { return .nothing }
    if status.kind == .symlink, try files.readLink(path) == own.program { return .link }
    if status.kind == .directory { throw OwnReleaseError.placeTaken(path: path.string) }
    return .other(movesTo: FilePath(path.string + ".before"))
  }

  /// Makes the link to the program, and one to the rescue beside it; what was there steps aside.
  package func make(to own: OwnRelease) throws {
    try files.makeDirectories(path.removingLastComponent())
    if case .other(let aside) = try present(own) {
      try files.removeIfPresent(aside)
      // A second name first: at no moment is there no program.
      try files.link(path, at: aside)
    }
    try point(path, at: own.program)
    try point(path.removingLastComponent().appending(RescueScript.name), at: own.rescue)
    try files.sync(directory: path.removingLastComponent())
  }

  private func point(_ link: FilePath, at target: FilePath) throws {
    let beside = FilePath(link.string + ".new")
    try files.removeIfPresent(beside)
    try files.symlink(to: target, at: beside)
    try files.rename(beside, to: link)
  }
}
