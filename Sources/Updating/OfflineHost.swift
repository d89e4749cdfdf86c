package import Offline
import Platform
import Releases
package import Storage

extension PluginHost {
  /// The same host, with a file in the place of the network: what verifies is the same, floors and all.
  func asking(_ file: OfflineFile, instead url: String) -> PluginHost {
    var machine = machine
    machine.transport = OfflineTransport(file, as: url, files: machine.files)
    return PluginHost(
      folder: folder, ledger: ledger, machine: machine, folders: folders, environment: environment, warn: warn,
      takesDeltas: false)
  }

  /// The host that takes its answers from an offline bundle, and the trusted repository that the file comes from.
  ///
  /// A file belongs to the repository whose pinned root it holds; that alone lets nothing be believed. Throws
  /// ``OfflineError/foreign(_:trusted:)`` and ``OfflineError/otherRepository(_:asked:offered:)``.
  package func reading(
    _ file: OfflineFile, repository wanted: String? = nil
  ) throws -> (host: PluginHost, repository: TrustedRepository) {
    let trusted = try repositories.all()
    guard let found = try trusted.first(where: { try file.holdsRoot($0.fingerprint) }) else {
      throw OfflineError.foreign(file.path, trusted: trusted.map(\.id))
    }
    if let wanted, try repositories.named(wanted).id != found.id {
      throw OfflineError.otherRepository(file.path, asked: wanted, offered: found.id)
    }
    return (asking(file, instead: found.url), found)
  }

  /// Those of some installed plugins for which an offline bundle of a repository holds what their channels offer.
  ///
  /// With `every`, each of them must be held. Throws ``OfflineError/notHeld(_:asked:held:)`` where nothing fits.
  package func held(
    by file: OfflineFile, of repository: TrustedRepository, among installs: [InstallRecord], every: Bool
  ) throws -> [InstallRecord] {
    let releases = file.releases
    let settings = try settings()
    let installs = installs.map { following($0, settings) }
    let found = installs.filter { install in
      install.repository == repository.id
        && releases.contains { $0.plugin == install.plugin && $0.channel == install.channel }
    }
    guard !found.isEmpty, !every || found.count == installs.count else {
      throw OfflineError.notHeld(
        file.path, asked: installs.map { "\($0.plugin) in \($0.channel) of \($0.repository)" },
        held: releases.map { "\($0.text) of \(repository.id)" })
    }
    return found
  }
}
