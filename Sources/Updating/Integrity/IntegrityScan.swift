import Bundles
package import Platform
package import Releases
import Signing
package import Storage

/// What a look at every installed tree found.
package struct IntegrityScan: Sendable, Equatable {
  /// A tree that is not what was signed.
  package struct Damage: Sendable, Equatable {
    /// Whose tree it is.
    package let plugin: PluginName
    /// The tree.
    package let tree: TreeName
    /// What is different, in sentences.
    package let differences: [String]
    /// Whether it is what runs.
    package let isCurrent: Bool
    /// Whether it was made anew.
    package var isHealed = false
    /// Why it could not be made anew; empty where it was, or nobody tried.
    package var obstacle = ""
  }

  /// How many trees were looked at.
  package var trees = 0
  /// How many of them were read as a whole.
  package var read = 0
  /// What was found changed.
  package var damages: [Damage] = []
  /// What could not be looked at, in sentences.
  package var obstacles: [String] = []
  /// The oldest time at which one of the trees was read as a whole; nil where there is none.
  package var oldestRead: Instant?
}

extension PluginHost {
  /// After this time a tree is read again, whatever the kernel says of it.
  static let readAfter = Duration.seconds(86_400)

  /// Compares every installed tree with what was signed, marks and heals what is not.
  ///
  /// Each time the signature of every kept manifest is checked and the kernel is asked about every entry; a tree is
  /// read as a whole when anything of it looks different, and at least once a day. A changed tree does not start, is
  /// made anew from sound objects of this host or from its bundle, and may start again then. One plugin's trouble does
  /// not keep the others from being looked at. Throws what the ledger throws.
  ///
  /// - Parameter readAll: read everything, whatever the seals say.
  package func scanIntegrity(readAll: Bool = false, healing: Bool = true) async throws -> IntegrityScan {
    var scan = IntegrityScan()
    var rings: [String: [PublicKey]] = [:]
    for install in try ledger.installs() {
      do {
        if rings[install.repository] == nil {
          rings[install.repository] = try await knownBundleKeys(of: try repositories.named(install.repository))
        }
        let keys = rings[install.repository] ?? []
        try await scanPlugin(install, keys: keys, readAll: readAll, &scan)
      } catch {
        scan.obstacles.append("\(install.plugin): \(words(of: error))")
      }
    }
    if healing { try await heal(&scan) }
    return scan
  }

  private func scanPlugin(
    _ install: InstallRecord, keys: [PublicKey], readAll: Bool, _ scan: inout IntegrityScan
  ) async throws {
    let home = try folder.plugin(install.plugin)
    let current = try home.current()
    for tree in try home.trees() {
      scan.trees += 1
      let differences = try await look(at: tree, home, keys: keys, readAll: readAll, &scan)
      guard !differences.isEmpty else { continue }
      scan.damages.append(
        IntegrityScan.Damage(
          plugin: home.name, tree: tree, differences: differences, isCurrent: tree == current))
      if tree == current {
        try block(
          home, tree, version: try? home.summary(of: tree).version, differences: differences, seenBy: "the agent")
      }
    }
    try liftStaleBlock(home, current: current, damages: scan.damages)
  }

  /// What is different in a tree: read as a whole where its seal is broken, old, or of another clock.
  private func look(
    at tree: TreeName, _ home: PluginFolder, keys: [PublicKey], readAll: Bool, _ scan: inout IntegrityScan
  ) async throws -> [String] {
    let json = try home.manifestBytes(of: tree)
    let (finding, read) = try home.compareWithSeal(tree, manifest: SHA256Digest.of(json))
    let now = machine.clock.now()
    let isFresh = read.map { $0 <= now && $0.duration(to: now) < Self.readAfter } ?? false
    if !readAll, finding == .intact, isFresh, try isSigned(json, by: keys, tree, home) {
      scan.oldestRead = min(scan.oldestRead ?? now, read ?? now)
      return []
    }
    scan.read += 1
    return try await readAgain(tree, at: home, keys: keys)
  }

  private func isSigned(
    _ json: [UInt8], by keys: [PublicKey], _ tree: TreeName, _ home: PluginFolder
  ) throws -> Bool {
    let text = String(decoding: try home.signatureBytes(of: tree), as: UTF8.self)
    return (try? MinisignSignature(text: text).verify(json, by: keys)) != nil
  }

  /// A mark on a tree that is sound, or that no longer runs, is taken away.
  private func liftStaleBlock(_ home: PluginFolder, current: TreeName?, damages: [IntegrityScan.Damage]) throws {
    guard let block = try? home.integrityBlock() else {
      // Nothing, or a mark that cannot be read: what was found just now decides.
      if !damages.contains(where: { $0.plugin == home.name && $0.isCurrent }) { try home.liftIntegrityBlock() }
      return
    }
    guard !damages.contains(where: { $0.plugin == home.name && $0.tree == block.tree }) else { return }
    try unblock(home, block.tree, reason: "it is as it was signed")
  }

  private func unblock(_ home: PluginFolder, _ tree: TreeName, reason: String) throws {
    try home.liftIntegrityBlock()
    _ = try ledger.record(
      HistoryEntry(
        time: machine.clock.now(), plugin: home.name, event: "unblocked",
        toVersion: try? home.summary(of: tree).version, toTree: tree, reason: reason))
  }

  /// Makes changed trees anew; whoever installs or repairs at this moment is not disturbed.
  private func heal(_ scan: inout IntegrityScan) async throws {
    guard !scan.damages.isEmpty else { return }
    let found: HostVerification
    do {
      found = try await verifyAll(repairing: true)
    } catch {
      for index in scan.damages.indices { scan.damages[index].obstacle = words(of: error) }
      return
    }
    for index in scan.damages.indices {
      let damage = scan.damages[index]
      let home = try folder.plugin(damage.plugin)
      let rest = try await readAgain(damage.tree, at: home)
      scan.damages[index].isHealed = rest.isEmpty
      if rest.isEmpty {
        if try home.integrityBlock()?.tree == damage.tree { try unblock(home, damage.tree, reason: "it was made anew") }
        continue
      }
      let repaired = found.trees.first { $0.plugin == damage.plugin && $0.name == damage.tree }?.repair
      if case .failed(let why)? = repaired { scan.damages[index].obstacle = why }
    }
  }
}
