import Releases
import Signing

@testable import Bundles

/// Bundles through `BundleReader`.
///
/// The first byte of an input says what the rest is: a whole file, the tree's part of the tar behind a
/// good front, or a manifest that is signed.
struct FuzzedBundle: FuzzedReader {
  private let release: FuzzRelease

  init() throws { release = try FuzzRelease() }

  private func front(_ json: [UInt8], _ signature: [UInt8]) -> [UInt8] {
    FuzzRelease.entry(BundlePart.manifestName, json) + FuzzRelease.entry(BundlePart.signatureName, signature)
  }

  private var tree: [UInt8] {
    release.newer.manifest.entries.reduce(into: []) { tar, entry in
      tar += TarHeader.bytes(path: BundlePart.treePrefix + entry.path, kind: entry.tarKind)
      let content = Array((entry.sha256 == nil ? "" : FuzzRelease.newerFiles[entry.path] ?? "").utf8)
      tar += content + [UInt8](repeating: 0, count: TarHeader.padding(after: Int64(content.count)))
    } + TarHeader.end
  }

  func run(_ input: [UInt8]) {
    guard let first = input.first else { return }
    let rest = Array(input.dropFirst())
    switch first % 3 {
    case 0: read(rest)
    case 1: read(framed: front(release.newer.json, release.newer.signature) + rest)
    default:
      guard let text = try? release.signer.minisign(rest, trustedComment: release.newer.manifest.trustedComment).text
      else { return }
      read(framed: front(rest, Array(text.utf8)) + tree, isForged: false)
    }
  }

  private func read(framed tar: [UInt8], isForged: Bool = true) {
    if let bytes = try? FuzzRelease.frame(tar) { read(bytes, isForged: isForged) }
  }

  private func read(_ bytes: [UInt8], isForged: Bool = true) {
    guard let file = try? release.checked(bytes),
      let report = try? BundleVerifier.verify(file, keys: [release.signer.publicKey])
    else { return }
    // Nobody can forge a signature here: what is believed as a whole is the very release.
    if isForged, report.manifest != release.newer.manifest { FuzzRelease.breach("a forged bundle") }
  }

  func seeds() throws -> [(String, [UInt8])] {
    let tar = front(release.newer.json, release.newer.signature) + tree
    return [
      ("file", [0] + (try FuzzRelease.frame(tar))), ("tree", [1] + tree), ("manifest", [2] + release.newer.json),
    ]
  }
}
