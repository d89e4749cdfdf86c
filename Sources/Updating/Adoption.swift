package import Clients
package import Releases
import Storage

/// An entry of a client that does not start Serin, with the plugins that might be what it starts.
package struct AdoptionOffer: Hashable, Sendable {
  /// The entry.
  package let entry: FoundEntry
  /// Installed plugins of that name.
  package let installed: [PluginName]
  /// Plugins of that name that trusted repositories carry and that are not installed.
  package let offered: [PluginName]
}

extension PluginHost {
  /// For each entry the plugins of its name, installed here or offered by trusted repositories.
  ///
  /// A repository that cannot be asked is warned about and passed over.
  package func adoptionOffers(
    for entries: [FoundEntry], in channel: ChannelName, asking: Bool = true
  ) async throws -> [AdoptionOffer] {
    let installed = try ledger.installs().map(\.plugin)
    let open = entries.filter { $0.plugin == nil }
    let carried = open.isEmpty || !asking ? [] : try await carriedPlugins(in: channel)
    return entries.map { entry in
      guard entry.plugin == nil else { return AdoptionOffer(entry: entry, installed: [], offered: []) }
      return AdoptionOffer(
        entry: entry, installed: installed.filter { entry.fits(plugin: $0.text) },
        offered: carried.filter { entry.fits(plugin: $0.text) && !installed.contains($0) })
    }
  }

  /// All plugins that the trusted repositories offer in a channel, sorted by name.
  private func carriedPlugins(in channel: ChannelName) async throws -> [PluginName] {
    var found: Set<PluginName> = []
    for repository in try repositories.all() {
      do {
        var client = try RepositoryClient(repository, in: repositories)
        try await client.refresh()
        found.formUnion(try await client.plugins(in: channel))
      } catch {
        warn("the repository \(repository.id) could not be asked: \(error)")
      }
    }
    return found.sorted()
  }
}
