import ArgumentParser
import Clients
import Signing
import StrictJSON
import SystemPackage

extension AIClient: ExpressibleByArgument {}
extension AIClient.Scope: ExpressibleByArgument {}

/// The options of commands that edit the configuration of AI clients.
struct ClientOptions: ParsableArguments {
  @Option(help: "For this account, or for everybody who works in the present folder.")
  var scope = AIClient.Scope.user

  @Option(name: .customLong("as"), help: ArgumentHelp("The name of the entry.", valueName: "entry"))
  var key: String?

  @Flag(name: .customLong("edit"), help: "Edit the file, even where the client has a command of its own.")
  var editsFile = false

  @Flag(help: "Show what would change, and stop there.")
  var dryRun = false
}

extension Session {
  /// The folder whose project files are meant.
  func presentFolder() throws -> FilePath { try FilePath(".").absolute(self) }

  /// Shows a change of a client's file, and asks for consent.
  func agree(to plan: ConnectionPlan, what: String, _ options: ConfirmationOptions) throws {
    for line in ConnectionOutput.lines(of: plan) { console.message(line) }
    try Confirmation(what: what, digest: plan.digest).require(options, self)
  }
}

/// What was, or would be, changed in a client's file.
struct ConnectionOutput: CommandOutput {
  static let schema = "serin.connection.1"

  /// What the command was to do.
  enum Deed: String, Sendable {
    case connect
    case disconnect
  }

  let deed: Deed
  let plan: ConnectionPlan
  /// Whether it was done, or there was nothing to do.
  let isDone: Bool
  var notes: [String] = []

  var json: JSON.Object {
    let request = plan.request
    return [
      "deed": .string(deed.rawValue), "client": .string(request.client.rawValue),
      "scope": .string(request.scope.rawValue), "plugin": .string(request.plugin), "entry": .string(request.key),
      "path": .string(plan.path.string), "target": plan.linkTarget.map { .string($0.string) } ?? .null,
      "starts": plan.entry.map { .string($0.commandLine) } ?? .null,
      "started": plan.replaced.map { .string($0) } ?? .null,
      "clientCommand": plan.command.map { .string($0) } ?? .null, "difference": .strings(plan.difference),
      "backup": plan.backup.map { .string($0.string) } ?? .null, "removesFile": .bool(plan.removesFile),
      "done": .bool(isDone), "changed": .bool(isDone && !plan.isDone), "digest": .string(plan.digest.hex),
      "confirm": .string(plan.digest.lastSix), "notes": .strings(notes),
    ]
  }

  /// The change for people: what will be started, in full, and what changes where.
  static func lines(of plan: ConnectionPlan) -> [String] {
    var lines: [String] = []
    if let entry = plan.entry { lines.append("\(plan.request.client.title) will start: \(entry.commandLine)") }
    if let replaced = plan.replaced { lines.append("it starts now: \(replaced)") }
    if let command = plan.command { lines.append("by its own command: \(command)") }
    if plan.removesFile { lines.append("\(plan.path) was made for this entry and goes") }
    if !plan.difference.isEmpty { lines.append(plan.path.string) }
    if let target = plan.linkTarget { lines.append("\(plan.path) is a link to \(target), which changes") }
    return lines + plan.difference
  }

  var text: [TextLine] {
    let request = plan.request
    let place = "\(request.client.title) (\(plan.path))"
    if !isDone {
      return Self.lines(of: plan).map { line in
        line.hasPrefix("+") ? .good(line) : line.hasPrefix("-") ? .bad(line) : .plain(line)
      } + [.fields([("digest", plan.digest.hex)])]
    }
    let sentence =
      switch (deed, plan.isDone) {
      case (.connect, true): "\(place) starts \(request.plugin) already, as \(request.key)"
      case (.connect, false): "\(place) starts \(request.plugin) as \(request.key)"
      case (.disconnect, _): "\(place) does not start \(request.plugin) any more"
      }
    var lines: [TextLine] = [.good(sentence)] + notes.map { .bad($0) }
    if let backup = plan.backup, deed == .connect { lines.append(.fields([("before", backup.string)])) }
    if !plan.isDone { lines.append(.hint(request.client.afterwards)) }
    return lines
  }
}
