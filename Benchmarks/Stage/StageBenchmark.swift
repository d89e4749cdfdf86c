import Bundles
import Foundation
import Platform
import Releases
import Signing
import Storage
import SystemPackage
import Updating

/// Verifies a bundle and stages it durably on a fresh host, as an install does: `stage-benchmark BUNDLE KEY HOST`.
@main
struct StageBenchmark {
  static func main() throws {
    let arguments = CommandLine.arguments
    guard arguments.count == 4 else {
      FileHandle.standardError.write(Data("usage: stage-benchmark BUNDLE KEY.pub HOST-FOLDER\n".utf8))
      exit(64)
    }
    let machine = Machine.live
    let key = try PublicKey(minisign: String(contentsOfFile: arguments[2], encoding: .utf8))
    let checked = try CheckedFile.check(FilePath(arguments[1]), keys: [key], files: machine.files)
    let reader = try BundleReader(checked, keys: [key])
    let host = try HostFolder.open(FilePath(arguments[3]), machine: machine)
    let home = try host.plugin(reader.manifest.plugin)
    try home.prepare()
    _ = try BundleStaging.stage(reader, on: host, holding: try host.lock())
  }
}
