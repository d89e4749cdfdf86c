package import Platform
package import Releases
import Signing
package import Storage
package import SystemPackage

/// This program as a release that takes care of itself.
///
/// It lies in a host folder of its own, `self` in the host's, with the trees, journal, snapshots and ledger that
/// plugins have; what may bring it is a repository that the host trusts and that somebody named for this.
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
    /// How old a release must be.
    package let age: DurationText
    /// The release that is switched on; nil where the program is not in its own care.
    package let current: ReleaseVersion?
  }

  /// Asks the repository that was named, now or before, what it offers.
  ///
  /// The program's own section in the settings names its channel, and they say how old a release must be; one that
  /// mends a security fault need not wait.
  ///
  /// - Parameter age: how old a release must be, whatever the settings say.
  /// - Throws: ``OwnReleaseError/noRepository(known:)``, and what a check of a plugin throws.
  package func check(repository name: String?, channel: ChannelName?, age: DurationText?) async throws -> Check {
    let known = try host.ledger.install(of: .ownProgram)
    guard let name = name ?? known?.repository else {
      throw OwnReleaseError.noRepository(known: try host.repositories.all().map(\.id))
    }
    let repository = try host.repositories.named(name)
    let settings = try host.settings()
    let isSet = settings.value(of: .minimumAge, for: .ownProgram).origin != .standard
    let age = age ?? (isSet ? settings.plugin(.ownProgram).minimumAge : Self.minimumAge)
    var values = SettingValues()
    values.minimumAge = age
    values.securityAge = .time(DurationText(seconds: 0))
    let now = machine.clock.now()
    var record =
      known
      ?? InstallRecord(
        plugin: .ownProgram, repository: repository.id, channel: .stable, installed: now, changed: now)
    record.repository = repository.id
    record.channel = channel ?? settings.plugin(.ownProgram).channel ?? record.channel
    var client = try RepositoryClient(repository, in: host.repositories)
    try await client.refresh()
    let update = try await host.check(record, PluginSettings(values, channel: nil), with: &client)
    return Check(update: update, age: age, current: try current()?.version)
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
    // It has no sessions that anybody could watch.
    try host.ledger.endWatch(of: .ownProgram)
    try home.setMark(.unconfirmed, to: nil)
  }

  var trial: OwnTrial { OwnTrial(machine: machine, environment: environment, host: folders.host) }

  /// The self-test of the running program.
  func testPresent() async -> SelfTest.Report {
    await SelfTest(folders, environment: environment, machine: machine).run()
  }
}
