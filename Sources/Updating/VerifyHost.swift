import Bundles
import Platform
import Releases
import Signing
import Storage

extension PluginHost {
  /// Reads everything that this host has again: every object of the store against its name, every tree of every plugin
  /// against its signed manifest, the ledger, and the descriptions of snapshots.
  ///
  /// Needs no network. A file that is one of the store's objects is read once, however many trees share it; one tree's
  /// manifest is in memory at a time. With `repairing` damaged objects are put aside and broken trees made anew:
  /// from sound objects, else from their bundle, which takes the same verified path as an update. Throws `locked` while
  /// another process stages.
  package func verifyAll(
    repairing: Bool = false, progress: (@Sendable (Int64, Int64?) -> Void)? = nil
  ) async throws -> HostVerification {
    let lock = try folder.lock()
    var found = HostVerification(isRepair: repairing)
    found.store = try folder.checkObjects()
    found.objects = found.store.bad.map { HostVerification.DamagedObject(object: $0) }
    if repairing {
      for index in found.objects.indices {
        try folder.mend(found.objects[index].object, holding: lock)
        found.objects[index].isMended = true
      }
    }
    let sound = folder.soundObjects(after: found.store)
    var keys = BundleKeyRing()
    for home in try folder.plugins() { try await verify(home, &keys, knowing: sound, &found) }
    found.others += try ledger.findings().map { "the ledger: \($0)" }
    if repairing { try await repair(&found, holding: lock, progress: progress) }
    found.quarantine = try folder.quarantine.entries()
    return found
  }

  /// The keys that may have signed, read once for each repository.
  private struct BundleKeyRing {
    var known: [String: [PublicKey]] = [:]
  }

  private func verify(
    _ home: PluginFolder, _ keys: inout BundleKeyRing, knowing objects: SoundObjects, _ found: inout HostVerification
  ) async throws {
    let reasons = (try? home.reasonsToKeep()) ?? [:]
    for number in try home.unreadableSnapshots() {
      found.others.append("snapshot \(number) of \(home.name) cannot be read: its description is missing or damaged")
    }
    do { _ = try home.current() } catch { found.others.append("\(home.name): \(error)") }
    for name in try home.knownTrees() {
      let trusted: [PublicKey]
      do { trusted = try await bundleKeys(of: home.name, &keys) } catch {
        found.others.append("the signatures of \(home.name) cannot be checked: \(words(of: error))")
        continue
      }
      found.trees.append(
        try verify(name, of: home, keys: trusted, reasons: reasons[name] ?? [], knowing: objects, &found))
    }
  }

  /// The keys of the repository that a plugin comes from; of all of them for one that is not installed.
  private func bundleKeys(of plugin: PluginName, _ ring: inout BundleKeyRing) async throws -> [PublicKey] {
    let wanted = try ledger.install(of: plugin).map { [$0.repository] } ?? repositories.all().map(\.id)
    var keys: [PublicKey] = []
    for id in wanted {
      if ring.known[id] == nil { ring.known[id] = try await knownBundleKeys(of: try repositories.named(id)) }
      keys += ring.known[id] ?? []
    }
    return keys
  }

  private func verify(
    _ name: TreeName, of home: PluginFolder, keys: [PublicKey], reasons: [String], knowing objects: SoundObjects,
    _ found: inout HostVerification
  ) throws -> HostVerification.Tree {
    func tree(_ signed: SignedManifest?, _ differences: [String]) -> HostVerification.Tree {
      HostVerification.Tree(
        plugin: home.name, name: name, version: signed?.manifest.version ?? (try? home.summary(of: name).version),
        reasons: reasons, entries: signed?.manifest.entries.count ?? 0, differences: differences,
        isManifestSound: signed != nil)
    }
    let signed: SignedManifest
    do {
      signed = try SignedManifest(
        json: home.manifestBytes(of: name), signature: home.signatureBytes(of: name), keys: keys)
    } catch {
      return tree(nil, ["its signed manifest is not sound: \(words(of: error))"])
    }
    guard signed.manifest.tree == name.tree, signed.manifest.plugin == home.name else {
      return tree(nil, ["its manifest describes another tree, \(signed.manifest.tree)"])
    }
    count(uses: signed.manifest, &found)
    do {
      return tree(signed, try home.verify(name, against: signed.manifest, knowing: objects).map(\.description))
    } catch {
      return tree(signed, [words(of: error)])
    }
  }

  /// Notes which files of a release have the content of damaged objects.
  private func count(uses manifest: BundleManifest, _ found: inout HostVerification) {
    guard !found.objects.isEmpty else { return }
    var places: [ObjectStore.Key: Int] = [:]
    for (index, damaged) in found.objects.enumerated() { places[damaged.object.key] = index }
    for entry in manifest.entries {
      guard case .file(let mode, _, let digest) = entry.kind,
        let index = places[ObjectStore.Key(digest, isExecutable: mode & 0o100 != 0)]
      else { continue }
      found.objects[index].useCount += 1
      if found.objects[index].uses.count < HostVerification.namedUses {
        found.objects[index].uses.append("\(manifest.plugin) \(manifest.version): \(entry.path)")
      }
    }
  }

  /// An error in its own words where it is one of ours.
  func words(of error: any Error) -> String { (error as? any SerinError)?.description ?? String(describing: error) }
}
