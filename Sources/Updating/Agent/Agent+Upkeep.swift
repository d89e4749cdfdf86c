import Platform
import Releases
import Storage

/// What an agent does whether or not anything is offered.
extension Agent {
  /// Judges the first sessions of releases that were switched on.
  func watchReleases() async {
    let watched: [ReleaseWatch]
    do { watched = try host.ledger.watches() } catch {
      return problem("what is watched cannot be read: \(host.words(of: error))")
    }
    asking = []
    for watch in watched {
      do {
        switch try host.goBackIfBroken(watch.plugin) {
        case .nothing: break
        case .proved(let version, let why):
          tell(AgentNews(.news, watch.plugin, "\(watch.plugin) \(version) proved itself: \(why)"))
        case .wentBack(let result, let reasons):
          returns += 1
          hands.stop(watch.plugin)
          releases[watch.plugin] = nil
          note(
            watch.plugin, "went-back", result.from,
            "\(watch.plugin) \(result.from) does not work here, and \(result.to) is back: "
              + reasons.joined(separator: "; "), command: "serin history \(watch.plugin.name)", isTold: false)
        case .asks(let version, let reasons, let obstacle):
          asking.insert(watch.plugin)
          note(
            watch.plugin, Self.question, version,
            "\(watch.plugin) \(version) does not work here (\(reasons.joined(separator: "; "))), and \(obstacle)",
            command: "serin rollback \(watch.plugin.name)", isTold: false)
        }
      } catch StorageError.locked {
        // Somebody switches at this moment; what comes of it is judged the next time.
      } catch {
        problem("\(watch.plugin) could not be judged: \(host.words(of: error))")
      }
    }
  }

  /// Compares installed trees with what was signed, and entries of clients with what was written; what could
  /// not be healed is tried again after a growing pause.
  func scan() async {
    report.memory.scanned = now
    report.scans += 1
    lookAround()
    host.keepSecretsAwake()
    let mayHeal = report.memory.healDue.map { $0 <= now } ?? true
    do {
      let scan = try await host.scanIntegrity(healing: mayHeal)
      let ill = scan.damages.filter { !$0.isHealed }
      report.memory.scan = AgentMemory.Scan(
        trees: scan.trees, read: scan.read,
        changed: ill.map { "\($0.plugin) tree \($0.tree): \($0.differences.first ?? "")" } + scan.obstacles)
      for damage in scan.damages {
        let what = "\(damage.plugin): \(damage.differences.count) differences to what was signed"
        tell(
          AgentNews(
            .warning, damage.plugin,
            damage.isHealed ? "\(what), made anew" : "\(what): \(damage.obstacle)"))
      }
      if ill.isEmpty {
        (report.memory.healDue, report.memory.healFailures) = (nil, 0)
      } else if mayHeal {
        report.memory.healFailures += 1
        let failures = report.memory.healFailures
        report.memory.healDue = times.retry(after: now, failures: failures, share: draw())
      }
    } catch {
      problem("installed files could not be compared with what was signed: \(host.words(of: error))")
    }
  }

  /// Removes what nothing needs.
  func prune() async {
    do {
      let inventory = try await host.prune(dryRun: false)
      report.memory.pruned = now
      if inventory.unexplainedCount > 0 {
        tell(AgentNews(.warning, nil, "nothing explains \(inventory.unexplainedCount) paths of this host"))
      }
    } catch StorageError.locked, LockError.locked {
      // Somebody stages at this moment: within the hour is soon enough.
      report.memory.pruned = now.advanced(by: .seconds(3600) - times.prune)
    } catch {
      report.memory.pruned = now
      problem("what nothing needs could not be removed: \(host.words(of: error))")
    }
  }
}
