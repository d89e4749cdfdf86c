import Bundles
import Foundation
import Platform
import Releases
import Signing
import Storage
import SystemPackage
import Updating

/// The steps of a delta as processes of their own, for script/bench.
///
///     delta-benchmark unpack BUNDLE KEY FOLDER                 a bundle's tree, as a publisher keeps it
///     delta-benchmark make OLD-BUNDLE FOLDER NEW-BUNDLE FOLDER KEY DELTA
///     delta-benchmark install BUNDLE KEY HOST                  the old release on a fresh host
///     delta-benchmark apply DELTA SHA256 KEY HOST              the delta onto it, durably staged
@main
struct DeltaBenchmark {
  private static let machine = Machine.live

  static func main() throws {
    ProcessMemory.giveBackLargeBlocks()
    let arguments = Array(CommandLine.arguments.dropFirst())
    switch (arguments.first, arguments.count) {
    case ("unpack", 4): try unpack(arguments[1], key(arguments[2]), FilePath(arguments[3]))
    case ("make", 7): try make(arguments)
    case ("install", 4): try install(arguments[1], key(arguments[2]), FilePath(arguments[3]))
    case ("apply", 5): try apply(arguments[1], arguments[2], key(arguments[3]), FilePath(arguments[4]))
    default:
      FileHandle.standardError.write(Data("usage: delta-benchmark unpack|make|install|apply …\n".utf8))
      exit(64)
    }
  }

  private static func key(_ path: String) throws -> PublicKey {
    try PublicKey(minisign: String(contentsOfFile: path, encoding: .utf8))
  }

  private static func reader(_ bundle: String, _ key: PublicKey) throws -> BundleReader {
    try BundleReader(CheckedFile.check(FilePath(bundle), keys: [key], files: machine.files), keys: [key])
  }

  private static func unpack(_ bundle: String, _ key: PublicKey, _ folder: FilePath) throws {
    try reader(bundle, key).forEachEntry { entry, nextChunk in
      guard case .file(let mode, _, _) = entry.kind else { return }
      let path = folder.appending(entry.path)
      try machine.files.makeDirectories(path.removingLastComponent())
      let file = try machine.files.create(path, mode: mode)
      while let chunk = try nextChunk() { try file.write(chunk) }
      try file.close()
    }
  }

  private static func make(_ arguments: [String]) throws {
    let key = try key(arguments[5])
    let old = DeltaTree(folder: FilePath(arguments[2]), signed: try reader(arguments[1], key).signed)
    let new = DeltaTree(folder: FilePath(arguments[4]), signed: try reader(arguments[3], key).signed)
    let packed = try DeltaPacker(files: machine.files).pack(from: old, to: new, at: FilePath(arguments[6]), limit: .max)
    FileHandle.standardOutput.write(Data("\(packed?.length ?? 0) \(packed?.sha256.hex ?? "")\n".utf8))
  }

  private static func install(_ bundle: String, _ key: PublicKey, _ folder: FilePath) throws {
    let reader = try reader(bundle, key)
    let host = try HostFolder.open(folder, machine: machine)
    try host.plugin(reader.manifest.plugin).prepare()
    let staged = try BundleStaging.stage(reader, on: host, holding: try host.lock())
    try machine.files.write(
      Array("\(reader.manifest.plugin.text) \(staged.name.text)".utf8), atomicallyTo: folder.appending("bench"),
      mode: 0o644)
  }

  private static func apply(_ delta: String, _ digest: String, _ key: PublicKey, _ folder: FilePath) throws {
    let note = try machine.files.readAll(folder.appending("bench"), limit: 4096)
    let words = String(decoding: note, as: UTF8.self).split(separator: " ").map(String.init)
    guard words.count == 2, let tree = TreeName(words[1]), let sha256 = SHA256Digest(hex: digest) else { exit(64) }
    let host = try HostFolder.open(folder, machine: machine)
    let home = try host.plugin(try PluginName(words[0]))
    let signed = try SignedManifest(
      json: home.manifestBytes(of: tree), signature: home.signatureBytes(of: tree), keys: [key])
    let path = FilePath(delta)
    let length = try machine.files.status(path)?.size ?? 0
    let checked = try CheckedFile.check(path, length: length, sha256: sha256, files: machine.files)
    let reader = try DeltaReader(
      checked, from: DeltaTree(folder: home.path(of: tree), signed: signed), keys: [key], files: machine.files)
    _ = try DeltaStaging.stage(reader, on: host, holding: try host.lock())
  }
}
