import ArgumentParser
import Bundles
import Canary
import Platform
import Publishing
import Releases
import Sandbox
import StrictJSON
import SystemPackage

/// The command `serin permissions draft PATH`.
struct PermissionsDraftCommand: SerinCommand {
  static let configuration = CommandConfiguration(
    commandName: "draft",
    abstract: "Run a plugin in a sandbox and print the smallest permissions with which it works.",
    discussion: HelpText.make(
      """
      Starts the plugin in a sandbox that grants nothing, shakes hands, lists its tools, makes the calls that its \
      manifest declares or --call gives, and records what it tries. What it looked for on this machine is granted to \
      the next round for reading, until nothing new shows; protected paths never are. There is no network: names and \
      ports are only written down. What it would write outside of its state folder is thrown away. At last the plugin \
      is started with just the drafted permissions.

      The block on standard output is JSON for `serin pack --permissions`; remarks for a person are on standard error. \
      Ends with 1 when the plugin does not answer with the drafted permissions.
      """,
      examples: [
        "serin permissions draft ./my-plugin > permissions.json",
        "serin permissions draft notes.mcpb --set folder=$HOME/notes --call 'search={\"text\":\"tea\"}'",
      ]))

  @OptionGroup var global: GlobalOptions

  @Option(
    name: .customLong("call"),
    help: ArgumentHelp("A call to make: a tool and its arguments as a JSON object.", valueName: "TOOL={…}"))
  var calls: [String] = []

  @Option(name: .customLong("set"), help: ArgumentHelp("A value the plugin needs.", valueName: "KEY=VALUE"))
  var settings: [String] = []

  @Argument(help: "A folder, an .mcpb, a bundle or an archive.", completion: .file())
  var path: String

  func perform(_ session: Session) async throws -> PermissionsDraftOutput {
    let probes = try calls.map(Self.probe)
    let files = session.machine.files
    let work = session.folders.state.appending("draft-\(SecureRandom.hex(bytes: 8))")
    try files.makeDirectories(work, mode: 0o700)
    defer { try? files.removeTree(work) }
    let tree = try Self.prepare(FilePath(path).absolute(session), scratch: work, files: files)
    let runner = try SandboxRunner(
      machine: session.machine,
      surroundings: Surroundings.gather(
        environment: session.environment, ownFolders: [session.folders.config, session.folders.host], files: files),
      workFolder: session.folders.state.appending("sandboxes"))
    let drafter = PermissionDrafter(machine: session.machine, runner: runner, work: work.appending("rounds"))
    let drafted = try await Interruption.canEnd { [settings] in
      try await drafter.draft(tree, settings: settings, calls: probes) { session.console.detail($0) }
    }
    for remark in drafted.remarks { session.console.message("note: \(remark)") }
    if let complaint = drafted.complaint {
      session.console.warning("with these permissions the plugin does not answer: \(complaint)")
    }
    return PermissionsDraftOutput(drafted: drafted)
  }

  /// A source as `serin pack` reads it; a name that only a release needs is not asked for.
  private static func prepare(_ source: FilePath, scratch: FilePath, files: any FileSystem) throws -> PreparedTree {
    do {
      return try BundlePacker(files: files).prepare(source, scratch: scratch)
    } catch .noPluginName {
      var options = BundlePacker.Options()
      options.plugin = try PluginName("local.draft/plugin")
      return try BundlePacker(files: files, options: options).prepare(source, scratch: scratch)
    }
  }

  private static func probe(_ text: String) throws -> ToolCallProbe {
    func refused(_ reason: String) -> CommandError { .badValue(option: "--call", value: text, reason: reason) }
    guard let equals = text.firstIndex(of: "="), equals != text.startIndex else {
      throw refused("it must be TOOL={…}, a tool and its arguments")
    }
    let json: JSON
    do {
      json = try JSON.parse(Array(text[text.index(after: equals)...].utf8))
    } catch {
      throw refused(error.description)
    }
    guard let arguments = json.objectValue else { throw refused("the arguments must be a JSON object") }
    return ToolCallProbe(tool: String(text[..<equals]), arguments: arguments)
  }
}

/// Drafted permissions: as text the block alone, ready for a file.
struct PermissionsDraftOutput: CommandOutput {
  static let schema = "serin.permissions.draft.1"
  let drafted: DraftedPermissions

  var exitStatus: ExitStatus { drafted.complaint == nil ? .ok : .failure }

  var json: JSON.Object {
    [
      "permissions": drafted.block, "remarks": .array(drafted.remarks.map(JSON.string)),
      "rounds": .int(drafted.rounds), "answers": .bool(drafted.complaint == nil),
      "complaint": drafted.complaint.map(JSON.string) ?? .null,
    ]
  }

  var text: [TextLine] {
    drafted.block.text(pretty: true).split(separator: "\n").map { .plain(String($0)) }
  }
}
