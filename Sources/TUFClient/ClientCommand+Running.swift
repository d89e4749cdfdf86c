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
      var access = RepositoryAccess(folder: folder, metadataURL: metadataURL)
      try await access.refresh()
    case .download(let metadataURL, let targets, let targetURL, let targetFolder):
      var access = RepositoryAccess(folder: folder, metadataURL: metadataURL)
      try await access.refresh()
      let download = TargetDownload(
        baseURL: targetURL, folder: targetFolder, files: files, transport: access.transport,
        consistent: access.consistentSnapshot)
      for name in targets { try await download.fetch(try await access.find(name)) }
    }
  }
}
