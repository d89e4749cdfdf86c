import Platform
import Storage

extension WatchedSession {
  /// A client that waited so long for the first answer and left has not been served.
  private static let patience = Duration.seconds(20)

  /// What the record of a session means for the release that it ran.
  ///
  /// A session whose launcher was lost says nothing: the machine may have stopped. Neither does one for which no
  /// sandbox could be had, or a secret is missing: the canary has started the same command here, so that the machine or
  /// its user stands in the way. A plugin that starts and does not come to its first answer is another matter.
  init(_ record: SessionRecord) {
    self.init(started: record.started, course: Self.course(record))
  }

  private static func course(_ record: SessionRecord) -> Course {
    guard let end = record.end else { return .open }
    switch end.cause {
    case .lost, .notStarted: return .open
    case .limit(let limit): return .badly("it was ended for its limit of \(limit)")
    case .plugin:
      guard record.answered != nil else { return .badly("it ended by itself before it answered\(how(end))") }
      return end.status?.isSuccess == true ? .well : .badly("it ended by itself\(how(end))")
    case .client:
      if record.answered != nil { return .well }
      let waited = record.started.duration(to: end.time)
      // A client that is closed at once, or never asked, has no complaint.
      guard end.wasAsked, waited >= patience else { return .open }
      return .badly("it did not answer within \(waited.components.seconds) s")
    }
  }

  private static func how(_ end: SessionEnd) -> String {
    switch end.status {
    case .exited(let code)?: ", with code \(code)"
    case .signalled(let number)?: ", by signal \(number)"
    case nil: ""
    }
  }
}

extension PluginHost {
  /// The sessions that ran a tree, oldest first.
  func watchedSessions(of home: PluginFolder, tree: TreeName) throws -> [WatchedSession] {
    try SessionLog(home).records().filter { $0.tree == tree }.map(WatchedSession.init)
  }
}
