import Platform
import SystemPackage
import TUF

/// The newest time at which a repository was refreshed with success, kept on the disk, so that a clock that is set back
/// does not make expired metadata valid again.
///
/// Only a refresh that succeeded raises it: its metadata were valid then, so that a clock that was once far ahead
/// cannot lock the host out for longer than the timestamp lives.
struct NewestTime {
  /// How much later a time must be to be written, in seconds: a refresh with nothing new should not wait for the disk.
  static let step: Int64 = 60

  private let path: FilePath
  private let files: any FileSystem

  /// The time that belongs to a folder of trusted metadata.
  init(in folder: MetadataFolder) {
    path = folder.root.appending("newest-time")
    files = folder.files
  }

  /// What is kept; nil where nothing is, or nothing that can be read.
  var kept: MetadataTime? {
    // Unreadable means absent, as for every trusted file: it must not become a lasting error.
    guard let bytes = try? files.readAll(path, limit: 64) else { return nil }
    return MetadataTime(String(decoding: bytes, as: UTF8.self))
  }

  /// Keeps a time that is later than what is kept.
  func raise(to time: MetadataTime) throws {
    if let kept, time < kept.advanced(bySeconds: Self.step) { return }
    try files.write(Array(time.description.utf8), atomicallyTo: path, mode: 0o600)
  }
}
