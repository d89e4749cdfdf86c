import Bundles
import Offline
import Platform
import SystemPackage
import TestSupport

/// Offline bundles that are put together by hand, honest ones and others.
struct OfflineSample {
  static let base = "https://updates.example.org/acme"
  let scratch: Scratch
  let files = LocalFileSystem()

  init() throws { scratch = try Scratch() }

  /// One entry in the one form that entries have.
  static func entry(_ name: String, _ content: [UInt8] = Array("{}".utf8)) -> [UInt8] {
    let size = Int64(content.count)
    return TarHeader.bytes(path: name, kind: .file(mode: 0o644, size: size)) + content
      + [UInt8](repeating: 0, count: TarHeader.padding(after: size))
  }

  /// What an honest file begins with.
  static let honest = entry("metadata/1.root.json") + entry("metadata/timestamp.json")

  /// Opens a file of these bytes.
  func open(_ bytes: [UInt8]) throws(OfflineError) -> OfflineFile {
    let path = scratch / "file"
    do throws(FileError) {
      try files.removeIfPresent(path)
      try files.write(bytes, creating: path, mode: 0o644)
    } catch { throw .file(error) }
    return try OfflineFile.open(path, files: files)
  }

  /// Why a file of these bytes is refused.
  func refusal(_ bytes: [UInt8]) -> String? {
    do throws(OfflineError) {
      _ = try open(bytes)
      return nil
    } catch {
      guard case .notOffline(_, let reason) = error else { return "another error: \(error)" }
      return reason
    }
  }
}
