package import Clients
import Platform
package import Releases
import Signing
package import Storage
import StrictJSON
package import SystemPackage

/// How an entry that this host made in a client's file is doing.
package struct ConnectionStatus: Hashable, Sendable {
  /// What was made.
  package let record: ConnectionRecord
  /// What became of it.
  package let state: ConnectionState
}

extension PluginHost {
  /// Where clients' files are looked at and edited, for a folder whose project files are meant.
  package func clientDesk(project: FilePath) -> ClientDesk {
    ClientDesk(machine: machine, places: ClientPlaces(environment: environment, project: project))
  }

  /// What a client has to start for a plugin of this host.
  ///
  /// A client hands on few variables, so that a host's folder that only this session's variables name is named there.
  package func clientEntry(for plugin: PluginName, program: FilePath) -> ClientEntry {
    let bare = environment["HOME"].map { ["HOME": $0] } ?? [:]
    let isDefault = Folders(environment: bare).host == folders.host
    return ClientEntry(program: program, plugin: plugin.text, hostFolder: isDefault ? nil : folders.host)
  }

  /// Does what was planned, and remembers it: before, so that a kill in between is understood, and afterwards.
  ///
  /// Throws `ClientError`, such as `.changedMeanwhile`.
  package func connect(_ plan: ConnectionPlan, at desk: ClientDesk) async throws -> ConnectionResult {
    let request = plan.request
    let known = try ledger.connections().first { $0.path == plan.path && $0.key == request.key }
    var record = ConnectionRecord(
      plugin: try PluginName(request.plugin), client: request.client.rawValue, scope: request.scope.rawValue,
      path: plan.path, key: request.key, phase: .connecting, details: plan.insertion?.json ?? .null,
      time: machine.clock.now())
    // What was added around an entry that is only brought up to date is known from the first time.
    if plan.isDone || plan.replaced != nil { record.details = known?.details ?? .null }
    // While an entry is written over it says the one or the other.
    record.entry = plan.replaced == nil ? plan.expected : nil
    if !plan.isDone { try ledger.save(record) }
    let result: ConnectionResult
    do {
      result = try await desk.connect(plan)
    } catch {
      if !plan.isDone, wasWritten(plan, at: desk) == false {
        if let known { try ledger.save(known) } else { try ledger.forgetConnection(request.key, at: plan.path) }
      }
      throw error
    }
    if let insertion = result.insertion { record.details = insertion.json }
    if plan.command != nil { record.details = .string(Self.byCommand) }
    record.phase = .connected
    record.entry = result.entry
    try ledger.save(record)
    if !plan.isDone { try note(request, plan.path, event: "connect") }
    return result
  }

  /// Works out how a plugin's entries are taken away from a client's file; empty where there are none.
  ///
  /// An entry that is remembered and gone is forgotten.
  package func planDisconnecting(
    _ name: String, from client: AIClient, _ scope: AIClient.Scope, key: String?, editsFile: Bool, at desk: ClientDesk
  ) throws -> [ConnectionPlan] {
    let path = try desk.file(of: client, scope)
    let found = try desk.connections(to: name, of: client, at: path).filter { key == nil || $0.key == key }
    let records = try ledger.connections().filter { $0.path == path }
    for record in records where record.plugin.text == name || record.plugin.name == name {
      let isThere = found.contains { $0.key == record.key }
      if !isThere, key == nil || key == record.key { try ledger.forgetConnection(record.key, at: path) }
    }
    return try found.map { entry in
      let details = records.first { $0.key == entry.key && $0.plugin.text == entry.plugin }?.details
      let request = ConnectionRequest(
        client: client, scope: scope, key: entry.key, plugin: entry.plugin, editsFile: editsFile)
      return try desk.planDisconnecting(
        request, insertion: details.flatMap { Insertion(json: $0) },
        byCommand: details?.stringValue == Self.byCommand)
    }
  }

  /// Takes an entry away as planned, and forgets it; returns what a person should know although nothing failed.
  package func disconnect(_ plan: ConnectionPlan, at desk: ClientDesk) async throws -> [String] {
    let known = try ledger.connections().first { $0.path == plan.path && $0.key == plan.request.key }
    if var record = known {
      record.phase = .disconnecting
      try ledger.save(record)
    }
    let notes: [String]
    do {
      notes = try await desk.disconnect(plan)
    } catch {
      if let known, stands(plan, at: desk) == true { try ledger.save(known) }
      throw error
    }
    try ledger.forgetConnection(plan.request.key, at: plan.path)
    try note(plan.request, plan.path, event: "disconnect")
    return notes
  }

  /// Whether what was planned stands in the file although an error came; nil where nobody can tell.
  private func wasWritten(_ plan: ConnectionPlan, at desk: ClientDesk) -> Bool? {
    guard let expected = plan.expected else { return stands(plan, at: desk) }
    return switch desk.state(of: plan.request.key, in: plan.request.client, at: plan.path, digest: expected) {
    case .asWritten, .programMissing: true
    case .changed, .removed: false
    case .unreadable: nil
    }
  }

  /// Whether there is an entry of a plan's name; nil where nobody can tell.
  private func stands(_ plan: ConnectionPlan, at desk: ClientDesk) -> Bool? {
    do throws(ClientError) {
      return try desk.entries(of: plan.request.client, at: plan.path)[plan.request.key] != nil
    } catch {
      return nil
    }
  }

  /// How the entries are doing that this host made: whether somebody changed or removed them behind its back.
  ///
  /// Nothing is written; a file that cannot be read is a state of its own.
  package func connections(of plugin: PluginName? = nil) throws -> [ConnectionStatus] {
    let desk = clientDesk(project: "/")
    return try ledger.connections(of: plugin).compactMap { record in
      guard let client = AIClient(rawValue: record.client) else { return nil }
      guard let entry = record.entry else { return ConnectionStatus(record: record, state: .asWritten) }
      let state = desk.state(of: record.key, in: client, at: record.path, digest: entry)
      // Killed before the entry was written, or after it was taken away: that it is not there is nobody's deed.
      let isNobodys = state == .removed && record.phase != .connected
      return ConnectionStatus(record: record, state: isNobodys ? .asWritten : state)
    }
  }

  /// What the record says of an entry that the client's own command made.
  private static let byCommand = "command"

  private func note(_ request: ConnectionRequest, _ path: FilePath, event: String) throws {
    try ledger.record(
      HistoryEntry(
        time: machine.clock.now(), plugin: try PluginName(request.plugin), event: event,
        reason: "\(request.client.title), entry \(request.key) in \(path)"))
  }
}

extension ConnectionStatus {
  /// The finding for an examination of the host; nil where all is well.
  package var finding: HealthFinding? {
    let client = AIClient(rawValue: record.client)?.title ?? record.client
    let what = "the entry \(record.key) of \(client) in \(record.path)"
    let scope = record.scope == AIClient.Scope.user.rawValue ? "" : " --scope \(record.scope)"
    let again = "serin connect \(record.client) \(record.plugin) --as \(record.key)\(scope)"
    return switch state {
    case .asWritten: nil
    case .changed(let command):
      HealthFinding(
        .problem, code: "entry-changed", "\(what) was changed behind Serin's back and starts now: \(command)",
        command: again + " --replace")
    case .removed:
      HealthFinding(.warning, code: "entry-removed", "\(what) was removed behind Serin's back", command: again)
    case .programMissing(let path):
      HealthFinding(
        .problem, code: "entry-program", "\(what) starts \(path), which is not there", command: again + " --replace")
    case .unreadable(let reason):
      HealthFinding(.warning, code: "entry-unreadable", "\(what) cannot be looked at: \(reason)")
    }
  }
}
