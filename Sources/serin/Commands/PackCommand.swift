import ArgumentParser
import Bundles
import Platform
import Releases
import Signing
import StrictJSON
import SystemPackage

/// The command `serin pack PATH`.
struct PackCommand: SerinCommand {
  static let configuration = CommandConfiguration(
    commandName: "pack",
    abstract: "Pack a plugin into a signed bundle.",
    discussion: HelpText.make(
      """
      Packs a folder, an .mcpb or any archive into NAME-VERSION-PLATFORM.tar.zst with its signature beside it. The \
      same tree gives the same bytes. The plugin's own manifest.json says what it is; the options say otherwise.
      """,
      codes: [.noSpace],
      examples: [
        "serin pack ./my-plugin",
        "serin pack time.mcpb --plugin io.github.acme/time --release 2026.10.19 --output dist --key build",
      ]))

  @OptionGroup var global: GlobalOptions
  @OptionGroup var key: SigningKeyOptions

  @Option(
    name: .shortAndLong, help: ArgumentHelp("The folder for the bundle.", valueName: "folder"), completion: .directory)
  var output = "."

  @Option(help: ArgumentHelp("The plugin's name, such as io.github.acme/time.", valueName: "name"))
  var plugin: String?

  @Option(help: ArgumentHelp("The release's version.", valueName: "version"))
  var release: String?

  @Option(help: "The platform: any, linux-x86_64 or linux-aarch64.", completion: .platform)
  var platform: String?

  @Option(help: ArgumentHelp("A JSON file with the permissions.", valueName: "file"), completion: .file())
  var permissions: String?

  @Option(help: "How hard to compress, 1 to 19.")
  var level = BundlePacker.defaultLevel

  @Argument(help: "A folder, an .mcpb or an archive.", completion: .file())
  var path: String

  mutating func validate() throws {
    guard (1...19).contains(level) else { throw ValidationError("--level must be 1 to 19.") }
  }

  func perform(_ session: Session) async throws -> PackOutput {
    let files = session.machine.files
    let packer = BundlePacker(files: files, options: try options(session))
    let folder = FilePath(output)
    try files.makeDirectories(folder)
    // Whatever is wrong with the source is said before anybody types a passphrase.
    let tree = try packer.prepare(FilePath(path), scratch: folder)
    let bundle = try packer.write(tree, into: folder, by: try key.signer(session))
    return PackOutput(bundle: bundle)
  }

  private func options(_ session: Session) throws -> BundlePacker.Options {
    var options = BundlePacker.Options()
    options.plugin = try plugin.map { try PluginName($0) }
    options.version = try release.map { try ReleaseVersion($0) }
    options.platform = try platform.map { try TargetPlatform($0) }
    options.level = level
    if let permissions {
      let bytes = try session.machine.files.readAll(FilePath(permissions), limit: Self.maxPermissionBytes)
      do { options.permissions = try Permissions(json: try JSON.parse(bytes)) } catch let error as JSONError {
        throw CommandError.badValue(option: "--permissions", value: permissions, reason: error.description)
      }
    }
    return options
  }

  private static let maxPermissionBytes = 64 * 1024
}

/// A bundle that was packed.
struct PackOutput: CommandOutput {
  static let schema = "serin.pack.1"
  let bundle: PackedBundle

  var json: JSON.Object {
    [
      "path": .string(bundle.path.string), "signature": .string(bundle.signaturePath.string),
      "length": .integer(bundle.length), "sha256": .string(bundle.sha256.hex),
      "plugin": .string(bundle.manifest.plugin.text), "version": .string(bundle.manifest.version.text),
      "platform": .string(bundle.manifest.platform.description), "tree": .string(bundle.manifest.tree.hex),
      "entries": .int(bundle.manifest.entries.count), "contentSize": .integer(bundle.manifest.totalSize),
    ]
  }

  var text: [TextLine] {
    [
      .good("packed \(bundle.path)"),
      .fields([
        ("release", "\(bundle.manifest.plugin) \(bundle.manifest.version) (\(bundle.manifest.platform))"),
        ("size", "\(ByteCount.text(bundle.length)) for \(ByteCount.text(bundle.manifest.totalSize))"),
        ("entries", "\(bundle.manifest.entries.count)"),
        ("sha256", bundle.sha256.hex),
        ("tree", bundle.manifest.tree.hex),
      ]),
    ]
  }
}
