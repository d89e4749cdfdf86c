package import Releases
package import Storage

/// What re-reading everything that a host has found, and what was done about it.
package struct HostVerification: Sendable {
  /// One tree that was read.
  package struct Tree: Sendable {
    /// How a damaged tree fared.
    package enum Repair: Hashable, Sendable {
      /// It was made anew from sound objects of this host.
      case rebuilt
      /// It was made anew from its bundle, of which so many bytes were fetched.
      case fetched(bytes: Int64)
      /// It could not be repaired, and why.
      case failed(String)
    }

    /// Whose tree it is.
    package let plugin: PluginName
    /// Its name.
    package let name: TreeName
    /// The version of its release; nil where nothing says it any more.
    package let version: ReleaseVersion?
    /// Why it is kept: "current", "pinned", "snapshot 3"; empty where nothing needs it.
    package let reasons: [String]
    /// How many entries its manifest lists.
    package let entries: Int
    /// What is wrong, in sentences; empty is good.
    package let differences: [String]
    /// Whether its signed manifest is sound, so that the tree can be made anew from it.
    let isManifestSound: Bool
    /// What was done about it; nil where nothing was.
    package var repair: Repair?

    /// Whether it is as its publisher signed it, now.
    package var isSound: Bool {
      switch repair {
      case .rebuilt, .fetched: true
      case .failed: false
      case nil: differences.isEmpty
      }
    }

    /// Whether this is what runs.
    package var isCurrent: Bool { reasons.contains("current") }
  }

  /// A damaged object, and the files of installed trees that have its content.
  package struct DamagedObject: Sendable {
    /// What is wrong with it.
    package let object: BadObject
    /// Where it matters: "io.github.acme/time 1.0.0: lib/a.py".
    package var uses: [String] = []
    /// How many such files there are.
    package var useCount = 0
    /// Whether it was put right or put aside.
    package var isMended = false
  }

  /// How many uses of one object are named.
  static let namedUses = 10

  /// The trees, by plugin and name.
  package var trees: [Tree] = []
  /// How many objects the store has, and how many bytes.
  package var store = ObjectCheck()
  /// The damaged objects.
  package var objects: [DamagedObject] = []
  /// Everything else that is wrong, in sentences: the ledger, snapshots that cannot be read.
  package var others: [String] = []
  /// What lies in quarantine.
  package var quarantine: [Quarantine.Entry] = []
  /// Whether damage was to be repaired.
  package let isRepair: Bool

  /// Whether everything is as it was signed, now.
  package var isSound: Bool {
    trees.allSatisfy(\.isSound) && objects.allSatisfy { $0.isMended } && others.isEmpty
  }
}
