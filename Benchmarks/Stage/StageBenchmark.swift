import Bundles
import Foundation
import Platform
import Releases
import Signing
import Storage
import SystemPackage
import Updating

/// Verifies a bundle and stages it durably, as an install does: `stage-benchmark BUNDLE KEY.pub HOST SHA256 LENGTH`.
///
/// Length and digest are what trusted metadata promise of the file; the manifest's signature is checked against the key.
/// `stage-benchmark objects BUNDLE.json KEY.pub HOST` makes a tree of its kept manifest and of the host's objects, as an
/// update does that has nothing to fetch.
@main
struct StageBenchmark {
  static func main() throws {
    let arguments = Array(CommandLine.arguments.dropFirst())
    if arguments.count == 5, let digest = SHA256Digest(hex: arguments[3]), let length = Int64(arguments[4]) {
      return try stage(FilePath(arguments[0]), try key(arguments[1]), arguments[2], digest, length)
    }
    if arguments.count == 4, arguments[0] == "objects" {
      return try restage(FilePath(arguments[1]), try key(arguments[2]), arguments[3])
    }
    let usage = """
      usage: stage-benchmark BUNDLE KEY.pub HOST SHA256 LENGTH
             stage-benchmark objects BUNDLE.json KEY.pub HOST
      """
    FileHandle.standardError.write(Data((usage + "\n").utf8))
    exit(64)
  }

  private static func stage(
    _ bundle: FilePath, _ key: PublicKey, _ folder: String, _ digest: SHA256Digest, _ length: Int64
  ) throws {
    let machine = Machine.live
    let checked = try CheckedFile.check(bundle, length: length, sha256: digest, files: machine.files)
    let reader = try BundleReader(checked, keys: [key])
    let host = try HostFolder.open(FilePath(folder), machine: machine)
    _ = try BundleStaging.stage(reader, on: host, holding: try host.lock())
  }

  private static func restage(_ manifest: FilePath, _ key: PublicKey, _ folder: String) throws {
    let machine = Machine.live
    let json = try machine.files.readAll(manifest, limit: BundleManifest.maxManifestBytes)
    let signature = try machine.files.readAll(
      CheckedFile.signaturePath(of: manifest), limit: MinisignSignature.maxTextBytes)
    let signed = try SignedManifest(json: json, signature: signature, keys: [key])
    let host = try HostFolder.open(FilePath(folder), machine: machine)
    let stager = try TreeStager(
      manifest: signed.manifest, manifestBytes: signed.json, signatureBytes: signed.signature, host: host,
      holding: try host.lock())
    _ = try stager.reuseAll()
    _ = try stager.finish()
  }

  private static func key(_ path: String) throws -> PublicKey {
    try PublicKey(minisign: String(contentsOfFile: path, encoding: .utf8))
  }
}
