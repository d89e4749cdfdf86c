internal import GRDB
package import Platform
package import Releases
internal import StrictJSON

/// What a release's tools were when it was observed.
package struct ObservedTools: Hashable, Sendable {
  /// Their pins.
  package var pins: ToolPins
  /// The list itself, as JSON text; nil where it was too long to be kept.
  package var list: [UInt8]?
  /// When they were observed.
  package var time: Instant

  /// Makes a record from its parts.
  package init(pins: ToolPins, list: [UInt8]?, time: Instant) {
    self.pins = pins
    self.list = list
    self.time = time
  }
}

/// A tool that a person accepted as it is on this host.
package struct AcceptedTool: Hashable, Sendable {
  /// What it is accepted as: another one of the same name is another one.
  package var pin: ToolPin
  /// Who accepted it.
  package var who: String
  /// When.
  package var time: Instant
  /// Why, in that person's words.
  package var reason: String

  /// Makes a record from its parts.
  package init(pin: ToolPin, who: String, time: Instant, reason: String) {
    self.pin = pin
    self.who = who
    self.time = time
    self.reason = reason
  }
}

extension Ledger {
  /// For how many trees of a plugin the observed tools stay; the oldest go first.
  package static let observedTreeLimit = 32
  /// The longest list of tools that is kept as text, in bytes.
  package static let toolListLimit = 1 << 20
  /// How many accepted tools of one plugin stay; the oldest go first.
  package static let acceptedToolLimit = 4096

  /// Remembers what a release's tools were when it was observed.
  ///
  /// - Parameter replacing: whether a later word on the same tree counts; of an installed one the first word stays.
  package func keep(
    _ tools: ObservedTools, of plugin: PluginName, tree: TreeName, replacing: Bool
  ) throws(StorageError) {
    let list = tools.list.flatMap { $0.count <= Self.toolListLimit ? String(decoding: $0, as: UTF8.self) : nil }
    try write { database in
      try database.execute(
        sql: "INSERT OR \(replacing ? "REPLACE" : "IGNORE") INTO observed_tools VALUES (?, ?, ?, ?, ?)",
        arguments: [plugin.text, tree.text, tools.time.rfc3339, tools.pins.json.text(), list])
      let old = """
        DELETE FROM observed_tools WHERE plugin = ?1 AND tree NOT IN (
          SELECT tree FROM observed_tools WHERE plugin = ?1 ORDER BY time DESC, tree LIMIT ?2)
        """
      try database.execute(sql: old, arguments: [plugin.text, Self.observedTreeLimit])
    }
  }

  /// What a release's tools were when it was observed; nil when that was never written down.
  package func observedTools(of plugin: PluginName, tree: TreeName) throws(StorageError) -> ObservedTools? {
    let sql = "SELECT * FROM observed_tools WHERE plugin = ? AND tree = ?"
    return try rows("observed_tools", sql, [plugin.text, tree.text]) { row throws(StorageError) in
      guard let pins = try? ToolPins(json: try row.json("pins")) else {
        throw .ledgerRow(table: "observed_tools", reason: "the column pins is malformed")
      }
      return ObservedTools(
        pins: pins, list: row.optionalText("tools").map { Array($0.utf8) }, time: try row.time("time"))
    }.first
  }

  /// Remembers tools that a person accepted.
  package func accept(_ tools: [AcceptedTool], of plugin: PluginName) throws(StorageError) {
    try write { database in
      for tool in tools {
        try database.execute(
          sql: "INSERT OR REPLACE INTO accepted_tools VALUES (?, ?, ?, ?, ?, ?)",
          arguments: [
            plugin.text, tool.pin.name, tool.pin.json.text(), tool.who.forLedger, tool.time.rfc3339,
            tool.reason.forLedger,
          ])
      }
      let old = """
        DELETE FROM accepted_tools WHERE plugin = ?1 AND pin NOT IN (
          SELECT pin FROM accepted_tools WHERE plugin = ?1 ORDER BY time DESC, tool LIMIT ?2)
        """
      try database.execute(sql: old, arguments: [plugin.text, Self.acceptedToolLimit])
    }
  }

  /// The tools of a plugin that people accepted, sorted by name.
  package func acceptedTools(of plugin: PluginName) throws(StorageError) -> [AcceptedTool] {
    let sql = "SELECT * FROM accepted_tools WHERE plugin = ? ORDER BY tool, time"
    return try rows("accepted_tools", sql, [plugin.text]) { row throws(StorageError) in
      guard let pins = try? ToolPins(json: ["format": 1, "tools": [try row.json("pin")]]), let pin = pins.tools.first
      else { throw .ledgerRow(table: "accepted_tools", reason: "the column pin is malformed") }
      return AcceptedTool(
        pin: pin, who: try row.text("who"), time: try row.time("time"), reason: try row.text("reason"))
    }
  }

  /// Forgets what was accepted of a plugin.
  ///
  /// - Returns: how many tools that were.
  @discardableResult
  package func forgetAcceptedTools(of plugin: PluginName) throws(StorageError) -> Int {
    try write { database in
      try database.execute(sql: "DELETE FROM accepted_tools WHERE plugin = ?", arguments: [plugin.text])
      return database.changesCount
    }
  }
}
