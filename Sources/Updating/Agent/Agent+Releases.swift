import Canary
import Platform
import Releases
import Storage

/// A release on its way: fetched, observed, asked about, switched to.
extension Agent {
  /// Goes on with an observation that was interrupted, without asking any network: the release is here.
  func resume(_ install: InstallRecord) async {
    do {
      let note = report.memory.notes[install.plugin.text]
      let offered = note?.offer.flatMap { try? ChannelManifest(json: Array($0.utf8)) }
      guard let release = try await host.interrupted(install, offered: offered) else { return }
      let own = settings.plugin(install.plugin)
      releases[install.plugin] = Offered(
        offer: release.offer, time: try soakTime(own, of: release.offer.manifest), prepared: release,
        notBefore: note?.retry, isBegun: true)
    } catch {
      // What cannot be gone on with from here is wanted again by the next check.
      tell(AgentNews(.detail, install.plugin, "its canary is not gone on with yet: \(host.words(of: error))"))
    }
  }

  /// Fetches a release and begins to observe it, unless there is a verdict already.
  func observe(_ plugin: PluginName) async {
    guard let wanted = releases[plugin] else { return }
    do {
      let release = try await prepared(wanted)
      releases[plugin]?.prepared = release
      if try await isDecided(release, wanted.time) { return }
      // Before the observation itself says so: nothing may collect the tree in between.
      try host.folder.plugin(plugin).setMark(.candidate, to: release.tree)
      hands.begin(release, time: wanted.time)
      releases[plugin]?.stage = .soaking
      releases[plugin]?.isBegun = true
      releases[plugin]?.notBefore = nil
      note(
        plugin, "soaking", wanted.version,
        "\(plugin) \(wanted.version) is observed for \(wanted.time.required) before it is switched to",
        command: "serin canary watch \(plugin.name)", isTold: false)
      let manifest = wanted.offer.manifest.encoded()
      report.memory.notes[plugin.text]?.offer = String(decoding: manifest, as: UTF8.self)
    } catch {
      fail(plugin, wanted.version, error)
    }
  }

  private func prepared(_ wanted: Offered) async throws -> PreparedRelease {
    if let release = wanted.prepared { return release }
    if let demand = try host.evidenceDemand(of: wanted.offer.manifest.plugin) {
      _ = try await host.requireEvidence(demand, for: wanted.offer)
    }
    let release = try await host.prepare(wanted.offer)
    do { _ = try await host.configuration(for: release.manifest) } catch let error as UpdatingError {
      // It waits as the candidate, so that it is not removed and fetched again.
      if case .missingConfiguration = error {
        try host.folder.plugin(release.manifest.plugin).setMark(.candidate, to: release.tree)
      }
      throw error
    }
    return release
  }

  /// Whether an earlier canary of this very tree makes another one needless, and what follows.
  private func isDecided(_ release: PreparedRelease, _ time: SoakTime) async throws -> Bool {
    let plugin = release.manifest.plugin
    let home = try host.folder.plugin(plugin)
    if let result = try host.reachedVerdict(on: release, baseline: home.current(), atLeast: time) {
      if result.verdict == .fail {
        try host.requirePass(result, release)
      }
      // What the earlier canary compared with is what an approval is about.
      try home.setMark(.candidate, to: release.tree)
      releases[plugin]?.stage = .passed
      return true
    }
    let runs = try host.ledger.canaries(of: plugin, limit: Ledger.runLimit)
    guard let last = runs.first(where: { $0.tree == release.tree }), let ended = last.ended else { return false }
    if last.state == .aborted, case let remark = try host.ledger.canaryNotes(last.id).remark, !remark.isEmpty {
      throw UpdatingError.canaryAborted(
        plugin: plugin.text, version: release.manifest.version.text, remark: remark)
    }
    if last.state == .inconclusive { return doubt(release, last, ended: ended) }
    return false
  }

  /// A doubt is told, and looked at again after a while: what was observed so far counts then.
  private func doubt(_ release: PreparedRelease, _ run: Storage.CanaryRun, ended: Instant) -> Bool {
    let (plugin, version) = (release.manifest.plugin, release.manifest.version)
    let again = ended.advanced(by: times.secondLook)
    guard again > now else { return false }
    let reasons = SoakResult(json: run.verdict)?.reasons ?? []
    let error = UpdatingError.canaryInconclusive(plugin: plugin.text, version: version.text, reasons: reasons)
    note(
      plugin, "inconclusive", version, error.description, command: "serin approve \(plugin.name) \(version)")
    releases[plugin]?.stage = .wanted
    releases[plugin]?.notBefore = again
    return true
  }

  /// Sees to the observations that have ended.
  func conclude() async {
    for end in hands.takeEnded() {
      guard let known = releases[end.plugin], known.stage == .soaking, let release = known.prepared else { continue }
      do {
        if let failure = end.failure { throw failure }
        releases[end.plugin]?.stage = .wanted
        // The verdict is in the ledger. What is none, because the baseline is another one by now, begins again.
        _ = try await isDecided(release, known.time)
      } catch {
        fail(end.plugin, known.version, error)
      }
    }
  }

  /// Switches to a release that has passed, once more started with the user's own data; or asks.
  func take(_ plugin: PluginName) async {
    guard let known = releases[plugin], let release = known.prepared else { return }
    do {
      if try isAsking(plugin, release, known.time) { return }
      let result = try await host.update(release, soak: known.time, by: .agent)
      releases[plugin] = nil
      forgetNote(plugin)
      tell(AgentNews(.news, plugin, "\(plugin) now runs \(result.to), was \(result.from?.text ?? "nothing")"))
      if let doubt = try await hands.confirmStart(of: result) { tell(AgentNews(.warning, plugin, doubt)) }
    } catch {
      fail(plugin, known.version, error)
    }
  }

  /// Sees whether a person has agreed meanwhile.
  func ask(_ plugin: PluginName) async {
    guard let known = releases[plugin], let release = known.prepared else { return }
    do {
      if try !isAsking(plugin, release, known.time) { releases[plugin]?.stage = .passed }
    } catch {
      fail(plugin, known.version, error)
    }
  }

  /// Whether something of a release still waits for a person, who is told then.
  private func isAsking(_ plugin: PluginName, _ release: PreparedRelease, _ time: SoakTime) throws -> Bool {
    let baseline = try host.folder.plugin(plugin).current()
    guard let result = try host.reachedVerdict(on: release, baseline: baseline, atLeast: time) else {
      // Another release runs by now, with which it was not compared: it is observed beside that one.
      releases[plugin]?.stage = .wanted
      return true
    }
    let open = try host.needs(release, soak: result, by: .agent)
    guard !open.isEmpty else { return false }
    releases[plugin]?.stage = .waiting
    let version = release.manifest.version
    let error = UpdatingError.needsApproval(
      plugin: plugin.text, version: version.text, reasons: open.flatMap(\.sentences))
    note(
      plugin, "needs-approval", version, error.description, command: "serin approve \(plugin.name) \(version)")
    return true
  }
}

extension PluginHost {
  /// A release whose observation was interrupted, complete and signed on this host, with what its channel said of it
  /// last; nil where nothing was interrupted.
  ///
  /// No network is asked: an agent that starts without one goes on observing, and asks again before it switches.
  ///
  /// - Parameter offered: what the channel said of it when it was begun; nil where nobody remembers.
  func interrupted(_ install: InstallRecord, offered: ChannelManifest?) async throws -> PreparedRelease? {
    let home = try folder.plugin(install.plugin)
    guard let tree = try home.marked(.candidate), try ledger.runningCanary(of: install.plugin, tree: tree) != nil
    else { return nil }
    let known = try [offered, knownManifest(of: install.plugin)].compactMap { $0 }
    guard let manifest = known.first(where: { $0.bundle(for: .current)?.tree == tree.tree }),
      let bundle = manifest.bundle(for: .current), manifest.plugin == install.plugin
    else { return nil }
    let differences = try await readAgain(tree, at: home)
    guard differences.isEmpty else {
      throw UpdatingError.treeChanged(
        plugin: install.plugin.text, version: manifest.version.text, differences: Array(differences.prefix(3)))
    }
    let offer = ReleaseOffer(
      repository: try repositories.named(install.repository), manifest: manifest, bundle: bundle)
    return PreparedRelease(
      offer: offer, manifest: try home.outline(of: tree), tree: tree, downloaded: 0, way: "tree")
  }
}
