import Platform
import Releases
import Storage

/// What repositories offer, and what an agent makes of it.
extension Agent {
  /// Asks one repository; one that does not answer, or lies, is asked again after a growing pause.
  func check(_ id: String) async {
    report.checks += 1
    var known = report.memory.repositories[id] ?? AgentMemory.Repository(due: now)
    do {
      let answer = try await host.checkEach(of: id, settings)
      known.checked = now
      known.failures = 0
      known.error = ""
      known.expires = answer.expires
      known.due = times.nextCheck(after: now, expires: answer.expires, share: draw())
      report.memory.repositories[id] = known
      for (install, result) in answer.plugins {
        switch result {
        case .success(let check): await consider(check)
        case .failure(let error): tellFailure(install.plugin, nil, error)
        }
      }
    } catch {
      known.failures += 1
      known.due = times.retry(after: now, failures: known.failures, share: draw())
      let words = host.words(of: error)
      if known.error != words { tell(AgentNews(.warning, nil, "\(id) could not be asked: \(words)")) }
      known.error = words
      report.memory.repositories[id] = known
      tellPlugins(of: id, error)
    }
  }

  /// A repository that lies, or whose metadata have expired, keeps its plugins from updates: their history says so.
  private func tellPlugins(of id: String, _ error: any Error) {
    let trouble = AgentTrouble(error)
    guard trouble.isTold, !trouble.isPassing else { return }
    for install in (try? host.ledger.installs()) ?? [] where install.repository == id {
      guard releases[install.plugin] == nil else { continue }
      note(install.plugin, trouble.word, install.version, host.words(of: error), command: "serin doctor")
    }
  }

  /// Decides about what a channel offers for one plugin.
  private func consider(_ check: UpdateCheck) async {
    let plugin = check.install.plugin
    if await answerYank(check) { return }
    switch check.duty {
    case .take:
      guard let offer = check.offer else { return }
      do { try want(offer, check.settings) } catch { tellFailure(plugin, check.offered, error) }
    case .tell(let sentence):
      await drop(plugin, unless: nil)
      note(plugin, check.decision.word, check.offered, sentence, command: "serin update \(plugin.name)")
    case .nothing:
      await drop(plugin, unless: check)
      if check.decision == .nothingNew {
        if check.yanked == nil { forgetNote(plugin) }
      } else if releases[plugin] == nil {
        note(plugin, check.decision.word, check.offered, "\(plugin): \(check.decision.sentence)")
      }
    }
  }

  /// Wants a release; one that is observed already is observed to its end, even when a newer one came meanwhile.
  private func want(_ offer: ReleaseOffer, _ settings: PluginSettings) throws {
    let plugin = offer.manifest.plugin
    if let known = releases[plugin] {
      if known.offer.bundle.tree == offer.bundle.tree {
        releases[plugin]?.offer = offer
        return
      }
      let isOnItsWay = known.stage == .soaking || known.stage == .passed || known.stage == .wanted && known.isBegun
      if isOnItsWay, offer.manifest.yank(of: known.version) == nil { return }
      hands.stop(plugin)
    }
    let note = report.memory.notes[plugin.text]
    releases[plugin] = Offered(
      offer: offer, time: try soakTime(settings, of: offer.manifest),
      notBefore: note?.version == offer.manifest.version ? note?.retry : nil)
  }

  /// Gives up what is not wanted any more; an observation goes on while its release is only paused, held or too young.
  private func drop(_ plugin: PluginName, unless check: UpdateCheck?) async {
    guard let known = releases[plugin] else { return }
    if known.stage == .soaking, let check, check.offered == known.version, check.decision.mayPass { return }
    hands.stop(plugin)
    releases[plugin] = nil
  }

  /// A withdrawn release that runs: told, or left where the settings say so and there is something to go back to.
  ///
  /// - Returns: whether the plugin went back.
  private func answerYank(_ check: UpdateCheck) async -> Bool {
    guard let current = check.current, check.yanked != nil else { return false }
    // What is offered instead is the better answer than a warning; whoever wants to leave does not wait for its canary.
    if check.duty == .take, check.settings.onYank == .warn { return false }
    let plugin = check.install.plugin
    do {
      // An observation of what is withdrawn as well would stand in the way.
      if check.settings.onYank == .goBack { await drop(plugin, unless: check) }
      let outcome = try host.answerYank(plugin)
      let sentence = outcome.sentence.map { "\(plugin) \($0)" } ?? ""
      switch outcome {
      case .notYanked: break
      case .warned, .stayed: note(plugin, "yanked", current, sentence, command: "serin rollback \(plugin.name)")
      case .wentBack:
        returns += 1
        releases[plugin] = nil
        note(plugin, "went-back", current, sentence, isTold: false)
        return true
      }
    } catch {
      tellFailure(plugin, current, error)
    }
    return false
  }
}

extension UpdateDecision {
  /// Whether an observation is worth going on with although the release may not be taken now.
  fileprivate var mayPass: Bool {
    switch self {
    case .paused, .held, .tooYoung, .notYet, .available: true
    default: false
    }
  }
}

/// What one repository answered about every plugin that comes from it.
struct RepositoryAnswer {
  /// When its timestamp expires.
  var expires: Instant?
  /// What each plugin is offered, or why that could not be found out.
  var plugins: [(install: InstallRecord, result: Result<UpdateCheck, any Error>)] = []
}

extension PluginHost {
  /// Refreshes one repository and looks at each plugin that comes from it; one plugin's trouble is its own.
  ///
  /// Throws what the refresh throws.
  func checkEach(of id: String, _ settings: HostSettings) async throws -> RepositoryAnswer {
    var client = try RepositoryClient(try repositories.named(id), in: repositories)
    try await client.refresh()
    var answer = RepositoryAnswer(expires: client.timestampExpires.map { Instant(seconds: $0) })
    for install in try ledger.installs().map({ following($0, settings) }) where install.repository == id {
      do {
        let check = try await check(install, settings.plugin(install.plugin), with: &client)
        answer.plugins.append((install, .success(check)))
      } catch {
        answer.plugins.append((install, .failure(error)))
      }
    }
    return answer
  }
}
