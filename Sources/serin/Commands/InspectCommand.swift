import ArgumentParser
import Bundles
import Platform
import Releases
import Signing
import StrictJSON
import SystemPackage

/// The command `serin inspect FILE`.
struct InspectCommand: SerinCommand {
  static let configuration = CommandConfiguration(
    commandName: "inspect",
    abstract: "Show what a bundle file says of itself.",
    discussion: HelpText.make(
      """
      Shows the release, its launch command, settings, permissions and, with --files, every entry. The signatures \
      are checked first; the contents of the files are not (see `serin verify`).
      """,
      codes: [.badSignature],
      examples: [
        "serin inspect time-2026.10.19-linux-x86_64.tar.zst",
        "serin inspect bundle.tar.zst --files --key keys/release.pub",
      ]))

  @OptionGroup var global: GlobalOptions
  @OptionGroup var keys: PublicKeyOptions

  @Option(
    help: ArgumentHelp("The signature over the whole file (default: FILE.minisig).", valueName: "file"),
    completion: .file())
  var signature: String?

  @Flag(name: .customLong("files"), help: "List every entry of the tree.")
  var listsFiles = false

  @Argument(help: "The bundle file.", completion: .file())
  var file: String

  func perform(_ session: Session) async throws -> InspectOutput {
    let report = try BundleInspector.inspect(
      FilePath(file), keys: try keys.load(session), signature: signature.map { FilePath($0) },
      files: session.machine.files)
    return InspectOutput(report: report, listsFiles: listsFiles)
  }
}

/// What a bundle says of itself.
struct InspectOutput: CommandOutput {
  static let schema = "serin.inspect.1"
  let report: BundleReport
  let listsFiles: Bool

  private var manifest: BundleManifest { report.manifest }

  var json: JSON.Object {
    var object = report.json
    object["description"] = manifest.description.map { .string($0) } ?? .null
    object["launch"] = manifest.launch.json
    object["userConfig"] = .array(manifest.userConfig.map(\.json))
    object["permissions"] = manifest.permissions.json
    object["tools"] = manifest.toolPins.map { .strings($0.tools.map(\.name)) } ?? .null
    object["state"] = manifest.state.json
    if listsFiles { object["files"] = .array(manifest.entries.map(\.json)) }
    return object
  }

  var text: [TextLine] {
    let launch = [manifest.launch.command] + manifest.launch.arguments
    var fields: [(name: String, value: String)] = [
      ("release", "\(manifest.plugin) \(manifest.version) (\(manifest.platform))"),
      ("signed by", "key \(report.signer.keyNumberHex)"),
      ("size", "\(ByteCount.text(report.bundleLength)) for \(ByteCount.text(report.contentSize))"),
      ("tree", manifest.tree.hex), ("launch", launch.joined(separator: " ")),
    ]
    if !manifest.state.isOriginal { fields.append(("state", manifest.state.sentence)) }
    if let description = manifest.description { fields.insert(("about", description), at: 1) }
    var lines: [TextLine] = [.fields(fields), .heading("permissions")]
    lines += permissions.map { .plain("  " + $0) }
    if !manifest.userConfig.isEmpty {
      lines.append(.heading("settings"))
      let rows = manifest.userConfig.map { option in
        ["  " + option.key, option.type.rawValue, option.required ? "required" : "optional", option.title]
      }
      lines.append(.table(Table(columns: [.left(""), .left(""), .left(""), .left("")], rows: rows, hasHeader: false)))
    }
    if listsFiles { lines += [.heading("files"), .table(entryTable)] }
    return lines
  }

  /// What is allowed beyond nothing, in the words in which an approval is asked for.
  private var permissions: [String] {
    let granted = manifest.permissionChanges(from: nil)
    return granted.isEmpty ? ["nothing beyond its own tree and the standard limits"] : granted.map(\.sentence)
  }

  private var entryTable: Table {
    let rows = manifest.entries.map { entry in
      switch entry.kind {
      case .file(_, let size, _): [entry.isExecutable ? "program" : "file", String(size), entry.path]
      case .symlink(let target): ["link", "", "\(entry.path) -> \(target)"]
      case .directory: ["folder", "", entry.path + "/"]
      }
    }
    return Table(columns: [.left("KIND"), .right("SIZE"), .left("PATH")], rows: rows)
  }
}
