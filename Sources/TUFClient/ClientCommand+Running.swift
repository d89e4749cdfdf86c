import Platform
import SystemPackage
import TUF

extension ClientCommand {
  /// Does what the command says, with this machine's files, clock and network.
  func run() async throws {
    let files = LocalFileSystem()
    let folder = ClientFolder(path: metadataFolder, files: files)
    switch verb {
    case .initialise(let root):
      try folder.initialise(root: try files.readAll(root, limit: TUFLimits.standard.rootBytes))
    case .refresh(let metadataURL):
      try await access(folder, metadataURL) { _ in }
    case .download(let metadataURL, let targets, let targetURL, let targetFolder):
      try await access(folder, metadataURL) { access in
        let download = TargetDownload(
          baseURL: targetURL, folder: targetFolder, files: files, transport: access.transport,
          consistent: access.consistentSnapshot)
        for name in targets { try await download.fetch(try await access.find(name)) }
      }
    }
  }

  /// Refreshes and goes on with a closure, all on the thread of the transfers; what was accepted is on the disk
  /// afterwards, whatever failed.
  private func access(
    _ folder: ClientFolder, _ metadataURL: String, _ body: (inout RepositoryAccess) async throws -> Void
  ) async throws {
    var access = RepositoryAccess(folder: folder, metadataURL: metadataURL)
    do {
      try await withTaskExecutorPreference(access.transport.executor) {
        try await access.refresh()
        try await body(&access)
      }
    } catch {
      try? folder.settle()
      throw error
    }
    try folder.settle()
  }
}
