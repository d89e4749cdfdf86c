internal import GRDB
package import Platform
package import Releases
package import StrictJSON

/// One canary: a candidate under observation, over restarts and suspends.
package struct CanaryRun: Hashable, Sendable {
  /// Where a run stands.
  package enum State: String, Sendable {
    /// Being observed.
    case running
    /// Observed long enough and good.
    case passed
    /// A gate failed.
    case failed
    /// Neither.
    case inconclusive
    /// Given up: a newer candidate came, or a person stopped it.
    case aborted
  }

  /// Its number; later ones are larger.
  package let id: Int64
  /// The plugin.
  package let plugin: PluginName
  /// The candidate's version.
  package let version: ReleaseVersion
  /// The candidate's tree; another tree is another run.
  package let tree: TreeName
  /// The tree it is compared with; nil for a first install.
  package let baseline: TreeName?
  /// When it started.
  package let started: Instant
  /// When it ended; nil while it runs.
  package let ended: Instant?
  /// How long it must be observed.
  package let required: Duration
  /// Whether somebody chose a shorter time than the policy's.
  package let isShortened: Bool
  /// How long it was observed so far; only ever grows.
  package let observed: Duration
  /// How many probes were made so far; only ever grows.
  package let probes: Int
  /// How many samples were not kept, or not for good, because there were too many.
  package let dropped: Int
  /// Where it stands.
  package let state: State
  /// The verdict with its reasons; null while it runs.
  package let verdict: JSON
}

/// One observation of a canary.
package struct CanarySample: Hashable, Sendable {
  /// Which of the twins: "candidate" or "installed".
  package var arm: String
  /// When, in observed time since the start.
  package var offset: Duration
  /// Which probe.
  package var probe: String
  /// How it ended, such as "ok" or "timeout".
  package var outcome: String
  /// How long the answer took in microseconds; nil when there was none.
  package var latency: Int64?
  /// More, for people.
  package var detail: String?

  /// Makes a sample from its parts; the offset is kept in whole milliseconds.
  package init(
    arm: String = "candidate", offset: Duration, probe: String, outcome: String, latency: Int64? = nil,
    detail: String? = nil
  ) {
    self.arm = arm
    self.offset = offset
    self.probe = probe
    self.outcome = outcome
    self.latency = latency
    self.detail = detail
  }
}

extension Ledger {
  /// Starts a canary; one that still runs for the same plugin is aborted, for a new candidate starts from nothing.
  package func startCanary(
    of plugin: PluginName, version: ReleaseVersion, tree: TreeName, baseline: TreeName?, at now: Instant,
    required: Duration, isShortened: Bool
  ) throws(StorageError) -> CanaryRun {
    let id = try write { database in
      let abort = "UPDATE canary_runs SET state = 'aborted', ended = ? WHERE plugin = ? AND state = 'running'"
      try database.execute(sql: abort, arguments: [now.rfc3339, plugin.text])
      try database.execute(
        sql: """
          INSERT INTO canary_runs (plugin, version, tree, baseline, started, required_ms, shortened, observed_ms,
            probes, dropped, state, verdict) VALUES (?, ?, ?, ?, ?, ?, ?, 0, 0, 0, 'running', 'null')
          """,
        arguments: [
          plugin.text, version.text, tree.text, baseline?.text, now.rfc3339, required.milliseconds, isShortened ? 1 : 0,
        ])
      let id = database.lastInsertedRowID
      try Self.pruneCanaries(of: plugin, database)
      return id
    }
    return try canary(id)
  }

  /// One canary.
  ///
  /// - Throws: `ledgerRow` when there is none of this number.
  package func canary(_ id: Int64) throws(StorageError) -> CanaryRun {
    guard let run = try rows("canary_runs", "SELECT * FROM canary_runs WHERE id = ?", [id], Self.run).first else {
      throw .ledgerRow(table: "canary_runs", reason: "there is no run \(id)")
    }
    return run
  }

  /// The canaries of a plugin, or of all, newest first.
  package func canaries(of plugin: PluginName? = nil, limit: Int = 20) throws(StorageError) -> [CanaryRun] {
    let sql = "SELECT * FROM canary_runs WHERE ?1 IS NULL OR plugin = ?1 ORDER BY id DESC LIMIT ?2"
    return try rows("canary_runs", sql, [plugin?.text, max(0, limit)], Self.run)
  }

  /// The canary that observes this candidate now; nil when none does.
  package func runningCanary(of plugin: PluginName, tree: TreeName) throws(StorageError) -> CanaryRun? {
    let sql = "SELECT * FROM canary_runs WHERE plugin = ? AND tree = ? AND state = 'running' ORDER BY id DESC LIMIT 1"
    return try rows("canary_runs", sql, [plugin.text, tree.text], Self.run).first
  }

  /// Keeps samples, and how long and how often was observed in all.
  ///
  /// Neither ever shrinks, and a run that has ended is not changed.
  ///
  /// - Returns: whether the run was still running.
  @discardableResult
  package func observe(
    _ id: Int64, observed: Duration, probes: Int, samples: [CanarySample] = []
  ) throws(StorageError) -> Bool {
    try write { database in
      let count =
        try Int.fetchOne(
          database, sql: "SELECT count(*) FROM canary_samples WHERE run = ?", arguments: [id]) ?? 0
      let kept = samples.suffix(Self.sampleLimit / 2)
      let removed = count + kept.count > Self.sampleLimit ? try Self.thinOut(id, database) : 0
      try database.execute(
        sql: """
          UPDATE canary_runs SET observed_ms = max(observed_ms, ?), probes = max(probes, ?), dropped = dropped + ?
          WHERE id = ? AND state = 'running'
          """, arguments: [observed.milliseconds, probes, removed + samples.count - kept.count, id])
      guard database.changesCount == 1 else { return false }
      let insert = try database.makeStatement(
        sql: """
          INSERT INTO canary_samples (run, arm, observed_ms, probe, outcome, latency_us, detail)
          VALUES (?, ?, ?, ?, ?, ?, ?)
          """)
      for sample in kept {
        try insert.execute(arguments: [
          id, sample.arm.forLedger, sample.offset.milliseconds, sample.probe.forLedger, sample.outcome.forLedger,
          sample.latency,
          sample.detail?.forLedger,
        ])
      }
      return true
    }
  }

  /// Makes room in a run that has all the samples it may have: of the good ones every second goes, so that what is old
  /// becomes coarser instead of what is new being lost; where there are mostly bad ones, the oldest half goes.
  ///
  /// - Returns: how many went.
  private static func thinOut(_ run: Int64, _ database: Database) throws -> Int {
    let everySecond = """
      DELETE FROM canary_samples WHERE id IN (
        SELECT id FROM (
          SELECT id, row_number() OVER (ORDER BY id) AS place FROM canary_samples WHERE run = ? AND outcome = 'ok')
        WHERE place % 2 = 0)
      """
    try database.execute(sql: everySecond, arguments: [run])
    var removed = database.changesCount
    if removed < sampleLimit / 4 {
      let oldest = """
        DELETE FROM canary_samples WHERE id IN (SELECT id FROM canary_samples WHERE run = ? ORDER BY id LIMIT ?)
        """
      try database.execute(sql: oldest, arguments: [run, sampleLimit / 2])
      removed += database.changesCount
    }
    return removed
  }

  /// Ends a canary with its verdict.
  ///
  /// The first end counts.
  ///
  /// - Returns: whether the run was still running.
  @discardableResult
  package func endCanary(
    _ id: Int64, as state: CanaryRun.State, verdict: JSON, at now: Instant
  ) throws(StorageError) -> Bool {
    try write { database in
      let sql = "UPDATE canary_runs SET state = ?, verdict = ?, ended = ? WHERE id = ? AND state = 'running'"
      let ended = state == .running ? nil : now.rfc3339
      try database.execute(sql: sql, arguments: [state.rawValue, verdict.text(), ended, id])
      return database.changesCount == 1
    }
  }

  /// The kept samples of a canary in the order in which they came.
  package func samples(of id: Int64, limit: Int = Ledger.sampleLimit) throws(StorageError) -> [CanarySample] {
    let sql = "SELECT * FROM canary_samples WHERE run = ? ORDER BY id LIMIT ?"
    return try rows("canary_samples", sql, [id, max(0, limit)]) { row throws(StorageError) in
      CanarySample(
        arm: try row.text("arm"), offset: try row.milliseconds("observed_ms"), probe: try row.text("probe"),
        outcome: try row.text("outcome"),
        latency: row.optionalInteger("latency_us"), detail: row.optionalText("detail"))
    }
  }

  /// Old runs go, with their samples; of those that stay only the newest keep samples.
  private static func pruneCanaries(of plugin: PluginName, _ database: Database) throws {
    let newest = "(SELECT id FROM canary_runs WHERE plugin = ?1 ORDER BY id DESC LIMIT ?2)"
    let runs = "DELETE FROM canary_runs WHERE plugin = ?1 AND id NOT IN \(newest)"
    try database.execute(sql: runs, arguments: [plugin.text, runLimit])
    let samples = """
      DELETE FROM canary_samples WHERE run IN (SELECT id FROM canary_runs WHERE plugin = ?1) AND run NOT IN \(newest)
      """
    try database.execute(sql: samples, arguments: [plugin.text, sampledRunLimit])
  }

  private static func run(_ row: LedgerRow) throws(StorageError) -> CanaryRun {
    CanaryRun(
      id: try row.integer("id"), plugin: try row.plugin(), version: try row.version("version"),
      tree: try row.tree("tree"), baseline: try row.optionalTree("baseline"), started: try row.time("started"),
      ended: try row.optionalTime("ended"), required: try row.milliseconds("required_ms"),
      isShortened: try row.flag("shortened"), observed: try row.milliseconds("observed_ms"),
      probes: Int(clamping: try row.integer("probes")), dropped: Int(clamping: try row.integer("dropped")),
      state: try row.value("state"), verdict: try row.json("verdict"))
  }
}
