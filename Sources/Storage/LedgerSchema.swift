internal import GRDB

/// The tables of the ledger, as steps that are never changed once they were released.
enum LedgerSchema {
  static var migrator: DatabaseMigrator {
    var migrator = DatabaseMigrator()
    migrator.registerMigration("1 installs") { database in
      try database.execute(sql: installs)
    }
    migrator.registerMigration("1 history and canary") { database in
      try database.execute(sql: history)
    }
    migrator.registerMigration("1 decisions") { database in
      try database.execute(sql: decisions)
    }
    migrator.registerMigration("2 canary arms") { database in
      try database.execute(sql: canaryArms)
    }
    migrator.registerMigration("2 notes of canaries") { database in
      try database.execute(sql: canaryNotes)
    }
    migrator.registerMigration("2 connections") { database in
      try database.execute(sql: connections)
    }
    migrator.registerMigration("3 tools and secrets") { database in
      try database.execute(sql: toolsAndSecrets)
    }
    migrator.registerMigration("3 watches") { database in
      try database.execute(sql: watches)
    }
    migrator.registerMigration("3 offers and removals") { database in
      try database.execute(sql: offersAndRemovals)
    }
    migrator.registerMigration("3 audit heads") { database in
      try database.execute(sql: auditHeads)
    }
    return migrator
  }

  private static let auditHeads = """
    CREATE TABLE audit_heads (
      plugin TEXT PRIMARY KEY NOT NULL, number INTEGER NOT NULL, digest TEXT NOT NULL, time TEXT NOT NULL)
      STRICT, WITHOUT ROWID;
    """

  private static let installs = """
    CREATE TABLE installs (
      plugin TEXT PRIMARY KEY NOT NULL, repository TEXT NOT NULL, channel TEXT NOT NULL, version TEXT, tree TEXT,
      policy TEXT NOT NULL, installed TEXT NOT NULL, changed TEXT NOT NULL) STRICT;
    CREATE TABLE sequence_floors (
      repository TEXT NOT NULL, plugin TEXT NOT NULL, channel TEXT NOT NULL, sequence INTEGER NOT NULL,
      PRIMARY KEY (repository, plugin, channel)) STRICT, WITHOUT ROWID;
    CREATE TABLE user_config (
      plugin TEXT NOT NULL, key TEXT NOT NULL, value TEXT NOT NULL, sensitive INTEGER NOT NULL,
      PRIMARY KEY (plugin, key)) STRICT, WITHOUT ROWID;
    """

  private static let history = """
    CREATE TABLE history (
      id INTEGER PRIMARY KEY AUTOINCREMENT, time TEXT NOT NULL, plugin TEXT NOT NULL, event TEXT NOT NULL,
      from_version TEXT, to_version TEXT, from_tree TEXT, to_tree TEXT, reason TEXT NOT NULL,
      details TEXT NOT NULL) STRICT;
    CREATE INDEX history_by_plugin ON history (plugin, id);
    CREATE TABLE canary_runs (
      id INTEGER PRIMARY KEY AUTOINCREMENT, plugin TEXT NOT NULL, version TEXT NOT NULL, tree TEXT NOT NULL,
      baseline TEXT, started TEXT NOT NULL, ended TEXT, required_ms INTEGER NOT NULL, shortened INTEGER NOT NULL,
      observed_ms INTEGER NOT NULL, probes INTEGER NOT NULL, dropped INTEGER NOT NULL, state TEXT NOT NULL,
      verdict TEXT NOT NULL) STRICT;
    CREATE INDEX canary_runs_by_plugin ON canary_runs (plugin, id);
    CREATE TABLE canary_samples (
      id INTEGER PRIMARY KEY, run INTEGER NOT NULL REFERENCES canary_runs (id) ON DELETE CASCADE,
      observed_ms INTEGER NOT NULL, probe TEXT NOT NULL, outcome TEXT NOT NULL, latency_us INTEGER, detail TEXT) STRICT;
    CREATE INDEX canary_samples_by_run ON canary_samples (run, id);
    """

  /// Since a candidate is observed beside the installed release, a sample says whose it is.
  private static let canaryArms = "ALTER TABLE canary_samples ADD COLUMN arm TEXT NOT NULL DEFAULT 'candidate'"

  private static let decisions = """
    CREATE TABLE approvals (
      plugin TEXT NOT NULL, tree TEXT NOT NULL, kind TEXT NOT NULL, who TEXT NOT NULL, time TEXT NOT NULL,
      reason TEXT NOT NULL, PRIMARY KEY (plugin, tree, kind)) STRICT, WITHOUT ROWID;
    CREATE TABLE holds (
      id INTEGER PRIMARY KEY AUTOINCREMENT, plugin TEXT NOT NULL, kind TEXT NOT NULL, version TEXT, until TEXT,
      reason TEXT NOT NULL, created TEXT NOT NULL) STRICT;
    CREATE INDEX holds_by_plugin ON holds (plugin, id);
    """

  private static let canaryNotes = """
    CREATE TABLE canary_notes (
      run INTEGER PRIMARY KEY NOT NULL REFERENCES canary_runs (id) ON DELETE CASCADE, record TEXT NOT NULL,
      errors TEXT NOT NULL, remark TEXT NOT NULL) STRICT;
    """

  private static let connections = """
    CREATE TABLE connections (
      path TEXT NOT NULL, key TEXT NOT NULL, plugin TEXT NOT NULL, client TEXT NOT NULL, scope TEXT NOT NULL,
      phase TEXT NOT NULL, entry TEXT, details TEXT NOT NULL, time TEXT NOT NULL,
      PRIMARY KEY (path, key)) STRICT, WITHOUT ROWID;
    """

  /// What a release lists under the fixed environment, which tools people accepted as they are on this host, and where
  /// secrets are kept; their values stand here only where somebody asked for a file.
  private static let toolsAndSecrets = """
    CREATE TABLE observed_tools (
      plugin TEXT NOT NULL, tree TEXT NOT NULL, time TEXT NOT NULL, pins TEXT NOT NULL, tools TEXT,
      PRIMARY KEY (plugin, tree)) STRICT, WITHOUT ROWID;
    CREATE TABLE accepted_tools (
      plugin TEXT NOT NULL, tool TEXT NOT NULL, pin TEXT NOT NULL, who TEXT NOT NULL, time TEXT NOT NULL,
      reason TEXT NOT NULL, PRIMARY KEY (plugin, pin)) STRICT, WITHOUT ROWID;
    CREATE TABLE secrets (
      plugin TEXT NOT NULL, key TEXT NOT NULL, store TEXT NOT NULL, value TEXT, time TEXT NOT NULL,
      PRIMARY KEY (plugin, key)) STRICT, WITHOUT ROWID;
    """

  /// Releases whose first sessions are watched, and how often one was left by itself.
  private static let watches = """
    CREATE TABLE watches (
      plugin TEXT PRIMARY KEY NOT NULL, version TEXT NOT NULL, tree TEXT NOT NULL, since TEXT NOT NULL)
      STRICT, WITHOUT ROWID;
    CREATE TABLE automatic_returns (
      id INTEGER PRIMARY KEY AUTOINCREMENT, plugin TEXT NOT NULL, version TEXT NOT NULL, tree TEXT NOT NULL,
      time TEXT NOT NULL, attempts INTEGER NOT NULL, done INTEGER NOT NULL, reason TEXT NOT NULL) STRICT;
    CREATE INDEX automatic_returns_by_plugin ON automatic_returns (plugin, id);
    """

  /// Since when and with which sequence a channel offered a release; plugins that are on their way off this host.
  private static let offersAndRemovals = """
    CREATE TABLE offers (
      plugin TEXT NOT NULL, channel TEXT NOT NULL, tree TEXT NOT NULL, sequence INTEGER NOT NULL,
      since TEXT NOT NULL, seen TEXT NOT NULL, PRIMARY KEY (plugin, channel, tree)) STRICT, WITHOUT ROWID;
    CREATE TABLE removals (
      plugin TEXT PRIMARY KEY NOT NULL, purge INTEGER NOT NULL, time TEXT NOT NULL) STRICT, WITHOUT ROWID;
    """
}
