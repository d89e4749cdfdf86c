import Bundles
import Platform
import Releases
import Signing
import SystemPackage
import TestSupport
import Testing

/// A publisher's desk: a scratch folder, a key, a small plugin, and the real tools that check our work.
struct Workbench {
  let scratch: Scratch
  let files = LocalFileSystem()
  let signer: Signer

  /// The content of the usual plugin.
  static let sample: [String: String] = [
    "manifest.json": manifest(), "server/main.py": "print('hello')\n", "server/lib/empty.py": "",
    "server/lib/größe.txt": "ein Name jenseits von ASCII\n", "README.md": "# Time\n",
  ]

  init() throws {
    scratch = try Scratch()
    signer = Signer(try SecretKey.generate())
    try files.makeDirectory(output, mode: 0o755)
  }

  /// Where bundles are written.
  var output: FilePath { scratch / "out" }

  /// The publisher's public key.
  var key: PublicKey { signer.publicKey }

  /// A `manifest.json` as an author writes it.
  static func manifest(name: String = "time", version: String = "1.2.3", plugin: String? = "io.github.acme/time")
    -> String
  {
    let meta = plugin.map { #", "_meta": { "io.github.serin": { "plugin": "\#($0)" } }"# } ?? ""
    return """
      { "manifest_version": "0.3", "name": "\(name)", "version": "\(version)", "description": "Tells the time.",
        "author": { "name": "Acme" },
        "server": { "type": "python", "entry_point": "server/main.py",
          "mcp_config": { "command": "python3", "args": ["${__dirname}/server/main.py"], "env": {} } }\(meta) }
      """
  }

  /// Writes a folder with the usual plugin and more, and returns it.
  @discardableResult
  func source(_ name: String = "source", with more: [String: String] = [:]) throws -> FilePath {
    for (path, text) in Self.sample.merging(more, uniquingKeysWith: { $1 }) {
      try scratch.write(text, to: "\(name)/\(path)", mode: path.hasSuffix(".py") ? 0o755 : 0o644)
    }
    return scratch / name
  }

  /// Packs a source into the output folder.
  func pack(_ source: FilePath, _ options: BundlePacker.Options = BundlePacker.Options()) throws -> PackedBundle {
    try BundlePacker(files: files, options: options).pack(source, into: output, by: signer)
  }

  /// Packs the usual plugin.
  func packSample() throws -> PackedBundle { try pack(try source()) }

  /// Writes an archive, tries to import it, and returns the refusal.
  func refusal(of archive: [UInt8], limits: ArchiveImporter.Limits = .init()) throws -> BundleError? {
    let path = try scratch.write(archive, to: "archive")
    do throws(BundleError) {
      try ArchiveImporter(files: files, limits: limits).unpack(path, into: scratch / "imported")
      return nil
    } catch {
      return error
    }
  }

  /// Runs a real program to its end.
  @discardableResult
  func run(
    _ program: String, _ arguments: [String], input: [UInt8] = []
  ) async throws -> ProcessOutput {
    try await SubprocessRunner().run(
      Command(executable: FilePath(program), arguments: arguments, environment: .inherit), input: input,
      outputLimit: 64 << 20, timeout: .seconds(60))
  }

  /// Compresses with the real zstd, signs as a whole, and writes a bundle that our writer would never write.
  func forge(tar: [UInt8], zstd arguments: [String] = ["--check"], comment: String? = nil) async throws -> FilePath {
    let output = try await run("zstd", ["-q", "-c"] + arguments, input: tar)
    try #require(output.status.isSuccess)
    return try sign(forged: output.stdout, comment: comment)
  }

  /// Writes any bytes as a bundle with a whole-file signature that fits them.
  func sign(forged bytes: [UInt8], comment: String? = nil) throws -> FilePath {
    let path = try scratch.write(bytes, to: "forged.tar.zst")
    let signature = try signer.minisign(bytes, trustedComment: comment ?? Self.comment)
    try scratch.write(signature.text, to: "forged.tar.zst.minisig")
    return path
  }

  /// The trusted comment of the usual plugin's signatures.
  static let comment = "plugin:io.github.acme/time version:1.2.3 platform:any"

  /// Checks a bundle with the publisher's key and returns the refusal.
  func verdict(_ path: FilePath, keys: [PublicKey]? = nil) throws -> BundleError? {
    do {
      _ = try BundleVerifier.verify(path, keys: keys ?? [key], files: files)
      return nil
    } catch let error as BundleError {
      return error
    }
  }
}
