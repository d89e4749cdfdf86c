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
/// With `objects` as a last word all files come from the host's object store, as when a damaged tree is made anew.
@main
struct StageBenchmark {
  static func main() throws {
    let arguments = CommandLine.arguments
    let takesObjects = arguments.last == "objects"
    guard arguments.count == (takesObjects ? 7 : 6), let digest = SHA256Digest(hex: arguments[4]),
      let length = Int64(arguments[5])
    else {
      FileHandle.standardError.write(
        Data("usage: stage-benchmark BUNDLE KEY.pub HOST-FOLDER SHA256 LENGTH [objects]\n".utf8))
      exit(64)
    }
    let machine = Machine.live
    let key = try PublicKey(minisign: String(contentsOfFile: arguments[2], encoding: .utf8))
    let checked = try CheckedFile.check(FilePath(arguments[1]), length: length, sha256: digest, files: machine.files)
    let reader = try BundleReader(checked, keys: [key])
    let host = try HostFolder.open(FilePath(arguments[3]), machine: machine)
    let lock = try host.lock()
    guard takesObjects else {
      _ = try BundleStaging.stage(reader, on: host, holding: lock)
      return
    }
    let stager = try TreeStager(
      manifest: reader.manifest, manifestBytes: reader.signed.json, signatureBytes: reader.signed.signature,
      host: host, holding: lock)
    _ = try stager.reuseAll()
    _ = try stager.finish()
  }
}
