import Platform
import Releases
import Signing

@testable import Bundles

/// Deltas through `DeltaReader`.
///
/// The first byte of an input says what the rest is: a whole file, a description before good parts, the
/// parts behind a good front, one patch, or the compressed manifest.
struct FuzzedDelta: FuzzedReader {
  private let release: FuzzRelease
  private let description: [UInt8]
  private let manifest: [UInt8]
  private let patch: [UInt8]
  private static let patchName = "patch/0"

  init() throws {
    release = try FuzzRelease()
    // Entries are sorted: a.txt, link, main.py.
    let frame = DeltaFrame(files: [0], sources: [DeltaFrame.Source(entry: 2)])
    description = DeltaDescription(
      from: .of(release.older.json), manifestSize: release.newer.json.count, frames: [frame]
    ).encoded()
    manifest = try ZstdPatch.compress(release.newer.json, prefix: release.older.json, level: 3)
    patch = try ZstdPatch.compress(
      Array((FuzzRelease.newerFiles["main.py"] ?? "").utf8),
      prefix: Array((FuzzRelease.olderFiles["main.py"] ?? "").utf8), level: 3)
    guard read(try FuzzRelease.frame(tar())) else { FuzzRelease.breach("the good delta") }
  }

  private func tar(description: [UInt8]? = nil, manifest: [UInt8]? = nil, rest: [UInt8]? = nil) -> [UInt8] {
    FuzzRelease.entry(DeltaPart.description, description ?? self.description)
      + FuzzRelease.entry(DeltaPart.manifest, manifest ?? self.manifest)
      + FuzzRelease.entry(BundlePart.signatureName, release.newer.signature)
      + (rest ?? FuzzRelease.entry(Self.patchName, patch) + TarHeader.end)
  }

  func run(_ input: [UInt8]) {
    guard let first = input.first else { return }
    let rest = Array(input.dropFirst())
    let tar: [UInt8]
    switch first % 5 {
    case 0:
      read(rest)
      return
    case 1: tar = self.tar(description: rest)
    case 2: tar = self.tar(rest: rest)
    case 3: tar = self.tar(rest: FuzzRelease.entry(Self.patchName, rest) + TarHeader.end)
    default: tar = self.tar(manifest: rest)
    }
    if let bytes = try? FuzzRelease.frame(tar) { read(bytes) }
  }

  /// Whether the delta led to the end; every content must then have come, as long as the manifest says.
  @discardableResult
  private func read(_ bytes: [UInt8]) -> Bool {
    guard let file = try? release.checked(bytes),
      let reader = try? DeltaReader(file, from: release.tree, keys: [release.signer.publicKey], files: release.files)
    else { return false }
    if reader.signed.json != release.newer.json { FuzzRelease.breach("a forged manifest") }
    var came: [String: Int64] = [:]
    do {
      try reader.forEachFile { entry, next in
        var count: Int64 = 0
        while let chunk = try next() { count += Int64(chunk.count) }
        came[entry.path] = count
      }
    } catch {
      return false
    }
    let wanted = reader.signed.manifest.entries.filter { $0.size > 0 && reader.kept($0) == nil }
    if wanted.contains(where: { came[$0.path] != $0.size }) { FuzzRelease.breach("content that did not come") }
    return true
  }

  func seeds() throws -> [(String, [UInt8])] {
    let parts = FuzzRelease.entry(Self.patchName, patch) + TarHeader.end
    let part = #""frames":[{"new":[0],"part":[0,100],"old":[[2,0,50]]},{"new":[0],"part":[100,260]}]}"#
    let text = String(decoding: description, as: UTF8.self)
    return [
      ("file", [0] + (try FuzzRelease.frame(tar()))), ("description", [1] + description),
      (
        "description-parts",
        [1]
          + Array(
            (text.prefix { $0 != "," }
              + text.drop { $0 != "," }.replacing(
                #""frames":[{"new":[0],"old":[2]}]}"#, with: part)).utf8)
      ),
      ("parts", [2] + parts), ("patch", [3] + patch), ("manifest", [4] + manifest),
    ]
  }
}
