import Platform
package import Signing
import StrictJSON
import SystemPackage

/// What came of a connection.
package struct ConnectionResult: Hashable, Sendable {
  /// What was added around the entry; nil where the client's own command did it.
  package let insertion: Insertion?
  /// The digest of what the entry says now.
  package let entry: SHA256Digest
  /// What a person should know although nothing failed.
  package let notes: [String]
}

extension ClientDesk {
  /// Works out how a client is told to start a plugin; nothing is written.
  /// - Throws: `ClientError`, such as `.notUnderstood` and `.entryExists`.
  package func planConnecting(
    _ request: ConnectionRequest, _ entry: ClientEntry
  ) throws(ClientError) -> ConnectionPlan {
    let path = try file(of: request.client, request.scope)
    let (file, text) = try open(path, of: request.client)
    let json = entry.json(for: request.client)
    func plan(_ step: ConnectionPlan.Step, difference: [String], replaced: String? = nil) -> ConnectionPlan {
      ConnectionPlan(
        request: request, path: path, entry: entry, difference: difference, replaced: replaced, file: file, step: step)
    }
    guard let found = try text.list()[request.key] else {
      // A name that is there already is good enough, whatever it is.
      try ClientEntry.check(name: request.key)
      let command = ClientCommand.adding(
        request.key, entry, to: request.client, request.scope, path: places.path, files)
      if let command, !request.editsFile { return plan(.command(command), difference: []) }
      try file.checkNames(files)
      var (bytes, insertion) = try text.adding(request.key, json)
      if file.bytes == nil { insertion.extent = .file }
      insertion.folders = try file.missingFolders(files).map(\.string)
      return plan(.edit(bytes, insertion), difference: try difference(text, bytes, request, path))
    }
    if entry.isMeant(by: found) { return plan(.nothing, difference: []) }
    let isOwn = ClientEntry.plugin(startedBy: found) == request.plugin
    guard isOwn || request.replaces else {
      throw .entryExists(path: path.string, key: request.key, command: EntryWords.line(found))
    }
    try file.checkNames(files)
    let bytes = try text.replacing(request.key, json)
    return plan(
      .edit(bytes, nil), difference: try difference(text, bytes, request, path), replaced: EntryWords.line(found))
  }

  /// Does what was planned.
  /// - Throws: `.changedMeanwhile` when the file is not any more what it was, and whatever keeps it from being written.
  package func connect(_ plan: ConnectionPlan) async throws(ClientError) -> ConnectionResult {
    var insertion: Insertion?
    var notes: [String] = []
    switch plan.step {
    case .nothing: break
    case .edit(let content, let added):
      try plan.file.write(content ?? [], files)
      insertion = added
    case .command(let command): notes = try await run(command, plan)
    }
    guard let found = try entries(of: plan.request.client, at: plan.path)[plan.request.key],
      plan.entry?.isMeant(by: found) == true
    else {
      guard let command = plan.command else { throw .changedMeanwhile(path: plan.path.string) }
      throw .commandWithoutEffect(command: command, path: plan.path.string, key: plan.request.key)
    }
    return ConnectionResult(insertion: insertion, entry: Self.digest(of: found), notes: notes)
  }

  /// Works out how a plugin's entry is taken away; nothing is written.
  ///
  /// - Parameters:
  ///   - insertion: what was added with the entry, as it was recorded.
  ///   - byCommand: whether the client's own command added the entry.
  /// - Throws: `.noEntry`, and `.foreignEntry` for an entry that does not start this plugin through Serin.
  package func planDisconnecting(
    _ request: ConnectionRequest, insertion: Insertion?, byCommand: Bool
  ) throws(ClientError) -> ConnectionPlan {
    let path = try file(of: request.client, request.scope)
    let (file, text) = try open(path, of: request.client)
    guard let found = try text.list()[request.key] else { throw .noEntry(path: path.string, key: request.key) }
    guard ClientEntry.plugin(startedBy: found) == request.plugin else {
      throw .foreignEntry(path: path.string, key: request.key, command: EntryWords.line(found))
    }
    func plan(_ step: ConnectionPlan.Step, _ difference: [String]) -> ConnectionPlan {
      ConnectionPlan(
        request: request, path: path, entry: nil, difference: difference, replaced: nil, file: file, step: step)
    }
    if byCommand, !request.editsFile,
      let command = ClientCommand.removing(
        request.key, from: request.client, request.scope, path: places.path, files)
    {
      return plan(.command(command), [])
    }
    try file.checkNames(files)
    let bytes = try text.removing(request.key, insertion)
    return plan(.edit(bytes, insertion), try difference(text, bytes ?? [], request, path))
  }

  /// Takes an entry away as planned; returns what a person should know although nothing failed.
  /// - Throws: `.changedMeanwhile` when the file is not any more what it was, and whatever keeps it from being written.
  package func disconnect(_ plan: ConnectionPlan) async throws(ClientError) -> [String] {
    switch plan.step {
    case .nothing: return []
    case .edit(let content?, _):
      try plan.file.dropBackup(equalTo: content, files)
      let hadBackup = (try? files.exists(plan.file.backup)) ?? true
      try plan.file.write(content, files)
      // Where the file is again what it was before Serin came, no copy of it stays either.
      if !hadBackup, plan.insertion != nil { try plan.file.dropBackup(equalTo: plan.file.bytes ?? [], files) }
      return []
    case .edit(nil, let insertion):
      try plan.file.remove(insertion?.folders.map { FilePath($0) } ?? [], files)
      return []
    case .command(let command):
      let notes = try await run(command, plan)
      guard try entries(of: plan.request.client, at: plan.path)[plan.request.key] == nil else {
        throw .commandWithoutEffect(command: command.line, path: plan.path.string, key: plan.request.key)
      }
      return notes
    }
  }

  /// Lets the client edit its file, after a look whether it is still the one that was shown.
  private func run(_ command: ClientCommand, _ plan: ConnectionPlan) async throws(ClientError) -> [String] {
    let (now, text) = try open(plan.path, of: plan.request.client)
    guard now.bytes == plan.file.bytes else { throw .changedMeanwhile(path: plan.path.string) }
    var before = try text.list()
    try await command.run(in: places.project, machine)
    var after = try entries(of: plan.request.client, at: plan.path)
    before[plan.request.key] = nil
    after[plan.request.key] = nil
    return before == after ? [] : ["\(command.program) changed other entries in \(plan.path) as well"]
  }

  private func difference(
    _ text: ConfigurationText, _ bytes: [UInt8], _ request: ConnectionRequest, _ path: FilePath
  ) throws(ClientError) -> [String] {
    let after = try ConfigurationText(bytes, of: request.client, path: path.string)
    return LineDifference.lines(from: text.masked, to: after.masked)
  }

  /// The digest of what an entry says, whatever its spelling.
  static func digest(of entry: JSON) -> SHA256Digest {
    SHA256Digest.of((try? entry.canonicalBytes(numbers: .verbatim)) ?? [])
  }
}
