import Releases
package import Signing

/// What the policies of this host's user, or of a publisher, do not allow; every case carries both sides.
package enum PolicyError: SerinError, Equatable {
  /// The publisher lets nobody go back to a release as old as this.
  case belowMinimum(plugin: String, version: String, sequence: Int64, minimum: Int64)
  /// The settings let nobody observe the release for less than is set.
  case soakTooShort(plugin: String, asked: String, required: String, skip: SoakSkip)
  /// A mark on a version would contradict what is known of it.
  case badMark(plugin: String, version: String, reason: String)
  /// Clients still start a plugin that is to be removed.
  case stillConnected(plugin: String, entries: [String])
  /// A plugin that is to be removed runs in sessions of clients.
  case running(plugin: String, sessions: Int)
  /// The data that a removed plugin left cannot be read by the release that is to be installed.
  case leftStateUnreadable(plugin: String, version: String, reads: [Int64], present: Int64)

  package var blame: Blame {
    switch self {
    case .belowMinimum: .repository
    default: .user
    }
  }

  package var description: String {
    switch self {
    case .belowMinimum(let plugin, let version, let sequence, let minimum):
      "\(plugin) \(version) has sequence \(sequence), and its publisher lets nobody go back below \(minimum)"
    case .soakTooShort(let plugin, let asked, let required, let skip):
      "\(plugin) is observed for \(required), and --soak asks for \(asked): soak-skip lets "
        + (skip == .nobody ? "nobody shorten it" : "only releases that close a security hole have less")
    case .badMark(let plugin, let version, let reason): "\(plugin) \(version) is not marked: \(reason)"
    case .stillConnected(let plugin, let entries): "\(plugin) is still started by \(entries.joined(separator: ", "))"
    case .running(let plugin, let sessions):
      "\(plugin) runs now, in \(sessions) session\(sessions == 1 ? "" : "s") of AI clients"
    case .leftStateUnreadable(let plugin, let version, let reads, let present):
      "\(plugin) left data of epoch \(present) when it was removed, and \(version) reads only epoch "
        + StateEpoch.list(reads)
    }
  }

  package var help: String? {
    switch self {
    case .belowMinimum: "the release that runs stays; `serin update` takes what is offered now"
    case .soakTooShort: "leave --soak out, or change it: `serin config set soak-skip anybody`"
    case .badMark: "nothing was changed"
    case .stillConnected(let plugin, _):
      "`serin remove \(plugin) --disconnect` takes these entries away as well, --force leaves them as they are"
    case .running: "end these sessions first; with --force they lose the files that they run from"
    case .leftStateUnreadable(let plugin, _, _, _):
      "take a newer release, or forget them: `serin remove \(plugin) --purge`"
    }
  }
}
