import Platform
import Signing
import SystemPackage

/// Looks for secret keys by their content, whatever their names.
struct SecretSearch {
  /// The most files that are looked at.
  private static let maximumFiles = 50_000
  /// How deep folders are searched.
  private static let maximumDepth = 8

  let files: any FileSystem

  /// Every file that is a minisign secret key, below a workspace and outside of its targets, which may be many.
  func secrets(below root: FilePath) throws -> [FilePath] {
    var found: [FilePath] = []
    var looked = 0
    var folders: [(path: FilePath, depth: Int)] = [(root, 0)]
    while let (folder, depth) = folders.popLast() {
      for entry in try files.list(folder) {
        let path = folder.appending(entry.component)
        switch entry.kind {
        case .directory where depth < Self.maximumDepth && path != root.appending("repository").appending("targets"):
          folders.append((path, depth + 1))
        case .file where looked < Self.maximumFiles:
          looked += 1
          if isSecret(path) { found.append(path) }
        default: continue
        }
      }
    }
    return found.sorted { $0.string < $1.string }
  }

  private func isSecret(_ path: FilePath) -> Bool {
    guard let status = try? files.status(path), status.size <= Int64(KeyFile.maxTextBytes),
      let bytes = try? files.readAll(path, limit: KeyFile.maxTextBytes),
      let text = String(validating: bytes, as: UTF8.self)
    else { return false }
    return (try? KeyFile.isEncrypted(text)) != nil
  }
}
