import Platform
import Releases
import Signing
import SystemPackage
import TestSupport
import Testing

@testable import Bundles

/// Two trees, a key, and what it takes to make and to read a delta between them.
struct DeltaBench {
  /// What a path of a tree holds.
  enum Item: Equatable {
    case file([UInt8])
    case program([UInt8])
    case link(String)
    case folder

    static func text(_ text: String) -> Item { .file(Array(text.utf8)) }
  }

  let scratch: Scratch
  let files = LocalFileSystem()
  let signer: Signer

  init() throws {
    scratch = try Scratch()
    signer = Signer(try SecretKey.generate())
  }

  /// Writes a tree and signs its manifest.
  func tree(_ version: String, _ items: [String: Item], by other: Signer? = nil) throws -> DeltaTree {
    let folder = scratch / version
    try files.makeDirectory(folder, mode: 0o755)
    var entries: [TreeEntry] = []
    for (path, item) in items {
      let kind: TreeEntry.Kind
      switch item {
      case .file(let bytes), .program(let bytes):
        let mode: UInt16 = if case .program = item { 0o755 } else { 0o644 }
        try scratch.write(bytes, to: version + "/" + path, mode: mode)
        kind = .file(mode: mode, size: Int64(bytes.count), sha256: .of(bytes))
      case .link(let target): kind = .symlink(target: target)
      case .folder: kind = .directory
      }
      entries.append(try TreeEntry(path: path, kind: kind))
    }
    let manifest = try BundleManifest(
      plugin: PluginName("io.github.acme/time"), version: ReleaseVersion(version), platform: .any,
      launch: LaunchCommand(command: "tool"), entries: entries)
    let json = manifest.encoded()
    let signature = Array(
      try (other ?? signer).minisign(json, trustedComment: manifest.trustedComment).text.utf8)
    return DeltaTree(
      folder: folder,
      signed: try SignedManifest(json: json, signature: signature, keys: [(other ?? signer).publicKey]))
  }

  func pack(
    from old: DeltaTree, to new: DeltaTree, threads: Int = 2, limit: Int64 = .max, name: String = "delta"
  ) throws -> PackedDelta? {
    try DeltaPacker(files: files, threads: threads).pack(from: old, to: new, at: scratch / name, limit: limit)
  }

  func read(_ delta: FilePath, from old: DeltaTree, keys: [PublicKey]? = nil) throws -> DeltaReader {
    let digest = try FileDigest.compute(delta, files: files)
    let checked = try CheckedFile.check(delta, length: digest.length, sha256: digest.sha256, files: files)
    return try DeltaReader(checked, from: old, keys: keys ?? [signer.publicKey], files: files)
  }

  /// The content of every path that a delta and the old tree make, as staging would put it together.
  func unpack(_ reader: DeltaReader) throws -> [String: Item] {
    var items: [String: Item] = [:]
    var byDigest: [SHA256Digest: [UInt8]] = [:]
    try reader.forEachFile { entry, next in
      var bytes: [UInt8] = []
      while let chunk = try next() { bytes += chunk }
      byDigest[.of(bytes)] = bytes
    }
    for entry in reader.signed.manifest.entries {
      switch entry.kind {
      case .symlink(let target): items[entry.path] = .link(target)
      case .directory: items[entry.path] = .folder
      case .file(let mode, let size, let digest):
        var bytes = byDigest[digest]
        if size == 0 { bytes = [] }
        if let kept = reader.kept(entry) { bytes = try files.readAll(kept.path, limit: 64 << 20) }
        items[entry.path] = bytes.map { mode == 0o755 ? .program($0) : .file($0) }
      }
    }
    return items
  }

  /// Packs, reads and compares; gives the delta's length.
  @discardableResult
  func roundTrip(_ before: [String: Item], _ after: [String: Item]) throws -> Int64 {
    let (old, new) = (try tree("1.0.0", before), try tree("2.0.0", after))
    let packed = try #require(try pack(from: old, to: new))
    #expect(try files.status(packed.path)?.size == packed.length)
    let reader = try read(packed.path, from: old)
    #expect(reader.signed.json == new.signed.json)
    let made = try unpack(reader)
    for (path, item) in after where made[path] != item { Issue.record("\(path) is not what it was") }
    #expect(made.count == after.count)
    return packed.length
  }

  /// The outer frame of a delta, as the packer would make it.
  static func compress(_ tar: [UInt8]) throws(BundleError) -> [UInt8] {
    var compressor = try ZstdCompressor.start(level: 1, contentSize: nil, windowLog: DeltaLimits.windowLog)
    var frame: [UInt8] = []
    try compressor.compress(tar[...], last: true) { frame += $0 }
    return frame
  }

  /// The parts of an honest delta, to be put together otherwise.
  func parts(of delta: PackedDelta) throws -> DeltaParts {
    let checked = try CheckedFile.check(delta.path, length: delta.length, sha256: delta.sha256, files: files)
    var stream = try BundleStream.open(checked, windowLog: DeltaLimits.windowLog)
    let json = try stream.takeEntry("delta.json", limit: 1 << 20)
    let description = try DeltaDescription(json: json)
    var entries = [("delta.json", json)]
    for name in ["bundle.json.zst", "bundle.json.minisig"] {
      entries.append((name, try stream.takeEntry(name, limit: 1 << 20)))
    }
    for (number, frame) in description.frames.enumerated() {
      let name = DeltaPart.frame(number, frame)
      entries.append((name, try stream.takeEntry(name, limit: 16 << 20)))
    }
    return DeltaParts(entries: entries, description: description)
  }

  /// Why a file of these parts is refused, when it is.
  func refusal(_ parts: DeltaParts, from old: DeltaTree) throws -> BundleError? {
    try refusal(of: DeltaBench.compress(parts.tar), from: old)
  }

  /// Why a file of these bytes is refused, when it is.
  func refusal(of bytes: [UInt8], from old: DeltaTree) throws -> BundleError? {
    // Cases run at the same time.
    let path = try scratch.write(bytes, to: "forged-\(SecureRandom.hex(bytes: 8))")
    do {
      _ = try unpack(try read(path, from: old))
      return nil
    } catch let error as BundleError {
      return error
    }
  }
}

/// The entries of a delta's tar.
struct DeltaParts {
  var entries: [(name: String, bytes: [UInt8])]
  let description: DeltaDescription

  /// The same with other frames in `delta.json`.
  func describing(_ edit: (inout [DeltaFrame]) -> Void) -> DeltaParts {
    var frames = description.frames
    edit(&frames)
    return describing(
      DeltaDescription(from: description.from, manifestSize: description.manifestSize, frames: frames).encoded())
  }

  /// The same with another `delta.json`.
  func describing(_ json: [UInt8]) -> DeltaParts {
    var parts = self
    parts.entries[0].bytes = json
    return parts
  }

  var tar: [UInt8] {
    var tar: [UInt8] = []
    for (name, bytes) in entries {
      tar += TarHeader.bytes(path: name, kind: .file(mode: 0o644, size: Int64(bytes.count))) + bytes
      tar += [UInt8](repeating: 0, count: TarHeader.padding(after: Int64(bytes.count)))
    }
    return tar + TarHeader.end
  }
}
