import Platform
import Releases
import Signing
import SystemPackage

@testable import Bundles

/// A reader of foreign files, and what is done with one input.
protocol FuzzedReader: Sendable {
  /// Reads one input; ends the program when something is believed that nobody signed.
  func run(_ input: [UInt8])
  /// Inputs to begin with.
  func seeds() throws -> [(String, [UInt8])]
}

/// The reader that libFuzzer's callback, which can capture nothing, is to use.
enum FuzzedReaders {
  nonisolated(unsafe) static var current: (any FuzzedReader)?
}

/// A folder, in memory where there is one, with one small release in it and the next one beside it.
///
/// The key is another in each run: inputs hold no signature that counts, and what needs one is signed as it comes.
struct FuzzRelease: Sendable {
  let folder: FilePath
  let signer: Signer
  let files = LocalFileSystem()
  let older: SignedManifest
  let newer: SignedManifest

  static let olderFiles = ["a.txt": "the same\n", "main.py": String(repeating: "print('older', 1)\n", count: 20)]
  static let newerFiles = ["a.txt": "the same\n", "main.py": String(repeating: "print('newer', 2)\n", count: 20)]

  init() throws {
    signer = Signer(try SecretKey.generate())
    let parent = ProcessEnvironment.current["SERIN_FUZZ_FOLDER"] ?? "/tmp"
    folder = FilePath(parent).appending("serin-fuzz-\(SecureRandom.hex(bytes: 8))")
    try files.makeDirectory(folder, mode: 0o700)
    older = try Self.sign("1.0.0", Self.olderFiles, signer)
    newer = try Self.sign("1.1.0", Self.newerFiles, signer)
    for (name, contents) in [("older", Self.olderFiles), ("newer", Self.newerFiles)] {
      try files.makeDirectory(folder.appending(name), mode: 0o755)
      for (path, text) in contents {
        try files.write(Array(text.utf8), creating: folder.appending(name).appending(path), mode: 0o644)
      }
    }
  }

  var tree: DeltaTree { DeltaTree(folder: folder.appending("older"), signed: older) }

  private static func sign(_ version: String, _ contents: [String: String], _ signer: Signer) throws -> SignedManifest {
    let entries = try contents.map { path, text in
      let bytes = Array(text.utf8)
      return try TreeEntry(path: path, kind: .file(mode: 0o644, size: Int64(bytes.count), sha256: .of(bytes)))
    }
    let manifest = try BundleManifest(
      plugin: PluginName("io.github.acme/time"), version: ReleaseVersion(version), platform: .any,
      launch: LaunchCommand(command: "main.py"),
      entries: entries + [TreeEntry(path: "link", kind: .symlink(target: "a.txt"))])
    let json = manifest.encoded()
    let signature = try signer.minisign(json, trustedComment: manifest.trustedComment).text
    return try SignedManifest(json: json, signature: Array(signature.utf8), keys: [signer.publicKey])
  }

  /// Puts bytes into a file that metadata would name by its digest, and hands it out checked.
  func checked(_ bytes: [UInt8]) throws -> CheckedFile {
    let path = folder.appending("input")
    try files.removeIfPresent(path)
    try files.write(bytes, creating: path, mode: 0o600)
    return try CheckedFile.check(path, length: Int64(bytes.count), sha256: .of(bytes), files: files)
  }

  /// One entry in the form that bundles have.
  static func entry(_ name: String, _ content: [UInt8]) -> [UInt8] {
    let size = Int64(content.count)
    return TarHeader.bytes(path: name, kind: .file(mode: 0o644, size: size)) + content
      + [UInt8](repeating: 0, count: TarHeader.padding(after: size))
  }

  /// A tar in the frame that it travels in.
  static func frame(_ tar: [UInt8]) throws -> [UInt8] {
    var compressor = try ZstdCompressor.start(level: 1, contentSize: nil, windowLog: 17)
    var result: [UInt8] = []
    try compressor.compress(tar[...], last: true) { result += $0 }
    return result
  }

  /// Ends the program, which is how libFuzzer learns of it.
  static func breach(_ what: String) -> Never { fatalError("broken: \(what)") }
}
