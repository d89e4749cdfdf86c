internal import Bundles
package import Platform
internal import Releases
internal import Signing
package import SystemPackage
internal import TUF

/// Writes an offline bundle: one plugin in one channel, with everything that a host without network needs for it.
///
/// What is needed is not listed anywhere: a client without any memory follows the repository from its first root to the
/// bundles, and every file that it had to ask for goes into the file. What it would not believe is never written.
package struct OfflineExport {
  private let wish: OfflineWish
  private let source: any OfflineSource
  private let machine: Machine

  /// An export of a wish from a repository.
  package init(_ wish: OfflineWish, from source: any OfflineSource, machine: Machine) {
    self.wish = wish
    self.source = source
    self.machine = machine
  }

  /// Writes the file durably and in one step, replacing what was there.
  ///
  /// Throws `TUFError` where the repository would be refused, and ``OfflineError``; nothing is left then.
  /// - Parameter confirm: looks at the finished file before it gets its name; what it throws is thrown.
  package func write(
    to path: FilePath, confirm: (OfflineFile) async throws -> Void = { _ in }
  ) async throws -> OfflineReport {
    let found = try await OfflineWalk.run(wish, source, at: machine.clock.now().seconds)
    guard let name = path.lastComponent else {
      throw OfflineError.file(FileError(operation: "write", path: path, reason: .notFound))
    }
    let folder = path.removingLastComponent()
    let temporary = folder.appending(".\(name.string).\(SecureRandom.hex(bytes: 6)).new")
    do {
      let (length, digest) = try await write(found, creating: temporary)
      let file = try OfflineFile.open(temporary, files: machine.files)
      try await confirm(file)
      try machine.files.rename(temporary, to: path)
      try machine.files.sync(directory: folder.isEmpty ? "." : folder)
      return OfflineReport(
        manifest: found.manifest, bundles: found.bundles.map(\.offer), names: file.names, expires: found.expires,
        length: length, sha256: digest)
    } catch {
      try? machine.files.removeIfPresent(temporary)
      throw error
    }
  }

  /// The order is always the same, so that one state of a repository gives one file.
  private func write(
    _ found: OfflineWalk.Found, creating path: FilePath
  ) async throws -> (length: Int64, sha256: SHA256Digest) {
    var writer = OfflineWriter(try filing(try machine.files.create(path, mode: 0o644)))
    for file in found.metadata { try writer.add(OfflineEntry.metadata + file.path, file.bytes) }
    try writer.add(OfflineEntry.targets + found.manifestPath.file, found.manifestBytes)
    for bundle in found.bundles.sorted(by: { $0.path.file < $1.path.file }) {
      try await copy(bundle, to: &writer)
    }
    for file in found.evidence { try writer.add(OfflineEntry.targets + file.path, file.bytes) }
    return try writer.finish()
  }

  /// Copies a bundle piece by piece, compared with what was signed, and then the signature beside it.
  private func copy(_ bundle: OfflineWalk.Bundle, to writer: inout OfflineWriter) async throws {
    let name = OfflineEntry.targets + bundle.path.file
    let file = try await source.open(bundle.path, length: bundle.offer.length, sha256: bundle.offer.sha256)
    var check = bundle.target.beginCheck()
    var blake = Minisign.Hasher()
    var offset: Int64 = 0
    try writer.begin(name, length: bundle.offer.length)
    while true {
      let bytes = try filing(try file.part(at: offset, count: BundleLimits.chunkBytes))
      if bytes.isEmpty { break }
      try check.update(bytes)
      blake.update(bytes)
      try writer.write(bytes)
      offset += Int64(bytes.count)
    }
    try check.finish()
    try writer.end(length: offset)

    let path = bundle.path.adding(".minisig")
    let bytes = try await source.target(path, limit: Int64(MinisignSignature.maxTextBytes))
    do throws(SignatureError) {
      try MinisignSignature(text: String(decoding: bytes, as: UTF8.self)).verify(blake.finalize(), by: bundle.keys)
    } catch {
      throw OfflineError.signature(path: bundle.path.file, error)
    }
    try writer.add(OfflineEntry.targets + path.file, bytes)
  }
}
