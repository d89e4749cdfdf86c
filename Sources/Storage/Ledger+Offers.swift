internal import GRDB
package import Platform
package import Releases
package import Signing

/// What this host knows of a release that a channel offered: since when, and with which sequence.
package struct SeenOffer: Hashable, Sendable {
  /// From when its age counts.
  package let since: Instant
  /// The highest sequence of a channel manifest that offered it.
  package let sequence: Int64
}

extension Ledger {
  /// For how many releases of one plugin this is remembered.
  package static let offerLimit = 100
  /// How much later a look at a channel must be to be written down.
  private static let step = Duration.seconds(600)

  /// Remembers that a channel offers a release now.
  ///
  /// Its age counts from the time that its publisher names, as far as this host can believe it: not before the last
  /// time at which the channel still offered another release, and for a time in the future from now on. A later
  /// manifest of the same release does not make it younger.
  @discardableResult
  package func see(
    _ tree: SHA256Digest, of plugin: PluginName, in channel: ChannelName, sequence: Int64, published: Instant,
    at now: Instant
  ) throws(StorageError) -> SeenOffer {
    let known = try offer(tree, of: plugin, in: channel)
    let looked = try lastLook(at: plugin, in: channel)
    let isRecent = looked.map { $0 <= now && $0.duration(to: now) < Self.step } ?? false
    if let known, known.sequence >= sequence, isRecent { return known }
    let first = published > now ? now : max(published, looked.map { min($0, now) } ?? published)
    let seen = SeenOffer(since: known?.since ?? first, sequence: max(sequence, known?.sequence ?? 0))
    try write { database in
      try database.execute(
        sql: "INSERT OR REPLACE INTO offers VALUES (?, ?, ?, ?, ?, ?)",
        arguments: [plugin.text, channel.text, tree.hex, seen.sequence, seen.since.rfc3339, now.rfc3339])
      try database.execute(
        sql: """
          DELETE FROM offers WHERE plugin = ?1 AND tree NOT IN
            (SELECT tree FROM offers WHERE plugin = ?1 ORDER BY seen DESC, sequence DESC LIMIT ?2)
          """, arguments: [plugin.text, Self.offerLimit])
    }
    return seen
  }

  /// What is remembered of a release that a channel offered; nil where it never did, as far as this host knows.
  package func offer(
    _ tree: SHA256Digest, of plugin: PluginName, in channel: ChannelName
  ) throws(StorageError) -> SeenOffer? {
    let sql = "SELECT * FROM offers WHERE plugin = ? AND channel = ? AND tree = ?"
    return try rows("offers", sql, [plugin.text, channel.text, tree.hex]) { row throws(StorageError) in
      SeenOffer(since: try row.time("since"), sequence: try row.integer("sequence"))
    }.first
  }

  /// When this host last looked at what a channel offers of a plugin.
  private func lastLook(at plugin: PluginName, in channel: ChannelName) throws(StorageError) -> Instant? {
    let sql = "SELECT max(seen) AS seen FROM offers WHERE plugin = ? AND channel = ?"
    return try rows("offers", sql, [plugin.text, channel.text]) { row throws(StorageError) in
      try row.optionalTime("seen")
    }.compactMap { $0 }.first
  }
}
