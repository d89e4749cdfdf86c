import Bundles
import Platform
import Releases
import Signing
import SystemPackage
import TestSupport

/// Where hostile files are made: a key that hosts trust, a small honest release, and the tools to spoil it.
struct Forge: Sendable {
  let signer: Signer
  let manifest: BundleManifest
  /// The content of the release's files.
  static let contents = ["lib/a.txt": "the first\n", "main.py": "print('hello')\n"]

  init(_ signer: Signer) throws {
    self.signer = signer
    var entries: [TreeEntry] = [
      try TreeEntry(path: "data", kind: .directory), try TreeEntry(path: "link", kind: .symlink(target: "lib/a.txt")),
    ]
    for (path, text) in Self.contents {
      let bytes = Array(text.utf8)
      entries.append(try TreeEntry(path: path, kind: .file(mode: 0o644, size: Int64(bytes.count), sha256: .of(bytes))))
    }
    entries.sort { $0.path < $1.path }
    manifest = try BundleManifest(
      plugin: PluginName("io.github.acme/time"), version: ReleaseVersion("1.0.0"), platform: .any,
      launch: LaunchCommand(command: "main.py"), entries: entries)
  }

  /// One entry of a bundle's tar, as our writer makes it.
  static func entry(_ path: String, _ content: [UInt8], mode: UInt16 = 0o644) -> [UInt8] {
    let size = Int64(content.count)
    return TarHeader.bytes(path: path, kind: .file(mode: mode, size: size)) + content
      + [UInt8](repeating: 0, count: TarHeader.padding(after: size))
  }

  /// The entries of the honest bundle: manifest, signature, tree.
  func entries() throws -> [[UInt8]] {
    try front(manifest.encoded())
      + manifest.entries.map { entry in
        switch entry.kind {
        case .file: Self.entry("tree/" + entry.path, Array((Self.contents[entry.path] ?? "").utf8))
        case .symlink(let target): TarHeader.bytes(path: "tree/" + entry.path, kind: .symlink(target: target))
        case .directory: TarHeader.bytes(path: "tree/" + entry.path, kind: .directory)
        }
      }
  }

  /// A manifest and its good signature.
  func front(_ json: [UInt8], comment: String? = nil) throws -> [[UInt8]] {
    let text = try signer.minisign(json, trustedComment: comment ?? manifest.trustedComment).text
    return [Self.entry("bundle.json", json), Self.entry("bundle.json.minisig", Array(text.utf8))]
  }

  /// A bundle of these entries.
  func bundle(_ entries: [[UInt8]], end: Int = 1024) -> [UInt8] {
    ZstdFrame(storing: Self.joined(entries) + [UInt8](repeating: 0, count: end)).bytes()
  }

  /// The honest bundle after a change of its entries: 0 is the manifest, 1 its signature, then the tree.
  func bundle(changing change: (inout [[UInt8]]) -> Void) throws -> [UInt8] {
    var entries = try entries()
    change(&entries)
    return bundle(entries)
  }

  /// The honest bundle with another manifest, which is signed.
  func bundle(saying change: (String) -> String) throws -> [UInt8] {
    let json = Array(change(String(decoding: manifest.encoded(), as: UTF8.self)).utf8)
    return bundle(try front(json) + entries().dropFirst(2))
  }

  /// The tar of the honest bundle.
  func tar() throws -> [UInt8] { Self.joined(try entries()) + TarHeader.end }

  /// All bytes one after the other, without a look at each.
  static func joined(_ parts: [[UInt8]]) -> [UInt8] { parts.reduce(into: []) { $0 += $1 } }

  /// What a real program makes of bytes.
  func run(_ program: String, _ arguments: [String], _ input: [UInt8]) async throws -> [UInt8] {
    try await SubprocessRunner().run(
      Command(executable: FilePath(program), arguments: arguments, environment: .inherit), input: input,
      outputLimit: 64 << 20, timeout: .seconds(60)
    ).stdout
  }

  /// The text of a signature by a key that nobody trusts.
  static func stranger(_ json: [UInt8], _ comment: String) throws -> String {
    try Signer(try SecretKey.generate()).minisign(json, trustedComment: comment).text
  }

  /// Raw deflate data, out of a gzip file without a name.
  func deflated(_ bytes: [UInt8]) async throws -> [UInt8] {
    Array(try await run("gzip", ["-9", "-c"], bytes).dropFirst(10).dropLast(8))
  }
}

extension HostileTar {
  /// Appends an entry whose header is changed afterwards; its checksum is right again.
  mutating func add(_ name: String, _ content: String = "", edit: (inout [UInt8]) -> Void) {
    var other = HostileTar()
    other.add(name, content)
    var bytes = other.bytes
    edit(&bytes)
    bytes.replaceSubrange(148..<156, with: "        ".utf8)
    let sum = String(bytes[..<512].reduce(0) { $0 + Int($1) }, radix: 8)
    bytes.replaceSubrange(
      148..<156, with: Array(String(repeating: "0", count: 6 - sum.count).utf8) + sum.utf8 + [0, 32])
    append(bytes)
  }

  /// Appends a pax header of these records, or of any other type.
  mutating func pax(_ records: [UInt8]..., type: Character = "x") {
    add(name: Array("PaxHeaders/x".utf8), Array(records.joined()), type: type)
  }

  /// A well-formed pax record.
  static func record(_ key: String, _ value: String) -> [UInt8] {
    let rest = " \(key)=\(value)\n"
    var length = rest.utf8.count + 1
    while String(length).utf8.count + rest.utf8.count != length { length = String(length).utf8.count + rest.utf8.count }
    return Array((String(length) + rest).utf8)
  }
}

extension Forge {
  /// The content of the files of the release before.
  static let olderContents = ["lib/a.txt": "the first\n", "main.py": "print('older')\n"]

  /// The release before, as it lies on a host.
  func older() throws -> SignedManifest {
    var entries: [TreeEntry] = []
    for (path, text) in Self.olderContents {
      let bytes = Array(text.utf8)
      entries.append(try TreeEntry(path: path, kind: .file(mode: 0o644, size: Int64(bytes.count), sha256: .of(bytes))))
    }
    let manifest = try BundleManifest(
      plugin: self.manifest.plugin, version: ReleaseVersion("0.9.0"), platform: .any, launch: self.manifest.launch,
      entries: entries)
    let json = manifest.encoded()
    let signature = try signer.minisign(json, trustedComment: manifest.trustedComment).text
    return try SignedManifest(json: json, signature: Array(signature.utf8), keys: [signer.publicKey])
  }
}
