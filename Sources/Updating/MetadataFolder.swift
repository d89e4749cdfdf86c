package import Platform
package import SystemPackage
package import TUF

/// A host's trusted metadata of one repository on disk: `roots/N.root.json`, `timestamp.json`, ….
package struct MetadataFolder: MetadataStore {
  /// The largest metadata file that is read back; anything larger was not written by this program.
  static let maximumBytes = 16 << 20

  /// The folder.
  package let root: FilePath
  /// The disk it lies on.
  package let files: any FileSystem

  /// The metadata folder at a path.
  package init(root: FilePath, files: any FileSystem) {
    self.root = root
    self.files = files
  }

  /// Creates the folder, private to the user.
  package func create() throws {
    try files.makeDirectories(root.appending("roots"), mode: 0o700)
  }

  /// The bytes of a file, nil where it cannot be read.
  package func load(_ file: MetadataFile) async throws -> [UInt8]? {
    // Unreadable means absent: the workflow fetches the file again instead of failing for ever.
    try? files.readAll(path(of: file), limit: Self.maximumBytes)
  }

  /// Keeps a verified file, durably and in one step.
  package func persist(_ file: MetadataFile, _ bytes: [UInt8]) async throws {
    let path = path(of: file)
    // A folder cannot be replaced by renaming, and would be an error for ever.
    if try files.status(path)?.kind == .directory { try files.removeTree(path) }
    try files.write(bytes, atomicallyTo: path, mode: 0o600)
  }

  /// Removes a file.
  package func discard(_ file: MetadataFile) async throws {
    try files.removeIfPresent(path(of: file))
    try files.sync(directory: root)
  }

  private func path(of file: MetadataFile) -> FilePath {
    root.appending(file.storagePath)
  }
}
