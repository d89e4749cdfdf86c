import ArgumentParser
import Clients
import Releases
import Storage
import StrictJSON
import SystemPackage
import Updating

/// The command `serin adopt [CLIENT ENTRY]`.
struct AdoptCommand: SerinCommand {
  static let configuration = CommandConfiguration(
    commandName: "adopt",
    abstract: "Find what AI clients start by themselves, and bring it under Serin.",
    discussion: HelpText.make(
      """
      Without arguments: reads the files of all known clients and says of each server how it is started, whether the \
      same bytes will run tomorrow, and which secrets stand in plain text in its entry, by their names only. Trusted \
      repositories are asked for plugins of the same name; a name proves nothing, so look whose plugin it is. Nothing \
      is changed.

      With a client and an entry: lets that entry start the installed plugin of its name, or the one that --plugin \
      names, through Serin. Its variables are not taken over: give the plugin what it needs with `serin install --set`.
      """,
      codes: [.needsApproval, .locked, .noSpace],
      examples: ["serin adopt", "serin adopt cursor time", "serin adopt vscode notes --plugin io.github.acme/notes"]))

  @OptionGroup var global: GlobalOptions
  @OptionGroup var host: HostOptions
  @OptionGroup var confirmation: ConfirmationOptions

  @Argument(help: "The client.")
  var client: AIClient?

  @Argument(help: "The name of the entry to bring under Serin.")
  var entry: String?

  @Option(help: ArgumentHelp("The installed plugin that it is.", valueName: "name"), completion: .plugin)
  var plugin: String?

  @Option(help: "For this account, or for everybody who works in the present folder.")
  var scope = AIClient.Scope.user

  @Option(help: "The channel in which repositories are asked.", completion: .channel)
  var channel = "stable"

  @Flag(help: "Ask no repository.")
  var offline = false

  @Flag(help: "Show what would change, and stop there.")
  var dryRun = false

  mutating func validate() throws {
    if plugin != nil && entry == nil { throw ValidationError("--plugin needs a client and an entry.") }
  }

  func perform(_ session: Session) async throws -> AdoptOutput {
    let host = try PluginHost.open(host, session)
    let desk = host.clientDesk(project: try session.presentFolder())
    let found = desk.findEntries(of: client.map { [$0] } ?? AIClient.allCases)
    guard let client, let entry else {
      let offers = try await host.adoptionOffers(
        for: found.entries, in: try ChannelName(channel), asking: !offline)
      return AdoptOutput(offers: offers, unread: found.unread, change: nil)
    }
    guard let chosen = found.entries.first(where: { $0.key == entry && $0.scope == scope }) else {
      if let unread = found.unread.first { throw unread.error }
      throw ClientError.noEntry(path: try desk.file(of: client, scope).string, key: entry)
    }
    let name = try await match(chosen, host)
    let request = ConnectionRequest(
      client: client, scope: scope, key: entry, plugin: name.text, replaces: true, editsFile: true)
    let plan = try desk.planConnecting(request, host.clientEntry(for: name, program: try OwnProgram.path(session)))
    var change = ConnectionOutput(deed: .connect, plan: plan, isDone: false)
    if !dryRun {
      if !plan.isDone {
        try session.agree(to: plan, what: "adoption of \(entry) by \(name) in \(client.title)", confirmation)
      }
      var notes = try await host.connect(plan, at: desk).notes
      if !chosen.secrets.isEmpty {
        let names = chosen.secrets.joined(separator: ", ")
        notes.append(
          "\(plan.backup?.string ?? "its copy") still holds \(names) in plain text: remove it when all works")
      }
      change = ConnectionOutput(deed: .connect, plan: plan, isDone: true, notes: notes)
    }
    return AdoptOutput(offers: [], unread: [], change: change)
  }

  /// The installed plugin that an entry is to start.
  private func match(_ chosen: FoundEntry, _ host: PluginHost) async throws -> PluginName {
    if let plugin { return try host.plugin(named: plugin).plugin }
    let offer = try await host.adoptionOffers(
      for: [chosen], in: try ChannelName(channel), asking: !offline
    ).first
    let installed = offer?.installed ?? []
    if installed.count > 1 {
      throw UpdatingError.ambiguousPlugin(offered: chosen.key, candidates: installed.map(\.text))
    }
    if let only = installed.first { return only }
    throw ClientError.nothingToAdopt(
      key: chosen.key, command: chosen.commandLine, offered: offer?.offered.map(\.text) ?? [])
  }
}

/// What clients start, or what was done about one of it.
struct AdoptOutput: CommandOutput {
  static let schema = "serin.adopt.1"
  let offers: [AdoptionOffer]
  let unread: [UnreadFile]
  let change: ConnectionOutput?

  var json: JSON.Object {
    [
      "entries": .array(offers.map(Self.json)),
      "unread": .array(
        unread.map {
          [
            "client": .string($0.client.rawValue), "path": .string($0.path.string),
            "reason": .string($0.error.description),
          ]
        }), "change": change.map { .object($0.json) } ?? .null,
    ]
  }

  private static func json(_ offer: AdoptionOffer) -> JSON {
    let entry = offer.entry
    return [
      "client": .string(entry.client.rawValue), "scope": .string(entry.scope?.rawValue ?? "local"),
      "path": .string(entry.path.string), "folder": entry.folder.map { .string($0) } ?? .null,
      "entry": .string(entry.key), "starts": .string(entry.commandLine),
      "plugin": entry.plugin.map { .string($0) } ?? .null,
      "pinned": entry.plugin == nil ? .bool(entry.launcher.isPinned) : .null,
      "signed": .bool(entry.plugin != nil),
      "unpinned": entry.plugin == nil ? entry.launcher.looseness.map { .string($0) } ?? .null : .null,
      "secrets": .strings(entry.secrets), "installed": .strings(offer.installed.map(\.text)),
      "offered": .strings(offer.offered.map(\.text)),
    ]
  }

  var text: [TextLine] {
    if let change { return change.text }
    var lines: [TextLine] = unread.map { .bad("passed over: \($0.error.description)") }
    let own = offers.filter { $0.entry.plugin != nil }
    let others = offers.filter { $0.entry.plugin == nil }
    for offer in others { lines += Self.lines(offer) }
    if offers.isEmpty { lines.append(.plain("no known client starts any server")) }
    if !own.isEmpty {
      lines.append(
        .good(
          "through Serin: "
            + own.map { "\($0.entry.key) (\($0.entry.client.title))" }.sorted()
            .joined(separator: ", ")))
    }
    return lines
  }

  private static func lines(_ offer: AdoptionOffer) -> [TextLine] {
    let entry = offer.entry
    let folder = entry.folder.map { ", in \($0)" } ?? ""
    var lines: [TextLine] = [
      .heading("\(entry.key) (\(entry.client.title)\(folder))"), .plain("  starts: \(entry.commandLine)"),
    ]
    lines.append(.bad("  unsigned: nothing tells whose program it is, and it runs with all your rights"))
    if let looseness = entry.launcher.looseness { lines.append(.bad("  unpinned: \(looseness)")) }
    if !entry.secrets.isEmpty {
      lines.append(.bad("  secrets in plain text: \(entry.secrets.joined(separator: ", "))"))
    }
    guard let scope = entry.scope else { return lines }
    let adopt =
      "serin adopt \(entry.client.rawValue) \(entry.key)" + (scope == .user ? "" : " --scope \(scope.rawValue)")
    for plugin in offer.installed { lines.append(.hint("  \(plugin) is installed: `\(adopt) --plugin \(plugin)`")) }
    for plugin in offer.offered {
      lines.append(.hint("  a trusted repository carries \(plugin): `serin install \(plugin)`, then `\(adopt)`"))
    }
    return lines
  }
}
