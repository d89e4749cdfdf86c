import Bundles
import Releases
import Signing
import StrictJSON

/// A delta from the older release to the honest one, put together by hand: one file has to come.
struct DeltaParts {
  var description: String
  /// The compressed new manifest.
  var manifest: ZstdFrame
  var signature: [UInt8]
  /// The frames, each under its name.
  var frames: [(name: String, bytes: [UInt8])]
  /// The outer frame's window.
  var windowLog: UInt8 = 17
  var end = 1024
  /// What is put in front of the frames.
  var extra: [UInt8] = []

  init(_ forge: Forge) throws {
    let json = forge.manifest.encoded()
    description =
      #"{"format":1,"from":"\#(SHA256Digest.of(try forge.older().json).hex)","manifest":\#(json.count),"#
      + #""frames":[{"new":[0],"old":[1]}]}"#
    manifest = Self.frame(json)
    signature = Array(try forge.signer.minisign(json, trustedComment: forge.manifest.trustedComment).text.utf8)
    frames = [("patch/0", Self.frame(Array((Forge.contents["main.py"] ?? "").utf8)).bytes())]
  }

  /// A frame that says its size and needs nothing of its prefix.
  static func frame(_ content: [UInt8]) -> ZstdFrame {
    var frame = ZstdFrame(storing: content)
    frame.contentSize = UInt64(content.count)
    return frame
  }

  /// The tar in the outer frame.
  var tar: [UInt8] {
    var entries = [
      Forge.entry("delta.json", Array(description.utf8)), Forge.entry("bundle.json.zst", manifest.bytes()),
      Forge.entry("bundle.json.minisig", signature), extra,
    ]
    entries += frames.map { Forge.entry($0.name, $0.bytes) }
    return Forge.joined(entries) + [UInt8](repeating: 0, count: end)
  }

  /// The whole file.
  var bytes: [UInt8] {
    var frame = ZstdFrame(storing: tar)
    frame.windowLog = windowLog
    return frame.bytes()
  }
}
