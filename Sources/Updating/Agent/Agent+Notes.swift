import Platform
import Releases
import Storage

/// What an agent tells about plugins: each thing once, in the history and in its report.
extension Agent {
  /// The word of a release that does not work here and that a person is asked about.
  static let question = "broken"

  /// Notes how it stands with a plugin; what was told before is not told again.
  ///
  /// - Parameter isTold: whether the history is to know; false where it does already, or where it need not.
  func note(
    _ plugin: PluginName, _ word: String, _ version: ReleaseVersion?, _ sentence: String, command: String = "",
    isTold: Bool = true
  ) {
    // What a person is asked about a release that does not work goes before everything else that may be said.
    guard word == Self.question || !asking.contains(plugin) else { return }
    let before = report.memory.notes[plugin.text]
    let isSame = before?.word == word && before?.version == version
    var note = AgentMemory.Note(word: word, version: version, sentence: sentence, command: command, since: now)
    if let before, isSame {
      note.since = before.since
      note.failures = before.failures
      note.retry = before.retry
    }
    if before?.version == version { note.offer = before?.offer }
    report.memory.notes[plugin.text] = note
    guard !isSame else { return }
    tell(AgentNews(isTold ? .warning : .news, plugin, sentence))
    guard isTold else { return }
    do {
      _ = try host.ledger.record(
        HistoryEntry(time: now, plugin: plugin, event: word, toVersion: version, reason: sentence))
    } catch {
      problem("the history cannot be written: \(host.words(of: error))")
    }
  }

  /// Nothing is to be said of a plugin any more.
  func forgetNote(_ plugin: PluginName) {
    if !asking.contains(plugin) { report.memory.notes[plugin.text] = nil }
  }

  /// Notes what failed.
  func tellFailure(_ plugin: PluginName, _ version: ReleaseVersion?, _ error: any Error) {
    let trouble = AgentTrouble(error)
    if trouble.word == "rolled-back" { returns += 1 }
    note(
      plugin, trouble.word, version, host.words(of: error), command: command(for: trouble, plugin, version),
      isTold: trouble.isTold && trouble.word != "rolled-back")
  }

  /// Notes what failed on the way of a release, and when it is tried again.
  func fail(_ plugin: PluginName, _ version: ReleaseVersion?, _ error: any Error) {
    let trouble = AgentTrouble(error)
    tellFailure(plugin, version, error)
    guard trouble.isPassing else {
      // What was decided stays decided until the next check tells otherwise.
      releases[plugin] = nil
      return
    }
    let failures = (report.memory.notes[plugin.text]?.failures ?? 0) + 1
    let retry = times.retry(after: now, failures: failures, share: draw())
    report.memory.notes[plugin.text]?.failures = failures
    report.memory.notes[plugin.text]?.retry = retry
    releases[plugin]?.stage = .wanted
    releases[plugin]?.notBefore = retry
  }

  /// The command by which a person answers.
  private func command(for trouble: AgentTrouble, _ plugin: PluginName, _ version: ReleaseVersion?) -> String {
    switch trouble.word {
    case "canary-failed": "serin canary explain \(plugin.name)"
    case "inconclusive", "needs-approval": "serin approve \(plugin.name) \(version?.text ?? "")"
    case "canary-ended": "serin canary start \(plugin.name)"
    case "needs-configuration": "serin update \(plugin.name) --set KEY=VALUE"
    case "rolled-back": "serin history \(plugin.name)"
    case "no-sandbox", "expired": "serin doctor"
    default: ""
    }
  }

  /// What belongs to plugins that are not installed any more is forgotten.
  func forgetRemoved() async {
    guard let installed = try? Set(host.ledger.installs().map(\.plugin)) else { return }
    for plugin in releases.keys where !installed.contains(plugin) {
      hands.stop(plugin)
      releases[plugin] = nil
    }
    let names = Set(installed.map(\.text))
    report.memory.notes = report.memory.notes.filter { names.contains($0.key) }
    let known = Set(repositories)
    report.memory.repositories = report.memory.repositories.filter { known.contains($0.key) }
  }
}
