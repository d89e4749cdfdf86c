package import Platform
package import Releases
import Signing
package import Storage
package import SystemPackage

/// This program as a release that takes care of itself.
///
/// It lies in a host folder of its own, `self` in the host's, with the trees, journal, snapshots and ledger that plugins
/// have; what may bring it is a repository that the host trusts and that somebody named for this.
package struct OwnRelease: Sendable {
  /// How long a release must be out before it is taken, where nobody says otherwise: others find its faults first.
  package static let minimumAge = DurationText(seconds: 86_400)

  /// The host folder of its own.
  let host: PluginHost
  let folders: Folders
  let environment: [String: String]
  let home: PluginFolder

  private var machine: Machine { host.machine }

  /// Opens the folder, making it where it is missing.
  package static func open(
    _ folders: Folders, environment: [String: String], machine: Machine,
    warn: @escaping @Sendable (String) -> Void = { _ in }
  ) throws -> OwnRelease {
    let main = try HostFolder.open(folders.host, machine: machine)
    let folder = try HostFolder.open(main.root.appending("self"), machine: machine)
    let host = PluginHost(
      folder: folder, ledger: try Ledger(folder.ledgerPath), machine: machine, folders: folders,
      environment: environment, warn: warn, trustFolder: main.repositories)
    return OwnRelease(
      host: host, folders: folders, environment: environment, home: try folder.plugin(.ownProgram))
  }

  /// Where the program of the present release is found, whichever that is.
  package var program: FilePath { home.root.appending("current").appending("bin").appending("serin") }

  /// Where the script lies that moves `current` without this program.
  package var rescue: FilePath { home.root.appending(RescueScript.name) }

  /// The release that is switched on; nil where the program is not in its own care.
  package func current() throws -> (tree: TreeName, version: ReleaseVersion)? {
    guard let tree = try home.current() else { return nil }
    return (tree, try home.summary(of: tree).version)
  }

  /// Lays the script beside the present release again.
  ///
  /// Throws ``OwnReleaseError/notAdopted``.
  package func writeRescue() throws {
    guard try home.current() != nil else { throw OwnReleaseError.notAdopted }
    try host.writeRescue(home)
  }

  // MARK: - Looking

  /// What is offered, and what would be done about it.
  package struct Check: Sendable {
    /// The offer and the decision, as for a plugin.
    package let update: UpdateCheck
    /// When the offered release is old enough; nil where it is.
    package let ripe: Instant?
    /// The release that is switched on; nil where the program is not in its own care.
    package let current: ReleaseVersion?
  }

  /// Asks the repository that was named, now or before, what it offers.
  ///
  /// - Parameter age: how long a release must be out; one that mends a security fault need not wait.
  /// - Throws: ``OwnReleaseError/noRepository(known:)``, and what a check of a plugin throws.
  package func check(
    repository name: String?, channel: ChannelName?, age: DurationText
  ) async throws -> Check {
    let known = try host.ledger.install(of: .ownProgram)
    let trusted = host.repositories
    guard let name = name ?? known?.repository else {
      throw OwnReleaseError.noRepository(known: try trusted.all().map(\.id))
    }
    let now = machine.clock.now()
    var record =
      try known
      ?? InstallRecord(
        plugin: .ownProgram, repository: name, channel: channel ?? ChannelName("stable"), installed: now,
        changed: now)
    record.repository = try trusted.named(name).id
    if let channel { record.channel = channel }
    guard let update = try await host.check([record]).first else {
      throw UpdatingError.notOffered(
        plugin: PluginName.ownProgram.text, channel: record.channel.text, repositories: [record.repository])
    }
    return Check(update: update, ripe: update.offer.flatMap { ripe($0, age) }, current: try current()?.version)
  }

  private func ripe(_ offer: ReleaseOffer, _ age: DurationText) -> Instant? {
    guard !offer.manifest.security else { return nil }
    let ripe = Instant(seconds: offer.manifest.published.seconds).advanced(by: age.duration)
    return ripe > machine.clock.now() ? ripe : nil
  }

  // MARK: - What a killed process left

  /// Brings an interrupted switch and its record to their ends, heeds what the rescue did, and confirms what was
  /// switched to and not confirmed.
  ///
  /// Throws ``OwnReleaseError/wentBack(from:to:reasons:)``.
  package func settle() async throws {
    guard try home.exists() else { return }
    try host.recover(home)
    try host.heedRescue(home)
    try host.recordSwitch(home)
    guard let now = try current(), try home.marked(.unconfirmed) == now.tree else { return }
    let lock = try host.updateLock(.ownProgram)
    defer { withExtendedLifetime(lock) {} }
    try await confirm(now.version)
  }

  /// Starts the program once more through the link by which everybody starts it, and goes back where it does not work.
  func confirm(_ version: ReleaseVersion) async throws {
    do {
      try await trial.start(program, expecting: version)
    } catch let error as OwnReleaseError {
      guard case .doesNotWork(_, let reasons) = error else { throw error }
      let back = try host.rollBack(
        .ownProgram, keepState: true, reason: "it did not start: " + reasons.joined(separator: "; "))
      try home.setMark(.unconfirmed, to: nil)
      throw OwnReleaseError.wentBack(from: back.from.text, to: back.to.text, reasons: reasons)
    }
    try home.setMark(.unconfirmed, to: nil)
  }

  var trial: OwnTrial { OwnTrial(machine: machine, environment: environment, host: folders.host) }

  /// The self-test of the running program.
  func testPresent() async -> SelfTest.Report {
    await SelfTest(folders, environment: environment, machine: machine).run()
  }
}
